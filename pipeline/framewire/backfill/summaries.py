"""Series and summaries of the result of a backfill: only the days that they need are read, and of these no more than fits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from framewire.backfill.days import list_days, list_files
from framewire.backfill.manifest import Manifest
from framewire.backfill.series import SERIES, count_days, open_result, write_series
from framewire.codebook import Codebook, parse_codebook
from framewire.errors import InputError
from framewire.records import ArticleVersion
from framewire.store import get_codebooks, get_models, read_feeds, read_polls, read_revisions, reading
from framewire.summarise import N_DAYS, Selection, Tables, Window, build_summary, window_of
from framewire.workflow.summaries import write_files
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

# Articles that a summary may need, its days and those that it is compared with. Source: some 2 kB each as tables.
MAX_ARTICLES = 150_000
SUMMARIES = "summaries"
_TEXT_COLUMNS = ("text", "title_end")


@dataclass(frozen=True, slots=True)
class FromParquet:
    """What was written: the series with so many rows, and the summary's folder and headline."""

    series: Path
    n_rows: int
    folder: Path
    headline: str


@dataclass(frozen=True, slots=True)
class Part:
    """Which outlets a summary is about, by id and by group; all of them if neither is named."""

    outlets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its folder is called; '' for the whole."""
        return "+".join(re.sub(r"[^\w-]+", "-", name) for name in (*self.groups, *self.outlets))[:100]


WHOLE = Part()


def summarise_parquet(
    workspace: Workspace, folder: Path, *, window: Window | None, now: datetime, part: Part = WHOLE
) -> FromParquet:
    """Writes `series.csv` of all days, and the summary of a window, into the folder of a backfill.

    Args:
        workspace: whose codebooks and models are on record.
        folder: the result of a backfill.
        window: a day or a range; the newest day that has articles if None.
        now: when it is made.
        part: the part that the summary is about.

    Raises:
        InputError: no finished backfill, no article in the window, too many of them, an outlet or group that is not in it,
            or a codebook that is not on record.
        OutputError: a file cannot be written.
    """
    manifest = open_result(folder)
    days = list_days(manifest)
    counts, groups = count_days(manifest, days)
    selection = _select(part, groups)
    series = folder / SERIES
    n_rows = write_series(counts, groups, series)
    if window is None:
        if not days:
            raise InputError(f"{folder}: no article in it has a date, so there is no day to sum up.")
        window = window_of(days[-1], zone=workspace.config.zone, day_starts_at=workspace.config.day_starts_at)
    _check_days(manifest, workspace, window, days)
    tables = read_tables(manifest, workspace, window)
    codebook, card = _find_labels(manifest, workspace)
    told = ", ".join((*part.groups, *part.outlets))
    summary = build_summary(
        tables,
        codebook,
        window,
        title=f"{workspace.config.title}: {told}" if told else workspace.config.title,
        now=now,
        model_card=card,
        model_error=None if card else "the archive was labelled by terms and rules only",
        max_articles=workspace.config.max_articles,
        selection=selection,
    )
    target = folder / SUMMARIES / window.name / part.name
    write_files(target, summary, tables)
    return FromParquet(series, n_rows, target, summary.headline)


def _select(part: Part, groups: Mapping[str, str]) -> Selection:
    """The outlets of the archive that are in the part. `groups` are those of the outlets."""
    for what, names, known in (
        ("outlet", part.outlets, sorted(groups)),
        ("group", part.groups, sorted(set(groups.values()))),
    ):
        for name in names:
            if name not in known:
                raise InputError(f"--{what}: {unknown_message(what, name, known)}")
    in_groups = {outlet for outlet, group in groups.items() if group in part.groups}
    return Selection(frozenset({*part.outlets, *in_groups}))


def read_tables(manifest: Manifest, workspace: Workspace, window: Window) -> Tables:
    """What the result holds of a window and of the days that it is compared with.

    Articles of the same words in several outlets are copies of the first of them. There are no polls, feeds and revisions.
    """
    first = window.day - timedelta(days=N_DAYS if window.n_days == 1 else window.n_days)
    days = [first + timedelta(days=i) for i in range((window.last - first).days + 1)]
    rows = _read(manifest, "articles", days).sort_values(["counted_at", "record"], kind="stable", ignore_index=True)
    numbers = pd.Series(range(1, len(rows) + 1), index=rows["record"])
    texts = _read_texts(manifest, rows, window)
    rest = {name: _number(_read(manifest, name, days), numbers) for name in ("passages", "mentions", "narratives")}
    with reading(workspace.readonly_engine) as conn:
        nothing = {"since": window.start, "until": window.start}
        polls, feeds = read_polls(conn, **nothing), read_feeds(conn).iloc[:0]
        revisions = read_revisions(conn, **nothing)
    return Tables(
        articles=_as_articles(rows),
        mentions=rest["mentions"],
        narratives=rest["narratives"],
        passages=rest["passages"],
        polls=polls,
        feeds=feeds,
        revisions=revisions,
        texts=texts,
    )


def _check_days(manifest: Manifest, workspace: Workspace, window: Window, days: Sequence[date]) -> None:
    from pyarrow import parquet

    order = manifest.order or {}
    config = workspace.config
    if (order.get("timezone"), order.get("day_starts_at")) != (config.timezone, config.day_starts_at.isoformat()):
        raise InputError(
            f"{manifest.folder}: its days begin at {order.get('day_starts_at')} in {order.get('timezone')}, the workspace's "
            f"at {config.day_starts_at.isoformat()} in {config.timezone}. Use a workspace with the days of the backfill."
        )
    if not any(window.day <= day <= window.last for day in days):
        span = f"from {days[0]} to {days[-1]}" if days else "without a date"
        raise InputError(f"{manifest.folder}: no article counts in {window.name}; its articles are {span}.")
    first = window.day - timedelta(days=N_DAYS if window.n_days == 1 else window.n_days)
    needed = [day for day in days if first <= day <= window.last]
    n = sum(parquet.ParquetFile(path).metadata.num_rows for path in list_files(manifest, "articles", needed))
    if n > MAX_ARTICLES:
        raise InputError(
            f"{window.name} and the days it is compared with have {n:,} articles; a summary takes {MAX_ARTICLES:,} at most. "
            f"Choose fewer days; the counts of all days are in {manifest.folder / SERIES}."
        )


def _find_labels(manifest: Manifest, workspace: Workspace) -> tuple[Codebook, Mapping[str, Any] | None]:
    """The codebook that the archive was labelled by, in its state of then, and the card of the model."""
    order = manifest.order or {}
    codebook = workspace.codebook
    with reading(workspace.readonly_engine) as conn:
        if codebook.digest != order["codebook_digest"]:
            texts = {row["digest"]: row["text"] for row in get_codebooks(conn)}
            text = texts.get(order["codebook_digest"])
            if text is None:
                raise InputError(
                    f"{manifest.folder}: labelled by codebook {order['codebook']} version {order['codebook_version']} in a "
                    "state that this workspace does not know. Use the workspace in which the backfill was made."
                )
            codebook = parse_codebook(text, name=f"codebook {order['codebook']} in the database")
        cards = {row["digest"]: row["card"] for row in get_models(conn, codebook_id=order["codebook"])}
    return codebook, cards.get(order["model_digest"])


def _read(manifest: Manifest, table: str, days: Sequence[date]) -> pd.DataFrame:
    """A table's rows of some days, one day after the other, without texts."""
    from pyarrow import concat_tables, parquet

    any_file = list_files(manifest, table)[0]
    schema = parquet.ParquetFile(any_file).schema_arrow
    columns = [name for name in schema.names if table != "articles" or name not in _TEXT_COLUMNS]
    tables = [parquet.ParquetFile(path).read(columns=columns) for path in list_files(manifest, table, days)]
    empty = schema.empty_table().select(columns)
    return pd.DataFrame(concat_tables([empty, *tables]).to_pandas())


