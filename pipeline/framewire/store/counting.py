"""When an article counts: a rule of the summaries, of notebooks, of exports and of the archive alike."""

from typing import Any

from sqlalchemy import ColumnElement, case, false, func, select

from framewire.store.schema import articles, entries


def first_entries() -> ColumnElement[bool]:
    """The condition that `entries` is the first one of its article."""
    every = entries.alias("every_entry")
    first = select(func.min(every.c.id)).where(every.c.article_id == articles.c.id).correlate(articles)
    return entries.c.id == first.scalar_subquery()


def is_first_poll() -> ColumnElement[bool]:
    """Whether the first poll of a feed brought the article; needs `entries` joined by `first_entries`."""
    return func.coalesce(entries.c.first_poll, false())


def counted_at() -> ColumnElement[Any]:
    """When an article counts: when first seen; of a feed's first poll when published. Needs `entries`, likewise."""
    return case((is_first_poll(), articles.c.published_at), else_=articles.c.first_seen_at)
