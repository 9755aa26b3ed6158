"""What a day asks of the store, step by step, timed: on a store of any size and of either database."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Engine, func, select

from framewire.records import (
    Entry,
    Feed,
    FeedOutcome,
    FeedState,
    LabelledVersion,
    LabelState,
    NarrativeLabel,
    Passage,
    PassageLabels,
    PollStatus,
    TermMention,
    Voice,
)
from framewire.store import (
    Only,
    Stretch,
    add_labels,
    claim_versions_to_label,
    count_articles,
    count_mentions,
    count_unlabelled,
    find_texts,
    get_feed_states,
    read_articles,
    read_articles_near,
    read_changed_articles,
    read_counted,
    read_followed,
    read_mentions,
    read_narratives,
    read_passages,
    read_revisions,
    read_texts,
    reading,
    record_poll,
    transaction,
)
from framewire.store.schema import articles, codebooks, models

N_NEW = 5_000
PER_POLL = 50
POLLS_TOGETHER = 16
LABEL_BATCH = 100
ROWS = {"codebook_row_id": 1, "model_row_id": 1}
WINDOW = timedelta(days=28)


@dataclass(frozen=True)
class Step:
    """A step by name: seconds by the wall, of CPU here and of the database's server, and how many things it did or read."""

    name: str
    seconds: float
    cpu_seconds: float
    server_seconds: float
    n: int

    @property
    def all_cpu_seconds(self) -> float:
        """Seconds of CPU, wherever they were spent."""
        return self.cpu_seconds + self.server_seconds


def find_newest(engine: Engine) -> datetime:
    """When the newest article was first seen."""
    with reading(engine) as conn:
        newest: datetime = conn.execute(select(func.max(articles.c.first_seen_at))).scalar_one()
        assert conn.execute(select(codebooks.c.id)).scalar() == conn.execute(select(models.c.id)).scalar() == 1
    return newest


def iter_steps(engine: Engine, server_cpu: Callable[[], float]) -> Iterator[Step]:
    """The steps of a day, in their order. They add `N_NEW` articles.

    Args:
        engine: of the store.
        server_cpu: the seconds of CPU that the server has used until now; always 0 where there is none.
    """
    begin = find_newest(engine) + timedelta(minutes=1)
    end = begin + timedelta(days=1)
    steps: list[tuple[str, Callable[[], int]]] = [
        ("store 5,000 new articles", lambda: _store_new(engine, begin)),
        ("claim and label them", lambda: _label_all(engine, begin)),
        ("claim, nothing left", lambda: len(_claim(engine))),
        ("count what has no label", lambda: _count_unlabelled(engine)),
        ("what may be copies", lambda: _read_copies(engine, begin)),
        ("tables of a summary", lambda: _read_summary(engine, begin - WINDOW, end)),
        ("coverage, 56 days", lambda: _read_coverage(engine, end)),
        ("wordings by day, 28 days", lambda: _count_daily(engine, end - WINDOW, end)),
        ("articles by day, a year", lambda: _count_year(engine, end)),
        ("search, found at once", lambda: _search(engine, "report")),
        ("search, found nowhere", lambda: _search(engine, "xylophone")),
    ]
    for name, work in steps:
        yield _measure_step(name, work, server_cpu)


def _measure_step(name: str, work: Callable[[], int], server_cpu: Callable[[], float]) -> Step:
    began, cpu, server = time.perf_counter(), time.process_time(), server_cpu()
    n = work()
    return Step(name, time.perf_counter() - began, time.process_time() - cpu, server_cpu() - server, n)


