"""Since when the store is filled as it is: by which model, which codebook, from which feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from framewire.store.schema import codebooks, feeds, labellings, models, outlets, polls
from framewire.store.tables import TEXT, TIME, WHOLE, YES_NO, query_table

if TYPE_CHECKING:
    import pandas as pd


def read_label_starts(conn: Connection) -> pd.DataFrame:
    """One row per pair of model and codebook that ever labelled, with when it began, oldest first."""
    dtypes = {
        "model": TEXT,
        "model_digest": TEXT,
        "codebook": TEXT,
        "codebook_version": WHOLE,
        "codebook_digest": TEXT,
        "since": TIME,
    }
    since = func.min(labellings.c.labelled_at)
    pair = (models.c.name, models.c.digest, codebooks.c.codebook_id, codebooks.c.version, codebooks.c.digest)
    query = (
        select(*pair, since)
        .select_from(labellings.join(models).join(codebooks))
        .group_by(models.c.id, codebooks.c.id, *pair)
        .order_by(since, models.c.id, codebooks.c.id)
    )
    return query_table(conn, query, dtypes)


def read_feed_starts(conn: Connection) -> pd.DataFrame:
    """One row per feed that was ever asked, by address: from when to when, and whether it is still listed."""
    dtypes = {"url": TEXT, "outlet": TEXT, "listed": YES_NO, "since": TIME, "until": TIME}
    first, last = func.min(polls.c.started_at), func.max(polls.c.started_at)
    query = (
        select(feeds.c.url, outlets.c.name, feeds.c.listed, first, last)
        .select_from(polls.join(feeds).join(outlets))
        .group_by(feeds.c.id, feeds.c.url, outlets.c.name, feeds.c.listed)
        .order_by(feeds.c.url)
    )
    return query_table(conn, query, dtypes)