def _as_articles(rows: pd.DataFrame) -> pd.DataFrame:
    """The articles as the store's reads give them."""
    first = rows.drop_duplicates("text_hash").set_index("text_hash")["record"]
    numbers = pd.Series(range(1, len(rows) + 1), index=rows["record"])
    roots = rows["text_hash"].map(first).map(numbers)
    own = pd.Series(range(1, len(rows) + 1), index=rows.index, dtype="int64")
    carriers = rows.groupby("text_hash")["outlet"].nunique()
    return rows.drop(columns=["record", "article"]).assign(
        article_id=own,
        version_id=own,
        first_seen_at=rows["counted_at"],
        first_poll=False,
        n_versions=1,
        relevant=rows["relevant"].fillna(False).astype(bool),
        copy_of=roots.where(roots != own).astype("Int64"),
        source="feed",
        page=None,
        pickup=rows["text_hash"].map(carriers).astype("int64"),
    )


def _number(rows: pd.DataFrame, numbers: "pd.Series[int]") -> pd.DataFrame:
    """The rows with the numbers of their articles."""
    own = rows["record"].map(numbers).astype("int64")
    more = {"first_seen_at": rows["counted_at"], "published_at": rows["counted_at"]} if "counted_at" in rows else {}
    return rows.drop(columns=["record"]).assign(article_id=own, version_id=own, **more)


def _read_texts(manifest: Manifest, rows: pd.DataFrame, window: Window) -> dict[int, ArticleVersion]:
    """The texts of the window's relevant articles by their numbers; none where they were not kept."""
    from pyarrow import parquet

    kept: dict[str, tuple[str, int]] = {}
    for path in list_files(manifest, "articles", [one.day for one in window.days()]):
        file = parquet.ParquetFile(path)
        if "text" not in file.schema_arrow.names:
            return {}
        table = file.read(columns=["record", "relevant", *_TEXT_COLUMNS])
        for row in table.filter(table["relevant"]).to_pylist():
            kept[row["record"]] = (row["text"], row["title_end"])
    inside = rows[rows["record"].isin(list(kept))]
    return {
        int(str(place)) + 1: _build_version(int(str(place)) + 1, row, kept[row["record"]])
        for place, row in inside.iterrows()
    }


def _build_version(number: int, row: "pd.Series[Any]", told: tuple[str, int]) -> ArticleVersion:
    text, title_end = told
    return ArticleVersion(
        version_id=number,
        article_id=number,
        number=1,
        outlet_id=row["outlet"],
        url=row["url"],
        language=row["language"],
        text=text,
        title_end=title_end,
        text_hash=row["text_hash"],
        first_seen_at=row["counted_at"],
        seen_at=row["counted_at"],
        published_at=row["published_at"],
    )
