"""Texts that hold given words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, or_

from framewire.records import ArticleVersion
from framewire.store.labelling import as_version, is_newest, select_versions
from framewire.store.schema import articles, outlets, versions
from framewire.store.scope import Only


def find_texts(conn: Connection, only: Only, *, words: Sequence[Sequence[str]]) -> Iterator[ArticleVersion]:
    """The newest versions that hold one spelling of each word, newest article first, read while they are taken.

    A percent sign and an underscore stand for themselves. SQLite knows capitals of ASCII only: spell the others out.
    """
    text = versions.c.text
    holds = and_(*(or_(*(text.icontains(spelling, autoescape=True) for spelling in spellings)) for spellings in words))
    query = (
        select_versions()
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(is_newest(), *only.conditions(), holds)
        .order_by(articles.c.first_seen_at.desc(), articles.c.id.desc())
        .execution_options(yield_per=500)
    )
    # Whoever has enough stops taking, and then the server's cursor is closed.
    with conn.execute(query) as result:
        for row in result.mappings():
            yield as_version(row)
