"""Codebooks, models and labels. Labels are never overwritten: a re-label adds rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    Select,
    Text,
    bindparam,
    cast,
    exists,
    func,
    insert,
    select,
    update,
)

from framewire.records import ArticleVersion, LabelledVersion, NarrativeLabel, PassageLabels, TermMention
from framewire.store.promotions import HISTORY, rank_use, split_card
from framewire.store.schema import (
    articles,
    claims,
    codebooks,
    labellings,
    mentions,
    models,
    narratives,
    passages,
    versions,
)
from framewire.store.sharing import claim_keys, release_keys
from framewire.store.writes import chunks, insert_ignoring, insert_new

RULES = "rules"
"""The name under which 'terms and rules only' stands among the models, with the codebook's digest as its own."""


BLOCK = 20_000
"""Versions looked through at a time for one without labels."""

LABEL = "label"
"""The kind of claims on versions."""


def add_codebook(conn: Connection, *, codebook_id: str, version: int, digest: str, text: str, now: datetime) -> int:
    """The row number of a codebook, added unless one with this digest is stored."""
    same = select(codebooks.c.id).where(codebooks.c.digest == digest)
    known = conn.execute(same).scalar()
    if known is None:
        values = {"codebook_id": codebook_id, "version": version, "digest": digest, "text": text, "added_at": now}
        known = insert_new(conn, codebooks, **values)
    return int(conn.execute(same).scalar_one() if known is None else known)


def get_codebooks(conn: Connection) -> list[dict[str, Any]]:
    """Every codebook that was ever used, oldest first, by column."""
    return [dict(row) for row in conn.execute(select(codebooks).order_by(codebooks.c.id)).mappings()]


def add_model(conn: Connection, *, name: str, digest: str, card: dict[str, Any], now: datetime) -> int:
    """The row number of a model, which becomes the one that is trusted under its name.

    A model of the same name with another digest keeps its row, since its labels point at it, but is trusted no more.
    """
    conn.execute(update(models).where(models.c.name == name, models.c.digest != digest).values(trusted=False))
    same = (models.c.name == name, models.c.digest == digest)
    stored = select(models.c.id, models.c.card).where(*same)
    known = conn.execute(stored).first()
    if known is None:
        new = insert_new(conn, models, name=name, digest=digest, trusted=True, card=card, added_at=now)
        if new is not None:
            return new
        known = conn.execute(stored).one()
    kept = {HISTORY: known.card[HISTORY]} if HISTORY in known.card else {}
    conn.execute(update(models).where(*same).values(trusted=True, card={**card, **kept}, added_at=now))
    return int(known.id)


def get_models(conn: Connection, *, codebook_id: str) -> list[dict[str, Any]]:
    """The trusted models of a codebook, with their `history`: the one in use first, if any is, then as they were promoted."""
    rows = conn.execute(select(models).where(models.c.trusted, models.c.name != RULES)).mappings()
    own = [split_card(dict(row)) for row in rows if row["card"].get("codebook", {}).get("id") == codebook_id]
    return sorted(own, key=rank_use, reverse=True)


def get_model_digest(conn: Connection, name: str) -> str | None:
    """The digest that is trusted under this name; None if no such model was recorded."""
    found: str | None = conn.execute(select(models.c.digest).where(models.c.name == name, models.c.trusted)).scalar()
    return found


def claim_versions_to_label(
    conn: Connection,
    *,
    codebook_row_id: int,
    model_row_id: int,
    limit: int,
    below: int | None = None,
    worker_id: int | None = None,
) -> list[ArticleVersion]:
    """The newest version of each article that this pair has not labelled, the last stored first, at most `limit`.

    What is new stands at the end of a store, so it is found at once, whatever its size; the rest is looked through once
    if each batch is asked for `below` the lowest number of the one before.

    Terms and rules only (`RULES`) stand in for a missing model: they claim no version that a model has labelled by this
    codebook, so that one day without a model does not hide the labels of the days before.
    On a shared store they become the worker's own until it gives them back (`release_versions`) or ends, and those that
    another worker has are skipped.
    """
    rows = {"codebook_row_id": codebook_row_id, "model_row_id": model_row_id}
    return _claim(conn, [is_newest()], **rows, limit=limit, below=below, worker_id=worker_id)


def claim_every_version_to_label(
    conn: Connection,
    *,
    codebook_row_id: int,
    model_row_id: int,
    limit: int,
    below: int | None = None,
    worker_id: int | None = None,
) -> list[ArticleVersion]:
    """The same for every version, so that the earlier ones of an article, too, are labelled by this pair."""
    rows = {"codebook_row_id": codebook_row_id, "model_row_id": model_row_id}
    return _claim(conn, [], **rows, limit=limit, below=below, worker_id=worker_id)


