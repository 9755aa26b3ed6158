"""When failing feeds make a fetch count as reduced: by weight, and where nobody is told twice a quarter of an hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framewire.records import Feed, FeedState

# From here on a feed is down and not only late: one hard failure, two soft or four temporary ones in a row.
DOWN = 1.0


@dataclass(frozen=True, slots=True)
class Failing:
    """The failing among the enabled feeds: how many, what they weigh (at most 1 each), and which went down just now."""

    n_feeds: int
    n_failing: int
    weight: float
    newly_down: tuple[str, ...]

    def exceeds(self, budget: float) -> bool:
        """True if they weigh more than this share of the feeds."""
        return self.weight > budget * self.n_feeds

    def describe(self) -> str:
        """How many fail, and where to look."""
        part = "" if self.weight == self.n_failing else f" (weighing {self.weight:g}: some only for a moment)"
        return f"{self.n_failing} of {self.n_feeds} feeds failed{part}; see `framewire feeds list --failing`"


def weigh_failing(feeds: Sequence[Feed], before: Mapping[str, FeedState], after: Mapping[str, FeedState]) -> Failing:
    """What fails among the feeds after a fetch, asked this time or not: a dead feed is asked seldom.

    Args:
        feeds: those that are enabled.
        before: their states before the fetch, by address, as far as known.
        after: likewise, after it.
    """
    now = [_failures(after, feed.url) for feed in feeds]
    newly = tuple(
        feed.url for feed, failures in zip(feeds, now, strict=True) if failures >= DOWN > _failures(before, feed.url)
    )
    return Failing(len(feeds), sum(f > 0 for f in now), sum(min(f, DOWN) for f in now), newly)


def _failures(states: Mapping[str, FeedState], url: str) -> float:
    return states[url].failures if url in states else 0.0
