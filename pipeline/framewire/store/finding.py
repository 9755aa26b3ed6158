"""Articles found by what stands in them and what they carry, and how many there are of each kind. Cost: of the days looked at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, func, or_, select, true, union_all

from framewire.records import LabelState
from framewire.store.reads import is_newest_labelling, newest_versions
from framewire.store.schema import articles, labellings, mentions, narratives, outlets, passages, versions
from framewire.store.scope import Only

_FIRM = narratives.c.state != LabelState.ABSTAINED.value


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an article must have. `words` are the spellings of each word; None = whatever it is.

    A voice is that of the narrative or wording that is asked for; without one, of anything in the article.
    """

    only: Only
    words: tuple[tuple[str, ...], ...] = ()
    narrative: str | None = None
    referent: str | None = None
    wording: str | None = None
    voice: str | None = None
    relevant: bool = False


class FoundArticle(NamedTuple):
    """An article that was found. `labelling_id` None = not labelled yet."""

    article_id: int
    version_id: int
    labelling_id: int | None
    outlet: str
    group: str
    language: str


class LabelCounts(NamedTuple):
    """In how many articles each stands: narratives, (referent, wording), voices."""

    narratives: Counter[str]
    wordings: Counter[tuple[str, str]]
    voices: Counter[str]


def find_articles(conn: Connection, wanted: Wanted, *, limit: int) -> list[FoundArticle]:
    """The newest articles that are as wanted, newest first; their newest versions are looked at.

    A percent sign and an underscore stand for themselves. SQLite knows capitals of ASCII only: spell the others out.
    """
    query = (
        select(
            articles.c.id,
            versions.c.id,
            labellings.c.id,
            articles.c.outlet_id,
            outlets.c.group_name,
            articles.c.language,
        )
        .select_from(newest_versions().outerjoin(labellings, is_newest_labelling()))
        .where(*wanted.only.conditions(), *_conditions(wanted))
        .order_by(articles.c.first_seen_at.desc(), articles.c.id.desc())
        .limit(limit)
    )
    return [FoundArticle(*row) for row in conn.execute(query)]


def count_labels(conn: Connection, labelling_ids: Sequence[int]) -> LabelCounts:
    """In how many of these labellings each label stands. What the model left open is not counted."""
    told = _count_in(conn, labelling_ids, narratives, (narratives.c.narrative,), _FIRM)
    words = _count_in(conn, labelling_ids, mentions, (mentions.c.referent, mentions.c.wording), true())
    return LabelCounts(
        Counter(dict(told)),
        Counter({(referent, wording): n for referent, wording, n in words}),
        _count_voices(conn, labelling_ids),
    )


def get_last_article(conn: Connection) -> int | None:
    """The number of the newest article; None if none is stored."""
    number: int | None = conn.execute(select(func.max(articles.c.id))).scalar_one()
    return number


def get_mark(conn: Connection) -> tuple[int, ...]:
    """Numbers that are others as soon as articles or labels were added."""
    query = select(
        select(func.coalesce(func.max(articles.c.id), 0)).scalar_subquery(),
        select(func.coalesce(func.max(labellings.c.id), 0)).scalar_subquery(),
    )
    return tuple(int(number) for number in conn.execute(query).one())


def _count_in(
    conn: Connection,
    labelling_ids: Sequence[int],
    table: Table,
    columns: tuple[ColumnElement[Any], ...],
    among: ColumnElement[bool],
) -> list[Any]:
    """The values of these columns, each with in how many labellings it stands."""
    labelling = table.c.labelling_id
    query = select(*columns, func.count(labelling.distinct())).where(labelling.in_(labelling_ids), among)
    return list(conn.execute(query.group_by(*columns)))


def _count_voices(conn: Connection, labelling_ids: Sequence[int]) -> Counter[str]:
    parts = union_all(
        select(narratives.c.voice, narratives.c.labelling_id).where(
            narratives.c.labelling_id.in_(labelling_ids), _FIRM
        ),
        select(mentions.c.voice, mentions.c.labelling_id).where(mentions.c.labelling_id.in_(labelling_ids)),
    ).subquery()
    query = select(parts.c.voice, func.count(parts.c.labelling_id.distinct())).group_by(parts.c.voice)
    return Counter({row[0]: row[1] for row in conn.execute(query)})


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    text = versions.c.text
    found: list[ColumnElement[bool]] = [
        or_(*(text.icontains(spelling, autoescape=True) for spelling in spellings)) for spellings in wanted.words
    ]
    if wanted.narrative is not None:
        found.append(_has_narrative(narratives.c.narrative == wanted.narrative, wanted.voice))
    if wanted.referent is not None:
        found.append(_has_mention(_is_wording(wanted), wanted.voice))
    if wanted.voice is not None and wanted.narrative is None and wanted.referent is None:
        found.append(or_(_has_narrative(true(), wanted.voice), _has_mention(true(), wanted.voice)))
    if wanted.relevant:
        found.append(exists().where(passages.c.labelling_id == labellings.c.id, passages.c.relevant))
    return found


def _is_wording(wanted: Wanted) -> ColumnElement[bool]:
    named = mentions.c.referent == wanted.referent
    return named if wanted.wording is None else and_(named, mentions.c.wording == wanted.wording)


def _has_narrative(which: ColumnElement[bool], voice: str | None) -> ColumnElement[bool]:
    said = true() if voice is None else narratives.c.voice == voice
    return exists().where(narratives.c.labelling_id == labellings.c.id, _FIRM, which, said)


def _has_mention(which: ColumnElement[bool], voice: str | None) -> ColumnElement[bool]:
    said = true() if voice is None else mentions.c.voice == voice
    return exists().where(mentions.c.labelling_id == labellings.c.id, which, said)