def _claim(
    conn: Connection,
    which: Sequence[Any],
    *,
    codebook_row_id: int,
    model_row_id: int,
    limit: int,
    below: int | None,
    worker_id: int | None,
) -> list[ArticleVersion]:
    done = [labellings.c.codebook_row_id == codebook_row_id]
    if conn.execute(select(models.c.name).where(models.c.id == model_row_id)).scalar() != RULES:
        done.append(labellings.c.model_row_id == model_row_id)
    if worker_id is None:
        return list(_find_unlabelled(conn, which, done, limit=limit, below=below))
    free = ~exists().where(claims.c.kind == LABEL, claims.c.key == cast(versions.c.id, Text))
    found = {str(one.version_id): one for one in _find_unlabelled(conn, [*which, free], done, limit=limit, below=below)}
    own = claim_keys(conn, worker_id, kind=LABEL, keys=found)
    # Asked again, now that nobody else can label them: while the query ran another worker may have ended with some.
    labelled = select(labellings.c.version_id).where(labellings.c.version_id.in_([int(key) for key in own]), *done)
    ended = {str(number) for number in conn.execute(labelled).scalars()}
    release_keys(conn, worker_id, kind=LABEL, keys=ended)
    return [version for key, version in found.items() if key in own - ended]


def _find_unlabelled(
    conn: Connection, which: Sequence[Any], done: Sequence[Any], *, limit: int, below: int | None
) -> Iterator[ArticleVersion]:
    """At most `limit` of these versions that have no such labelling, locked, looked for from the end in blocks.

    The blocks are for PostgreSQL, which else sorts all labellings there are for each batch. Their bounds stand in the
    statement as numbers: after ten batches PostgreSQL would plan it once for any bounds, take a block for a few rows, and
    compare each version of it with each label. Source: https://www.postgresql.org/docs/current/sql-prepare.html, Notes.
    """
    top = below
    if top is None:
        top = (conn.execute(select(func.max(versions.c.id))).scalar() or 0) + 1
    n = 0
    while top > 0 and n < limit:
        bottom = max(0, top - BLOCK)
        first: BindParameter[int] = bindparam(None, bottom, literal_execute=True)
        end: BindParameter[int] = bindparam(None, top, literal_execute=True)
        within = (labellings.c.version_id >= first, labellings.c.version_id < end)
        query = (
            select_versions()
            .where(versions.c.id >= first, versions.c.id < end, *which)
            .where(~exists().where(labellings.c.version_id == versions.c.id, *within, *done))
            .order_by(versions.c.id.desc())
            .limit(limit - n)
            .with_for_update(skip_locked=True, of=versions)
        )
        for row in conn.execute(query).mappings():
            n += 1
            yield as_version(row)
        top = bottom


def release_versions(conn: Connection, worker_id: int, version_ids: Iterable[int]) -> None:
    """Give back versions that were claimed to be labelled."""
    release_keys(conn, worker_id, kind=LABEL, keys=[str(number) for number in version_ids])


def recall_labels(conn: Connection, *, model_row_id: int, now: datetime) -> int:
    """How many versions a model has labelled before: its labels count again, as if they were made now.

    Nothing else of them changes: the same model says the same of the same text.
    """
    at = _keep_later(now, conn.execute(select(func.max(labellings.c.labelled_at))).scalar())
    again = update(labellings).where(labellings.c.model_row_id == model_row_id).values(labelled_at=at)
    return int(conn.execute(again).rowcount)


def _keep_later(moment: datetime, latest: datetime | None) -> datetime:
    """The moment, or the next one after the latest if that is not before it."""
    return moment if latest is None or latest < moment else latest + timedelta(microseconds=1)


