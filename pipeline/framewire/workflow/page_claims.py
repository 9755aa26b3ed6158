"""Pages of a shared store, claimed site by site: so no page is asked for twice, and no site by two of us at once.

What binds one host binds all of them together: a site's delay, since a site is given back only when it may be asked again
(`PageSettings.rests`), the number of its pages in a run, and that it is left alone after it failed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from framewire.ingest.poll import find_feed_host
from framewire.records import DuePage, PageState
from framewire.store import claim_keys, get_asked_pages, hold_worker, release_keys, remove_lost_workers, transaction
from framewire.workflow.sharing import Share, patiently, wait_for_claims

PAGES = "pages"
"""The kind of claims on sites whose pages are read."""


def claim_pages(
    share: Share | None, due: Sequence[DuePage], *, n_sites: int, n_pages: int, now: datetime, until_all: bool
) -> Iterator[Sequence[DuePage]]:
    """The pages that this process is to ask for, those of some sites at a time; all of them at once if it is alone.

    Args:
        share: this process among those on the store; None if it is alone.
        due: what was due when it began.
        n_sites: how many sites at a time.
        n_pages: how many pages of a site all hosts together ask in a run.
        now: time of the run.
        until_all: after those that were free, also what other hosts had claimed and did not ask for before they were lost.
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
            own = patiently(share, partial(_claim, share, some, n_pages=n_pages, now=now))
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


def find_left(pages: Sequence[DuePage], asked: Mapping[int, PageState], *, n_pages: int) -> list[DuePage]:
    """The pages of a site that are still to be asked for in this run, after what another host `asked` of them meanwhile.

    None if the last of those failed: that host has left the site alone, or would have.
    """
    done = [page for page in pages if page.article_id in asked]
    if done and asked[done[-1].article_id] is PageState.FAILED:
        return []
    left = [page for page in pages if page.article_id not in asked]
    return left[: max(0, n_pages - len(done))]


def _claim(
    share: Share, sites: Mapping[str, Sequence[DuePage]], *, n_pages: int, now: datetime
) -> dict[str, list[DuePage]]:
    """The sites that are ours now, with the pages that are left of them."""
    with transaction(share.engine) as conn:
        remove_lost_workers(conn)
        hold_worker(conn, share.worker_id)
        own = claim_keys(conn, share.worker_id, kind=PAGES, keys=sites)
        asked = get_asked_pages(conn, [page.article_id for name in own for page in sites[name]], now=now)
    return {name: find_left(sites[name], asked, n_pages=n_pages) for name in sites if name in own}


def _release(share: Share, sites: Mapping[str, object]) -> None:
    with transaction(share.engine) as conn:
        release_keys(conn, share.worker_id, kind=PAGES, keys=sites.keys())
