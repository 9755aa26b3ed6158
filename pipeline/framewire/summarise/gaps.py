"""Why an outlet's day looks as it does: one main reason by a fixed order, and everything else that is known, in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from framewire.records import PollStatus
from framewire.summarise.expected import Expected, is_fewer, is_more
from framewire.text.counts import say_count

# Under half an article on such a day, silence says nothing.
MIN_USUAL = 0.5
# So many hours of one day in which nothing was asked make it partly asked.
MIN_HOURS_DOWN = 3.0
DEAD = frozenset({PollStatus.GONE, PollStatus.DNS, PollStatus.NOT_A_FEED})
BLOCKED = frozenset({PollStatus.FORBIDDEN, PollStatus.RATE_LIMITED})


class Reason(StrEnum):
    """Why a day of an outlet holds what it holds. Which comes before which, `explain_day` says."""

    NOT_ASKED = "not asked"
    DEAD = "dead"
    BLOCKED = "blocked"
    FAILING = "failing"
    NEW = "new"
    OVERRUN = "overrun"
    PARTLY_ASKED = "partly asked"
    NOT_COVERED = "language not covered"
    PAYWALLED = "paywalled"
    QUIET = "quiet"
    FEWER = "fewer than usual"
    MORE = "more than usual"
    TOO_EARLY = "too early to tell"
    AS_USUAL = "as usual"

    @property
    def is_gap(self) -> bool:
        """True if articles are missing or may be: the number is not all that the outlet published on the subject.

        An outlet whose feeds answered well, and which published little or nothing, has no gap.
        """
        return self not in (Reason.QUIET, Reason.FEWER, Reason.MORE, Reason.TOO_EARLY, Reason.AS_USUAL)


@dataclass(frozen=True, slots=True)
class FeedDay:
    """How one feed answered in a window.

    `state` is DEAD, BLOCKED or FAILING if it gave no good answer, AS_USUAL if it did, NOT_ASKED if nothing is known.
    `answers` are the failures in words, the most frequent first; `last_good_at` is the last good answer up to the end,
    None if there was none, or (`was_good`) it is longer ago than what was read.
    """

    url: str
    state: Reason
    n_polls: int = 0
    n_failed: int = 0
    n_overran: int = 0
    answers: tuple[str, ...] = ()
    last_good_at: datetime | None = None
    was_good: bool = False


@dataclass(frozen=True, slots=True)
class OutletDay:
    """All that is known of one outlet in one window.

    `first_at` is when the outlet was first asked if that was in this window or up to a day after it. `n_uncovered` articles
    are in a language without patterns or model, `n_walled` gave only their headline, of `n_refused` the page was refused.
    """

    day: date
    zone: ZoneInfo
    hours: float
    hours_down: float = 0.0
    is_anything_asked: bool = True
    is_listed: bool = True
    first_at: datetime | None = None
    feeds: tuple[FeedDay, ...] = ()
    n: int = 0
    n_relevant: int = 0
    languages: tuple[tuple[str, int], ...] = ()
    uncovered: tuple[tuple[str, int], ...] = ()
    n_walled: int = 0
    n_refused: int = 0
    expected: Expected | None = None

    @property
    def is_asked(self) -> bool:
        """True if any of its feeds was asked in the window."""
        return any(feed.n_polls for feed in self.feeds)


Finding = tuple[Reason, str]


def explain_day(day: OutletDay) -> Finding:
    """The main reason, and it with all else in words.

    What makes the whole day worthless stands alone: nothing asked; no feed answered (dead, blocked, failing); the first day.
    Of the rest the first is the reason, and all are told: a feed that failed, overrun, partly asked, language not covered,
    paywalled or pages blocked, quiet, and at last the number beside the usual one.
    """
    for find in _WHOLE:
        if (found := find(day)) is not None:
            return found
    findings = [found for find in _PARTS if (found := find(day)) is not None]
    if Reason.QUIET not in (reason for reason, _ in findings):
        findings.append(_compare(day))
    return findings[0][0], "; ".join(text for _, text in findings)


def classify_failure(status: str) -> Reason:
    """DEAD, BLOCKED or FAILING for the status of a failed poll."""
    return Reason.DEAD if status in DEAD else Reason.BLOCKED if status in BLOCKED else Reason.FAILING


def _find_not_asked(day: OutletDay) -> Finding | None:
    if day.is_asked or day.first_at is not None:
        return None
    if not day.is_anything_asked:
        return Reason.NOT_ASKED, f"no feed was asked in the {day.hours:.0f} hours of this day"
    if not day.is_listed:
        return Reason.NOT_ASKED, "its feeds are disabled or no longer listed"
    if any(feed.state is not Reason.NOT_ASKED for feed in day.feeds):
        return None
    return Reason.NOT_ASKED, "its feeds were not due, or the run broke off before them"


def _find_unanswered(day: OutletDay) -> Finding | None:
    """No feed gave a good answer: dead if all are dead, else blocked if one is, else failing."""
    states = {feed.state for feed in day.feeds if feed.state is not Reason.NOT_ASKED}
    if not states or Reason.AS_USUAL in states:
        return None
    reason = next(iter(states)) if len(states) == 1 else Reason.FAILING
    reason = Reason.BLOCKED if Reason.BLOCKED in states else reason
    return reason, _say_unanswered(day)


def _find_first(day: OutletDay) -> Finding | None:
    if day.first_at is None:
        return None
    when = _say_moment(day.first_at, day.zone)
    return (
        Reason.NEW,
        f"first asked on {when}: of what came before that, only what the feed still showed is known",
    )


def _find_overrun(day: OutletDay) -> Finding | None:
    n = sum(feed.n_overran for feed in day.feeds)
    if not n:
        return None
    polls = f"{n} poll{'s' * (n != 1)}"
    return Reason.OVERRUN, f"at {polls} every entry of the feed was new: others may have come and gone unseen"


def _find_partly_unanswered(day: OutletDay) -> Finding | None:
    """Some feeds gave no good answer all day, or all did but failed most times, or at times and little came."""
    if any(feed.state in (Reason.DEAD, Reason.BLOCKED, Reason.FAILING) for feed in day.feeds):
        return Reason.FAILING, _say_unanswered(day)
    n_failed, n_polls = (sum(getattr(feed, name) for feed in day.feeds) for name in ("n_failed", "n_polls"))
    if n_failed * 2 > n_polls or (n_failed and _is_low(day)):
        return Reason.FAILING, f"{n_failed} of {say_count(n_polls, 'poll')} failed ({', '.join(_list_answers(day))})"
    return None


def _find_partly_asked(day: OutletDay) -> Finding | None:
    if day.hours_down < MIN_HOURS_DOWN:
        return None
    return Reason.PARTLY_ASKED, f"no feed was asked for {day.hours_down:.1f} of {day.hours:.0f} hours"


def _find_uncovered(day: OutletDay) -> Finding | None:
    n = sum(n for _, n in day.uncovered)
    if not day.n or n * 2 < day.n:
        return None
    said = ", ".join(f"{language} {count}" for language, count in day.uncovered)
    return Reason.NOT_COVERED, f"{n} of {say_count(day.n, 'article')} in a language without patterns or model ({said})"


def _find_walled(day: OutletDay) -> Finding | None:
    if day.n and day.n_walled * 2 >= day.n:
        return (
            Reason.PAYWALLED,
            f"of {day.n_walled} of {say_count(day.n, 'article')} no more than the headline and lead can be read",
        )
    if day.n and day.n_refused * 2 >= day.n:
        return Reason.BLOCKED, f"the site refuses the pages of {day.n_refused} of {say_count(day.n, 'article')}"
    return None


def _find_quiet(day: OutletDay) -> Finding | None:
    if day.n or (day.expected is not None and day.expected.median < MIN_USUAL):
        return None
    return Reason.QUIET, f"its feeds answered and held nothing new; {_say_expected(day)}"


def _compare(day: OutletDay) -> Finding:
    said = f"{day.n} article{'s' * (day.n != 1)}, {_say_expected(day)}"
    if day.expected is None:
        return Reason.TOO_EARLY, said
    if is_fewer(day.n, day.expected):
        return Reason.FEWER, said
    return (Reason.MORE if is_more(day.n, day.expected) else Reason.AS_USUAL), said


_WHOLE: tuple[Callable[[OutletDay], Finding | None], ...] = (_find_not_asked, _find_unanswered, _find_first)
_PARTS: tuple[Callable[[OutletDay], Finding | None], ...] = (
    _find_partly_unanswered,
    _find_overrun,
    _find_partly_asked,
    _find_uncovered,
    _find_walled,
    _find_quiet,
)


def _is_low(day: OutletDay) -> bool:
    if day.expected is None:
        return not day.n
    return is_fewer(day.n, day.expected) or (not day.n and day.expected.median >= MIN_USUAL)


def _say_expected(day: OutletDay) -> str:
    """'usually 3-7 (the last 4 Mondays)', or that nothing is known yet."""
    known = day.expected
    if known is None:
        return "too few days known to say what is usual"
    span = f"{known.low}" if known.low == known.high else f"{known.low}-{known.high}"
    days = (
        f"the last {len(known.counts)} {day.day:%A}s"
        if known.is_weekday
        else f"{len(known.counts)} days of the last 28"
    )
    return f"usually {span} ({days})"


def _say_unanswered(day: OutletDay) -> str:
    """How many feeds gave no good answer, what they said, and when the last good answer came."""
    known = [feed for feed in day.feeds if feed.state is not Reason.NOT_ASKED]
    failed = [feed for feed in known if feed.state is not Reason.AS_USUAL]
    who = "its feed" if len(known) == 1 else f"{len(failed)} of {len(known)} feeds"
    good = [feed.last_good_at for feed in failed if feed.last_good_at is not None]
    since = f"last good answer {_say_moment(max(good), day.zone)}" if good else "never a good answer"
    if not good and any(feed.was_good for feed in failed):
        since = "no good answer in the last 28 days"
    asked = "" if any(feed.n_polls for feed in failed) else ", not asked again that day"
    return f"{who} gave no good answer: {', '.join(_list_answers(day))}{asked}; {since}"


def _list_answers(day: OutletDay) -> list[str]:
    """The kinds of failures, each once."""
    return list(dict.fromkeys(answer for feed in day.feeds for answer in feed.answers))


def _say_moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %H:%M}"