def _get_latest_times(conn: Connection, version_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these versions was labelled last, of those that were."""
    found: dict[int, datetime] = {}
    for some in chunks(version_ids):
        query = select(labellings.c.version_id, func.max(labellings.c.labelled_at).label("at"))
        rows = conn.execute(query.where(labellings.c.version_id.in_(some)).group_by(labellings.c.version_id))
        found |= {row.version_id: row.at for row in rows}
    return found


def get_labelling(conn: Connection, article_id: int) -> dict[str, Any] | None:
    """By what the newest version of an article was labelled last; None if it has no labels.

    Keys: `version_id`, `model` (its name, or `RULES`), `model_row_id`, `codebook_digest`.
    """
    query = (
        select(
            labellings.c.version_id,
            models.c.name.label("model"),
            labellings.c.model_row_id,
            codebooks.c.digest.label("codebook_digest"),
        )
        .select_from(labellings.join(versions).join(models).join(codebooks))
        .where(versions.c.article_id == article_id, is_newest())
        .order_by(labellings.c.labelled_at.desc(), labellings.c.id.desc())
        .limit(1)
    )
    row = conn.execute(query).mappings().one_or_none()
    return dict(row) if row else None


def count_unlabelled(conn: Connection) -> int:
    """How many articles have a newest version without any label."""
    labelled = exists().where(labellings.c.version_id == versions.c.id)
    return int(conn.execute(select(func.count()).select_from(versions).where(is_newest(), ~labelled)).scalar_one())


def is_newest() -> Any:
    """The condition that `versions` is the newest version of its article."""
    later = versions.alias("later")
    same = later.c.article_id == versions.c.article_id
    return ~exists().where(same, later.c.number > versions.c.number).correlate(versions)


def select_versions() -> Select[Any]:
    """A query for what `as_version` needs."""
    return select(
        versions.c.id.label("version_id"),
        versions.c.article_id,
        versions.c.number,
        articles.c.outlet_id,
        articles.c.url,
        articles.c.language,
        versions.c.text,
        versions.c.title_end,
        versions.c.text_hash,
        articles.c.first_seen_at,
        versions.c.seen_at,
        articles.c.published_at,
    ).join_from(versions, articles)


def as_version(row: RowMapping) -> ArticleVersion:
    """A row of `select_versions` as a record."""
    return ArticleVersion(**row)


def add_labels(
    conn: Connection,
    labelled: Sequence[LabelledVersion],
    *,
    codebook_row_id: int,
    model_row_id: int,
    labelled_at: datetime,
) -> None:
    """Add the labels of versions by one pair. A version that the pair labelled before is left as it is.

    Of the labels of a version the latest count, so they get a later time than those before, though a clock ran backwards.
    """
    pair = {"codebook_row_id": codebook_row_id, "model_row_id": model_row_id}
    latest = _get_latest_times(conn, [one.version_id for one in labelled])
    rows: dict[str, list[dict[str, Any]]] = {"passages": [], "narratives": [], "mentions": []}
    for one in labelled:
        row = insert_ignoring(conn, labellings).on_conflict_do_nothing().returning(labellings.c.id)
        at = _keep_later(labelled_at, latest.get(one.version_id))
        values = {"version_id": one.version_id, "state": one.state.value, "note": one.note, "labelled_at": at, **pair}
        labelling_id = conn.execute(row, values).scalar()
        if labelling_id is not None:
            _collect_rows(rows, labelling_id, one)
    for table in (passages, narratives, mentions):
        if rows[table.name]:
            conn.execute(insert(table), rows[table.name])


def _collect_rows(rows: dict[str, list[dict[str, Any]]], labelling_id: int, labelled: LabelledVersion) -> None:
    """Append the labels of one version to `rows`, by table."""
    for labels in labelled.passages:
        key = {"labelling_id": labelling_id}
        rows["passages"].append({**key, **_passage_columns(labels)})
        key["passage"] = labels.passage.position
        rows["narratives"] += [{**key, **_narrative_columns(label)} for label in labels.narratives]
        rows["mentions"] += [{**key, **_mention_columns(mention)} for mention in labels.mentions]


def _passage_columns(labels: PassageLabels) -> dict[str, Any]:
    """A passage as columns of `passages`."""
    return {
        "position": labels.passage.position,
        "span_start": labels.passage.start,
        "span_end": labels.passage.end,
        "relevant": labels.relevant,
        "relevance": labels.relevance,
    }


def _narrative_columns(label: NarrativeLabel) -> dict[str, Any]:
    """A narrative as columns of `narratives`."""
    return {
        "narrative": label.narrative,
        "score": label.score,
        "state": label.state.value,
        "voice": label.voice.value,
        "accused": label.accused,
        "speaker": label.speaker,
        "evidence": list(label.evidence),
    }


def _mention_columns(mention: TermMention) -> dict[str, Any]:
    """A mention as columns of `mentions`. Its passage is the one that it is given with."""
    return {
        "referent": mention.referent,
        "wording": mention.wording,
        "span_start": mention.start,
        "span_end": mention.end,
        "text": mention.text,
        "pattern": mention.pattern,
        "voice": mention.voice.value,
        "speaker": mention.speaker,
    }
