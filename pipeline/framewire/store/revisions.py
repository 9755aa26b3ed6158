"""What changed after publication: each version beside the one before it, and what their labels say of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, func, select

from framewire.records import LabelState
from framewire.store.schema import articles, labellings, mentions, narratives, versions
from framewire.store.tables import LISTS, NUMBER, TEXT, TIME, WHOLE, between, query_table
from framewire.store.writes import chunks

if TYPE_CHECKING:
    import pandas as pd

_FIRM = (LabelState.LABELLED.value, LabelState.RULES_ONLY.value)
_LEAD = 0
"""The passage that holds the headline."""


def read_revisions(conn: Connection, *, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
    """One row per version after an article's first that was seen in the range, oldest first.

    `title_change` and `text_change` are sizes of change, in [0, 1]; missing for versions stored before sizes were kept.
    `source` is whose text it is: 'feed' or 'page'; a page's text that takes the place of the feed's is no revision.
    `old_wordings` and `new_wordings` are lists of `referent:wording` in the headline, `old_narratives` and
    `new_narratives` of those in headline and lead; None if that version was never labelled.
    """
    return _read(conn, *between(versions.c.seen_at, since, until))


def read_article_revisions(conn: Connection, article_id: int) -> pd.DataFrame:
    """The same of one article."""
    return _read(conn, versions.c.article_id == article_id)


def _read(conn: Connection, *conditions: ColumnElement[bool]) -> pd.DataFrame:
    dtypes = {
        "article_id": WHOLE,
        "outlet": TEXT,
        "url": TEXT,
        "seen_at": TIME,
        "old_title": TEXT,
        "new_title": TEXT,
        "old_version_id": WHOLE,
        "new_version_id": WHOLE,
        "title_change": NUMBER,
        "text_change": NUMBER,
        "source": TEXT,
    }
    old = versions.alias("old")
    before = (old.c.article_id == versions.c.article_id) & (old.c.number == versions.c.number - 1)
    query = (
        select(
            articles.c.id,
            articles.c.outlet_id,
            articles.c.url,
            versions.c.seen_at,
            func.substr(old.c.text, 1, old.c.title_end),
            func.substr(versions.c.text, 1, versions.c.title_end),
            old.c.id,
            versions.c.id,
            versions.c.title_change,
            versions.c.text_change,
            versions.c.source,
        )
        .select_from(versions.join(articles).join(old, before))
        .where(*conditions, old.c.source == versions.c.source)
        .order_by(versions.c.seen_at, versions.c.id)
    )
    return with_labels(conn, query_table(conn, query, dtypes))


def with_labels(conn: Connection, table: pd.DataFrame) -> pd.DataFrame:
    """The table with what the labels of either version say of its headline."""
    import pandas as pd  # not needed by a run that only fetches

    ids = sorted({*table["old_version_id"].tolist(), *table["new_version_id"].tolist()})
    newest = _get_newest_labellings(conn, ids)
    said = {
        "wordings": _get_wordings(conn, newest.values()),
        "narratives": _get_narratives(conn, newest.values()),
    }
    columns = {
        f"{side}_{kind}": pd.Series(
            [sorted(own[newest[i]]) if i in newest else None for i in table[f"{side}_version_id"].tolist()],
            index=table.index,
            dtype=LISTS,
        )
        for kind, own in said.items()
        for side in ("old", "new")
    }
    return table.assign(**columns)


def _get_newest_labellings(conn: Connection, version_ids: Sequence[int]) -> dict[int, int]:
    """The newest labelling of each of these versions that has one."""
    found: dict[int, int] = {}
    for some in chunks(version_ids):
        query = select(labellings.c.version_id, labellings.c.id).where(labellings.c.version_id.in_(some))
        # Of one version the newest comes last, and stays.
        for row in conn.execute(query.order_by(labellings.c.labelled_at, labellings.c.id)).all():
            found[row[0]] = row[1]
    return found


def _get_wordings(conn: Connection, labelling_ids: Collection[int]) -> dict[int, set[str]]:
    """The wordings that stand in the headline, by labelling."""
    found: dict[int, set[str]] = defaultdict(set)
    for some in chunks(sorted(labelling_ids)):
        query = (
            select(mentions.c.labelling_id, mentions.c.referent, mentions.c.wording)
            .select_from(mentions.join(labellings, labellings.c.id == mentions.c.labelling_id).join(versions))
            .where(mentions.c.labelling_id.in_(some), mentions.c.span_end <= versions.c.title_end)
        )
        for labelling, referent, wording in conn.execute(query):
            found[labelling].add(f"{referent}:{wording}")
    return found


def _get_narratives(conn: Connection, labelling_ids: Collection[int]) -> dict[int, set[str]]:
    """The narratives that hold of headline and lead, by labelling."""
    found: dict[int, set[str]] = defaultdict(set)
    for some in chunks(sorted(labelling_ids)):
        own = (narratives.c.labelling_id.in_(some), narratives.c.passage == _LEAD, narratives.c.state.in_(_FIRM))
        for labelling, narrative in conn.execute(select(narratives.c.labelling_id, narratives.c.narrative).where(*own)):
            found[labelling].add(narrative)
    return found