def _store_new(engine: Engine, seen_at: datetime) -> int:
    with reading(engine) as conn:
        urls = sorted(get_feed_states(conn))
    told = [_build_poll(urls[n % len(urls)], n, seen_at) for n in range(N_NEW // PER_POLL)]
    new = 0
    for start in range(0, len(told), POLLS_TOGETHER):
        with transaction(engine) as conn:
            new += sum(
                record_poll(conn, one, run_id=None, seen_at=seen_at).new for one in told[start : start + POLLS_TOGETHER]
            )
    return new


def _build_poll(url: str, number: int, at: datetime) -> FeedOutcome:
    host = url.split("/")[2]
    mark = f"{at:%Y%m%d%H%M}-{number}"
    entries = tuple(
        Entry(
            f"{mark}-{n}",
            f"https://{host}/{mark}-{n}",
            f"A new headline {mark} {n} about the matter",
            f"Words of report {mark} {n}. " + "More words of the report. " * 24,
        )
        for n in range(PER_POLL)
    )
    state = FeedState(url, last_polled_at=at, last_success_at=at, next_due_at=at + timedelta(hours=1))
    feed = Feed(url, host.removesuffix(".example"), "en")
    return FeedOutcome(feed, PollStatus.OK, "ok", state, at, 0.5, http_status=200, entries=entries)


def _claim(engine: Engine, below: int | None = None) -> list[LabelledVersion]:
    with transaction(engine) as conn:
        found = claim_versions_to_label(conn, **ROWS, limit=LABEL_BATCH, below=below)
    label = NarrativeLabel("story", 0.75, LabelState.LABELLED, Voice.DENIED, None, None, ())
    mention = TermMention("thing", "one", 0, 1, "A", "a", Voice.ASSERTED, None)
    labels = PassageLabels(Passage(0, 0, 10, ""), True, 0.9, (label,), (mention,))
    others = [replace(labels, passage=Passage(n, 10, 20, ""), narratives=(), mentions=()) for n in (1, 2)]
    return [LabelledVersion(one.version_id, LabelState.LABELLED, (labels, *others), None) for one in found]


def _label_all(engine: Engine, now: datetime) -> int:
    n, lowest = 0, None
    while labelled := _claim(engine, lowest):
        lowest = min(one.version_id for one in labelled)
        with transaction(engine) as conn:
            add_labels(conn, labelled, **ROWS, labelled_at=now)
        n += len(labelled)
    return n


def _count_unlabelled(engine: Engine) -> int:
    with reading(engine) as conn:
        return count_unlabelled(conn)


def _read_copies(engine: Engine, since: datetime) -> int:
    with reading(engine) as conn:
        changed = read_changed_articles(conn, since=since)
        near = read_articles_near(conn, since=since, until=since, within=timedelta(days=3))
        return len(changed) + len(near)


def _read_summary(engine: Engine, since: datetime, until: datetime) -> int:
    with reading(engine) as conn:
        table = read_articles(conn, since=since, until=until)
        tables = [read(conn, since=since, until=until) for read in (read_mentions, read_narratives, read_passages)]
        tables.append(read_revisions(conn, since=until - timedelta(days=1), until=until))
        texts = read_texts(conn, table["version_id"].tolist())
    return len(table) + len(texts) + sum(map(len, tables))


def _read_coverage(engine: Engine, until: datetime) -> int:
    day = timedelta(days=1)
    spans = [(until - (n + 1) * day, until - n * day) for n in range(56)][::-1]
    with reading(engine) as conn:
        return len(read_followed(conn)) + len(read_counted(conn, spans))


def _count_daily(engine: Engine, since: datetime, until: datetime) -> int:
    with reading(engine) as conn:
        stretch = Stretch(0, since, until, 86_400)
        return len(count_mentions(conn, [stretch], by=["outlet"], only=Only(), referent="thing"))


def _count_year(engine: Engine, until: datetime) -> int:
    with reading(engine) as conn:
        stretch = Stretch(0, until - timedelta(days=365), until, 86_400)
        return len(count_articles(conn, [stretch], by=["outlet"], only=Only()))


def _search(engine: Engine, word: str) -> int:
    with reading(engine) as conn:
        return len(list(islice(find_texts(conn, Only(), words=[[word]]), 20)))
