"""When an article counts: a rule of the summaries, of notebooks, of exports and of the archive alike."""

from typing import Any

from sqlalchemy import ColumnElement, case, exists, false, func

from framewire.store.schema import articles, entries


def first_entries() -> ColumnElement[bool]:
    """The condition that `entries` is the first one of its article."""
    earlier = entries.alias("earlier_entry")
    before = exists().where(earlier.c.article_id == entries.c.article_id, earlier.c.id < entries.c.id)
    return (entries.c.article_id == articles.c.id) & ~before.correlate(entries)


def is_first_poll() -> ColumnElement[bool]:
    """Whether the first poll of a feed brought the article; needs `entries` joined by `first_entries`."""
    return func.coalesce(entries.c.first_poll, false())


def counted_at() -> ColumnElement[Any]:
    """When an article counts: when first seen; of a feed's first poll when published. Needs `entries`, likewise."""
    return case((is_first_poll(), articles.c.published_at), else_=articles.c.first_seen_at)
