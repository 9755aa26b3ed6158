"""Finding the copies among what was stored since copies were looked for last."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from framewire.ingest.copies import iter_pairs, split_words
from framewire.records import ArticleVersion
from framewire.store import (
    Comparable,
    Copy,
    get_originals,
    read_articles_near,
    read_changed_articles,
    read_texts,
    reading,
    record_copies,
    transaction,
)
from framewire.workflow.sharing import Share, hold
from framewire.workflow.workspace import Workspace

WITHIN = timedelta(days=3)
"""How far apart a copy and its original are. Source: ecosystem anchors, "copies"."""

BATCH = 1_000
"""New articles compared at a time: with those of three days before and after them they bound the memory."""

_Recognised = list[tuple[Comparable, Comparable, float]]


def find_copies(
    workspace: Workspace, *, since: datetime | None, now: datetime, share: Share | None = None
) -> tuple[int, int]:
    """How many articles were compared, and how many of them are copies that were not known.

    Compared is what was stored or changed `since`, everything without it. To do it again gives the same.

    Raises:
        LeaseLost: another host does it by now.
    """
    with reading(workspace.engine) as conn:
        changed = read_changed_articles(conn, since=since)
    recognised: _Recognised = []
    for batch in _split(changed):
        recognised += _compare(workspace, batch)
    ids = [article.article_id for article in changed]
    with transaction(workspace.engine) as conn:
        hold(conn, share)
        found = _resolve(recognised, get_originals(conn, [other.article_id for _, other, _ in recognised]), set(ids))
        return len(ids), record_copies(conn, ids, found, now=now)


def _split(changed: Sequence[Comparable]) -> Iterator[Sequence[Comparable]]:
    """The articles in batches, none longer than a day of telling: a batch's neighbours stay few."""
    batch: list[Comparable] = []
    for article in changed:
        if batch and (len(batch) >= BATCH or article.told_at - batch[0].told_at > timedelta(days=1)):
            yield batch
            batch = []
        batch.append(article)
    if batch:
        yield batch


def _compare(workspace: Workspace, batch: Sequence[Comparable]) -> _Recognised:
    """Each article of the batch with each earlier one that it is a copy of."""
    with reading(workspace.engine) as conn:
        near = read_articles_near(conn, since=batch[0].told_at, until=batch[-1].told_at, within=WITHIN)
        near.sort(key=lambda article: article.order)
        texts = read_texts(conn, [article.version_id for article in near])
    words = [_split_words(texts[article.version_id]) for article in near]
    new = {article.article_id for article in batch}
    pairs = iter_pairs(
        words,
        [article.told_at.timestamp() for article in near],
        new=[article.article_id in new for article in near],
        within=WITHIN.total_seconds(),
    )
    return [(near[p.later], near[p.earlier], p.likeness.jaccard) for p in pairs if p.likeness.is_copy]


def _split_words(version: ArticleVersion) -> list[str]:
    return split_words(version.title, version.text[version.title_end :])


def _resolve(recognised: _Recognised, stored: dict[int, int], checked: set[int]) -> dict[int, Copy]:
    """Each copy with its original: the earliest article that it is a copy of, or that one's original."""
    originals = {copy: original for copy, original in stored.items() if copy not in checked}
    found: dict[int, Copy] = {}
    for article, other, jaccard in sorted(recognised, key=lambda it: (it[0].order, it[1].order)):
        if article.article_id not in found:
            original = originals.get(other.article_id, other.article_id)
            originals[article.article_id] = original
            found[article.article_id] = Copy(article.article_id, original, jaccard)
    return found
