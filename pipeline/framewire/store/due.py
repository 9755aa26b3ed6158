"""When a page is asked for again because its feed's entry changed."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from framewire.store.schema import pages

# A feed whose teasers hold a counter changes at every poll; its pages are not asked for as often.
MIN_AGE = timedelta(hours=1)


def mark_page_due(conn: Connection, article_id: int, *, changed_at: datetime) -> None:
    """Have the page of an article asked for anew, an hour after the last time at the earliest. Without one, nothing."""
    asked_at = conn.execute(select(pages.c.asked_at).where(pages.c.article_id == article_id)).scalar()
    if asked_at is not None:
        due = max(changed_at, asked_at + MIN_AGE)
        conn.execute(update(pages).where(pages.c.article_id == article_id).values(next_due_at=due, tries=0))
