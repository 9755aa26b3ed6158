"""Pages of a shared store, claimed site by site: so no page is asked for twice, and no site by two of us at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from framewire.ingest.poll import find_feed_host
from framewire.records import DuePage
from framewire.store import claim_keys, find_due_still, hold_worker, release_keys, remove_lost_workers, transaction
from framewire.workflow.sharing import Share, patiently, wait_for_claims

PAGES = "pages"
"""The kind of claims on sites whose pages are read."""


def claim_pages(
    share: Share | None, due: Sequence[DuePage], *, n_sites: int, now: datetime, until_all: bool
) -> Iterator[Sequence[DuePage]]:
    """The pages that this process is to ask for, those of `n_sites` sites at a time; all of them at once if it is alone.

    `until_all`: after those that were free, also what other hosts had claimed and did not ask for before they were lost.
    """
    if share is None:
        yield due
        return
    left = _group_by_site(due)
    while left:
        missed: dict[str, list[DuePage]] = {}
        names = list(left)
        for start in range(0, len(names), n_sites):
            some = {name: left[name] for name in names[start : start + n_sites]}
            own = patiently(share, partial(_claim, share, some, now=now))
            missed |= {name: pages for name, pages in some.items() if name not in own}
            if pages := [page for name in own for page in own[name]]:
                yield pages
            patiently(share, partial(_release, share, own))
        if not until_all or not missed:
            return
        wait_for_claims(share, PAGES)
        left = missed


def _group_by_site(due: Sequence[DuePage]) -> dict[str, list[DuePage]]:
    sites: defaultdict[str, list[DuePage]] = defaultdict(list)
    for page in due:
        sites[find_feed_host(page.url)].append(page)
    return dict(sites)


def _claim(share: Share, sites: Mapping[str, Sequence[DuePage]], *, now: datetime) -> dict[str, list[DuePage]]:
    """The sites that are ours now, with the pages that nobody has asked for meanwhile."""
    with transaction(share.engine) as conn:
        remove_lost_workers(conn)
        hold_worker(conn, share.worker_id)
        own = claim_keys(conn, share.worker_id, kind=PAGES, keys=sites)
        still = find_due_still(conn, [page.article_id for name in own for page in sites[name]], now=now)
    return {name: [page for page in sites[name] if page.article_id in still] for name in sites if name in own}


def _release(share: Share, sites: Mapping[str, object]) -> None:
    with transaction(share.engine) as conn:
        release_keys(conn, share.worker_id, kind=PAGES, keys=sites.keys())
