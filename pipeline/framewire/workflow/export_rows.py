"""The rows of each exported table, one after the other, each with the workspace's day."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from framewire.records import LabelState, Voice
from framewire.store import (
    Extract,
    get_counted_span,
    get_languages,
    get_seen_span,
    iter_article_rows,
    iter_mention_rows,
    iter_narrative_rows,
    list_outlets,
    read_mentions,
    read_revisions,
    read_texts,
)
from framewire.summarise import find_stories, find_window, list_coverage, list_openings, measure
from framewire.workflow.coverage import read_coverage
from framewire.workflow.workspace import Workspace

Row = dict[str, Any]

# Days of coverage, and of revisions, that are read at once.
_DAYS_AT_ONCE = 90
FIRM = (LabelState.LABELLED.value, LabelState.RULES_ONLY.value)


@dataclass(frozen=True, slots=True)
class Source:
    """What rows are read from. `now` says which day was the last to end."""

    workspace: Workspace
    conn: Connection
    extract: Extract
    now: datetime
    with_text: bool = False

    def day_of(self, moment: datetime | None) -> date | None:
        """The workspace's day of a time."""
        if moment is None:
            return None
        config = self.workspace.config
        starts = timedelta(hours=config.day_starts_at.hour, minutes=config.day_starts_at.minute)
        return (moment.astimezone(config.zone).replace(tzinfo=None) - starts).date()


def iter_articles(source: Source) -> Iterator[Row]:
    """The rows of `articles`."""
    return _with_day(source, iter_article_rows(source.conn, source.extract, with_text=source.with_text))


def iter_mentions(source: Source) -> Iterator[Row]:
    """The rows of `mentions`."""
    return _with_day(source, iter_mention_rows(source.conn, source.extract, with_text=source.with_text))


def iter_narratives(source: Source) -> Iterator[Row]:
    """The rows of `narratives`."""
    return _with_day(source, iter_narrative_rows(source.conn, source.extract, with_text=source.with_text))


def _with_day(source: Source, rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        row["day"] = source.day_of(row["counted_at"])
        yield row


Place = tuple[date, str]


@dataclass(slots=True)
class DailyCounts:
    """What is counted by day and outlet: of wordings by referent and wording, of narratives by narrative and accused side."""

    articles: Counter[Place] = field(default_factory=Counter)
    known: Counter[Place] = field(default_factory=Counter)
    relevant: Counter[Place] = field(default_factory=Counter)
    wordings: Counter[tuple[Place, str, str]] = field(default_factory=Counter)
    narratives: Counter[tuple[Place, str, str]] = field(default_factory=Counter)


def iter_daily(source: Source) -> Iterator[Row]:
    """The rows of `daily`: counts fit into memory, articles need not."""
    return list_daily(count_daily(source), dict(list_outlets(source.conn)))


def list_daily(counts: DailyCounts, groups: Mapping[str, str]) -> Iterator[Row]:
    """The rows of `daily` for what was counted. `groups` are those of the outlets."""
    wordings = sorted({(referent, wording) for _, referent, wording in counts.wordings})
    narratives = sorted({(narrative, accused) for _, narrative, accused in counts.narratives})
    for place in sorted(counts.articles):
        day, outlet = place
        about = {"day": day, "outlet": outlet, "group": groups[outlet]}
        for kind, referent, item, accused, n, total in _list_counts(counts, place, wordings, narratives):
            share = measure(n, total)
            yield {
                **about,
                "kind": kind,
                "referent": referent,
                "item": item,
                "accused": accused,
                "n": n,
                "total": total,
                "share": share.share,
                "low": share.low,
                "high": share.high,
            }


def count_daily(source: Source) -> DailyCounts:
    """What is counted by day and outlet of the articles that count on a day."""
    counts = DailyCounts()
    for row in iter_articles(source):
        if row["day"] is not None:
            place = (row["day"], row["outlet"])
            counts.articles[place] += 1
            counts.known[place] += row["state"] in FIRM
            counts.relevant[place] += bool(row["relevant"])
    for row in iter_mentions(source):
        if row["day"] is not None and row["relevant"]:
            counts.wordings[(row["day"], row["outlet"]), row["referent"], row["wording"]] += 1
    seen: set[tuple[str, str]] = set()
    article = None
    for row in iter_narratives(source):
        if row["article_id"] != article:
            article, seen = row["article_id"], set()
        item = (row["narrative"], row["accused"] or "")
        is_counted = row["state"] in FIRM and row["voice"] != Voice.DENIED.value and row["relevant"]
        if row["day"] is not None and is_counted and item not in seen:
            seen.add(item)
            counts.narratives[(row["day"], row["outlet"]), *item] += 1
    return counts


def _list_counts(
    counts: DailyCounts, place: Place, wordings: Sequence[tuple[str, str]], narratives: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str | None, str, str | None, int, int]]:
    """(kind, referent, item, accused, n, total) of a day and outlet; what was found anywhere stands with 0, too."""
    n_articles, n_known, n_relevant = counts.articles[place], counts.known[place], counts.relevant[place]
    yield ("articles", None, "relevant", None, n_relevant, n_known)
    yield ("articles", None, "unlabelled", None, n_articles - n_known, n_articles)
    totals: Counter[str] = Counter()
    for referent, wording in wordings:
        totals[referent] += counts.wordings[place, referent, wording]
    for referent, wording in wordings:
        if totals[referent]:
            yield ("wording", referent, wording, None, counts.wordings[place, referent, wording], totals[referent])
    if n_relevant:
        for narrative, accused in narratives:
            n = counts.narratives[place, narrative, accused]
            yield ("narrative", None, narrative, accused or None, n, n_relevant)


