"""Several hosts on one PostgreSQL store: who works now, and what each of them has claimed.

A worker is a process that works on the store, with a lease that it renews. What it claims (feeds by a column, everything
else in `claims`) is its own as long as its row is there. Whoever finds a lease that has run out, by the database's
clock, takes the row away, and with it go its claims, in the same transaction. So a claim is never half gone, and a worker that was only slow either goes on undisturbed or learns at its next write that it was given up.

On SQLite nothing of this is used: the lock of the workspace keeps runs apart.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Interval, delete, func, insert, literal, select, update

from framewire.errors import LeaseLost
from framewire.records import FeedState
from framewire.store.schema import claims, feeds, runs, workers
from framewire.store.writes import as_feed_state, chunks, insert_ignoring


def is_shared(engine: Engine) -> bool:
    """True if several hosts may work on this store at once."""
    return engine.dialect.name == "postgresql"


def add_worker(conn: Connection, *, name: str, place: str, lease_seconds: float) -> int:
    """The number of a worker that begins.

    Args:
        conn: of a write transaction.
        name: for people.
        place: what no two workers at once can have, as a locked folder; another row of it is of a dead process.
        lease_seconds: how long it may be silent.
    """
    _remove(conn, conn.execute(select(workers.c.id).where(workers.c.place == place)).scalars().all())
    times = {"joined_at": func.clock_timestamp(), "leased_until": _lease_end(lease_seconds)}
    row = insert(workers).values(name=name, place=place, lease_seconds=lease_seconds, **times)
    return int(conn.execute(row.returning(workers.c.id)).scalar_one())


def renew_lease(conn: Connection, worker_id: int, *, lease_seconds: float) -> bool:
    """False if the worker was given up meanwhile."""
    own = update(workers).where(workers.c.id == worker_id).values(leased_until=_lease_end(lease_seconds))
    return bool(conn.execute(own).rowcount)


def remove_worker(conn: Connection, worker_id: int) -> None:
    """End a worker; what it still has claimed is free."""
    _remove(conn, [worker_id])


def remove_lost_workers(conn: Connection) -> int:
    """How many workers were silent for longer than their lease; what they had claimed is free.

    One that is just storing something is left, since it is not lost. After a restart of the server each has its whole
    lease once more: while it was away nobody could renew any.
    """
    lease = workers.c.lease_seconds * literal(timedelta(seconds=1), Interval)
    over = func.greatest(workers.c.leased_until, func.pg_postmaster_start_time() + lease) <= func.clock_timestamp()
    found = conn.execute(select(workers.c.id).where(over).with_for_update(skip_locked=True)).scalars().all()
    _remove(conn, found)
    return len(found)


def _remove(conn: Connection, worker_ids: Sequence[int]) -> None:
    """Take workers away, and all that they have claimed; a run of theirs has no worker from now on."""
    if not worker_ids:
        return
    # First the row itself: one that is just storing something keeps it until that is stored.
    conn.execute(delete(workers).where(workers.c.id.in_(worker_ids)))
    for table in (feeds, runs):
        conn.execute(update(table).where(table.c.worker_id.in_(worker_ids)).values(worker_id=None))


def hold_worker(conn: Connection, worker_id: int) -> None:
    """Keep the worker from being given up until this transaction ends.

    Raises:
        LeaseLost: it was given up already.
    """
    own = select(workers.c.id).where(workers.c.id == worker_id).with_for_update(key_share=True, read=True)
    if conn.execute(own).scalar() is None:
        raise LeaseLost(
            "this run was silent for longer than its lease (`lease_seconds`), and another host took over what it had "
            "claimed. What it had stored is kept; the next run goes on."
        )


def get_workers(conn: Connection) -> list[dict[str, Any]]:
    """Who works on the store now, by column, the longest at work first."""
    return [dict(row) for row in conn.execute(select(workers).order_by(workers.c.id)).mappings()]


def lock_free_feeds(conn: Connection, urls: Sequence[str]) -> dict[str, FeedState]:
    """What is remembered now of those of the feeds that nobody has claimed, locked; those that others look at are left out."""
    found: dict[str, FeedState] = {}
    for some in chunks(urls):
        free = select(feeds).where(feeds.c.url.in_(some), feeds.c.worker_id.is_(None)).order_by(feeds.c.id)
        rows = conn.execute(free.with_for_update(skip_locked=True)).mappings()
        found |= {row["url"]: as_feed_state(row) for row in rows}
    return found


def claim_feeds(conn: Connection, worker_id: int, urls: Sequence[str]) -> None:
    """Make feeds, which must be locked and free, the worker's own until their poll is stored."""
    for some in chunks(urls):
        conn.execute(update(feeds).where(feeds.c.url.in_(some)).values(worker_id=worker_id))


def find_own_feeds(conn: Connection, worker_id: int, urls: Sequence[str]) -> set[str]:
    """Those of the feeds that are still the worker's own: a poll that was stored before the line broke is not."""
    own: set[str] = set()
    for some in chunks(urls):
        query = select(feeds.c.url).where(feeds.c.url.in_(some), feeds.c.worker_id == worker_id)
        own.update(conn.execute(query).scalars())
    return own


def count_feeds_of_others(conn: Connection, worker_id: int) -> int:
    """How many feeds others are asking now."""
    of_others = (feeds.c.worker_id.is_not(None), feeds.c.worker_id != worker_id)
    return int(conn.execute(select(func.count()).select_from(feeds).where(*of_others)).scalar_one())


def claim_keys(conn: Connection, worker_id: int, *, kind: str, keys: Iterable[str]) -> set[str]:
    """Those of the keys that are the worker's own from now on; the others are somebody else's."""
    own: set[str] = set()
    for some in chunks(sorted(set(keys))):
        put = insert_ignoring(conn, claims).values([{"kind": kind, "key": key, "worker_id": worker_id} for key in some])
        # Its own again: the line may have broken after the first time.
        again = put.on_conflict_do_update(
            index_elements=["kind", "key"],
            set_={"worker_id": put.excluded.worker_id},
            where=claims.c.worker_id == worker_id,
        )
        own.update(conn.execute(again.returning(claims.c.key)).scalars())
    return own


def release_keys(conn: Connection, worker_id: int, *, kind: str, keys: Collection[str]) -> None:
    """Give back what the worker had claimed."""
    for some in chunks(sorted(keys)):
        own = (claims.c.kind == kind, claims.c.key.in_(some), claims.c.worker_id == worker_id)
        conn.execute(delete(claims).where(*own))


def count_claims_of_others(conn: Connection, worker_id: int, *, kind: str) -> int:
    """How much of this kind others have claimed."""
    of_others = (claims.c.kind == kind, claims.c.worker_id != worker_id)
    return int(conn.execute(select(func.count()).select_from(claims).where(*of_others)).scalar_one())


def get_claimant(conn: Connection, *, kind: str, key: str) -> str | None:
    """The name of the worker that has claimed it; None if nobody has."""
    named = select(workers.c.name).join_from(workers, claims).where(claims.c.kind == kind, claims.c.key == key)
    found: str | None = conn.execute(named).scalar()
    return found


def _lease_end(lease_seconds: float) -> ColumnElement[Any]:
    """When a lease ends that begins now, by the database's clock: hosts' clocks differ."""
    return func.clock_timestamp() + literal(timedelta(seconds=lease_seconds), Interval)