def iter_stories(source: Source) -> Iterator[Row]:
    """The rows of `stories`, day by day: relevant articles without copies make the stories, and copies join them."""
    days: defaultdict[date, list[Row]] = defaultdict(list)
    copies: defaultdict[int, list[Row]] = defaultdict(list)
    for row in iter_articles(replace(source, with_text=False)):
        if row["copy_of"] is not None:
            copies[row["copy_of"]].append(row)
        elif row["relevant"] and row["day"] is not None:
            days[row["day"]].append(row)
    number = 0
    for day in sorted(days):
        known = {row["article_id"]: row for row in days[day]}
        for members in _find_stories(source, days[day]):
            number += 1
            originals = [known[article] for article in members]
            every = sorted(
                (*originals, *(copy for row in originals for copy in copies[row["article_id"]])),
                key=lambda row: (row["counted_at"] or row["first_seen_at"], row["article_id"]),
            )
            n_outlets = len({row["outlet"] for row in originals})
            for row in every:
                yield row | {"story": number, "n_articles": len(every), "n_outlets": n_outlets}


def _find_stories(source: Source, rows: list[Row]) -> list[list[int]]:
    texts = read_texts(source.conn, [row["version_id"] for row in rows])
    seen = [row["first_seen_at"] for row in rows]
    mentions = read_mentions(source.conn, since=min(seen), until=max(seen) + timedelta(microseconds=1))
    openings = list_openings(texts.values(), mentions)
    table = pd.DataFrame([{name: row[name] for name in ("article_id", "outlet", "counted_at")} for row in rows])
    return find_stories(table, openings)


def iter_coverage(source: Source) -> Iterator[Row]:
    """The rows of `coverage`, from the first to the last day of the extract that has ended."""
    span = find_days(source)
    if span is None:
        return
    for first, last in _in_pieces(*span):
        table = read_coverage(
            source.workspace, source.workspace.readonly_engine, since=first, until=last, now=source.now
        )
        for row in list_coverage(table):
            if _is_wanted(source.extract, row["outlet"], row["group"]):
                yield row | {"day": date.fromisoformat(row["day"])}


def find_days(source: Source) -> tuple[date, date] | None:
    """The first and the last ended day of the extract; None if there is none."""
    config, extract = source.workspace.config, source.extract
    newest = find_window(source.now, zone=config.zone, day_starts_at=config.day_starts_at).day
    span = get_counted_span(source.conn, Extract()) if extract.since is None or extract.until is None else None
    first = source.day_of(extract.since) or source.day_of(span[0] if span else None)
    last = source.day_of(extract.until - timedelta(microseconds=1)) if extract.until else newest
    if first is None or last is None or first > min(last, newest):
        return None
    return first, min(last, newest)


def _in_pieces(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(last, first + timedelta(days=_DAYS_AT_ONCE - 1))
        yield first, end
        first = end + timedelta(days=1)


def iter_revisions(source: Source) -> Iterator[Row]:
    """The rows of `revisions`, by when the change was seen."""
    groups, span = dict(list_outlets(source.conn)), get_seen_span(source.conn)
    if span is None:
        return
    since = max(source.extract.since or span[0], span[0])
    end = min(source.extract.until or span[1] + timedelta(microseconds=1), span[1] + timedelta(microseconds=1))
    while since < end:
        until = min(end, since + timedelta(days=_DAYS_AT_ONCE))
        yield from _list_revisions(source, groups, since, until)
        since = until


def _list_revisions(source: Source, groups: dict[str, str], since: datetime, until: datetime) -> Iterator[Row]:
    table = read_revisions(source.conn, since=since, until=until)
    languages = get_languages(source.conn, sorted(set(table["article_id"].tolist())))
    plain = table.astype(object).where(table.notna(), None)
    for row in plain.to_dict("records"):
        seen_at, language = row["seen_at"].to_pydatetime(), languages[row["article_id"]]
        group = groups[row["outlet"]]
        if _is_wanted(source.extract, row["outlet"], group) and source.extract.language in (None, language):
            more = {"seen_at": seen_at, "day": source.day_of(seen_at), "group": group, "language": language}
            yield {str(name): value for name, value in row.items()} | more


def _is_wanted(extract: Extract, outlet: str, group: str) -> bool:
    return extract.outlet in (None, outlet) and extract.group in (None, group)


ROWS: dict[str, Callable[[Source], Iterator[Row]]] = {
    "articles": iter_articles,
    "mentions": iter_mentions,
    "narratives": iter_narratives,
    "daily": iter_daily,
    "stories": iter_stories,
    "coverage": iter_coverage,
    "revisions": iter_revisions,
}
"""How the rows of each table are read, by its name."""
