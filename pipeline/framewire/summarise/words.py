"""Numbers and labels in words, the same in every rendering."""

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from framewire.codebook import Codebook
from framewire.records import BOTH, UNCLEAR, LabelState
from framewire.summarise.parts import Break, Change
from framewire.summarise.shares import Share
from framewire.summarise.window import Window
from framewire.text.counts import say_count

# Source: summary contract: uncertainty in words, not ".83".
LIKELY, PROBABLE = 0.8, 0.5
_SMALL_WORDS = frozenset({"The", "A", "An", "What", "Who", "How", "Where", "When"})


def say_confidence(narratives: pd.DataFrame) -> str:
    """How sure the surest narrative of an article is."""
    best = narratives.sort_values("score", ascending=False).iloc[0]
    if best["state"] == LabelState.RULES_ONLY.value:
        return "by rules"
    score = float(best["score"])
    return "likely" if score >= LIKELY else "probable" if score >= PROBABLE else "uncertain"


def say_accused(codebook: Codebook, accused: str) -> str:
    """The accused side in words; '' for a narrative without one."""
    sides = {side.id: side.label for side in codebook.sides}
    return {BOTH: "both sides", UNCLEAR: "nobody clearly", "": ""}.get(accused, sides.get(accused, accused))


def say_laid(codebook: Codebook, accused: str) -> str:
    """Whom a narrative is laid to: 'laid to Norland'; '' for one without an accused side."""
    return f"laid to {say_accused(codebook, accused)}" if accused else ""


def say_narrative(codebook: Codebook, narrative: str, accused: str) -> str:
    """A narrative with whom it accuses."""
    labels = {item.id: item.label for item in codebook.narratives}
    label = labels.get(narrative, narrative.replace("_", " "))
    return f"{label}, {say_laid(codebook, accused)}" if accused not in ("", UNCLEAR) else label


def say_question(codebook: Codebook, narrative: str, accused: str) -> str:
    """What is asked of a passage whose label is not sure."""
    return f"Is this “{say_narrative(codebook, narrative, accused)}”?"


def say_voices(voices: Collection[str]) -> str:
    """The voices beside a wording: 'denied, quoted'; '' for the outlet's own alone, which needs no word."""
    return "" if set(voices) == {"asserted"} else ", ".join(sorted(voices)).replace("asserted", "own voice")


def say_percent(value: float | None) -> str:
    """A share in whole percent; '' if there is none."""
    return "" if value is None else f"{_whole(100 * value)}\u00a0%"


def say_of(share: Share) -> str:
    """n of total and the share: '40 of 129, 31 %'."""
    percent = say_percent(share.share)
    return f"{share.n} of {share.total}" + (f", {percent}" if percent else "")


def say_percent_of(share: Share) -> str:
    """The share and of how many: '31 % of 129'; a dash if there is none."""
    percent = say_percent(share.share)
    return f"{percent} of {share.total}" if percent else "–"


def say_interval(share: Share) -> str:
    """The interval of a share: '24–40'."""
    return "" if share.low is None or share.high is None else f"{_whole(100 * share.low)}–{_whole(100 * share.high)}"


def say_points(value: float) -> str:
    """A difference of shares with its sign: '+13'."""
    points = _whole(100 * value)
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"


def say_size(change: Change) -> str:
    """The size of a change in words: 'up 13 points'."""
    points = abs(_whole(100 * change.difference))
    return f"{'up' if change.difference > 0 else 'down'} {points} point{'s' * (points != 1)}"


def say_change(change: Change) -> str:
    """A change in few words: '“water theft” up 13 points'."""
    name = f"“{change.title}”" if change.kind == "wording" else change.title
    return f"{name} {say_size(change)}{say_place(change)}"


def say_place(change: Change) -> str:
    """Where a change stands: ' in The North'; '' if everywhere."""
    return f" in {change.place}" if change.place else ""


def say_break(mark: Break) -> str:
    """A break in words: what was changed when, and what cannot be compared."""
    since = f"Break on {mark.day:%a} {mark.day.day} {mark.day:%b}: "
    if mark.kind == "feeds":
        return f"{since}feeds {mark.what}. Totals before and after are of other outlets; changes compare each outlet with itself."
    noun = {"model": "another model", "codebook": "another codebook"}[mark.kind]
    return (
        f"{since}{noun} labels, {mark.what}. Stored articles were labelled anew, so what is compared here is of one kind; "
        "summaries written before are of the former."
    )


def say_moment(moment: datetime) -> str:
    """A time in words: 'Mon 23 Nov, 06:20'."""
    return f"{moment:%a} {moment.day} {moment:%b, %H:%M}"


def say_running(window: Window, until: datetime | None) -> str:
    """That a window still runs, and until when it has been counted; '' of one that has ended."""
    if until is None:
        return ""
    day = "day" if window.n_days == 1 else "last day"
    return f"The {day} still runs: counted until {say_moment(until.astimezone(ZoneInfo(window.zone)))}."


def say_range(first: date, last: date) -> str:
    """Some days in words: '16 to 22 November 2026'."""
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
    month = "" if first.month == last.month else f" {first:%B}"
    return f"{first.day}{month} to {last.day} {last:%B %Y}"


def say_inside(label: str) -> str:
    """A label inside a sentence: 'The filling of the lake' becomes 'the filling of the lake'."""
    first, _, rest = label.partition(" ")
    return f"{first.lower()} {rest}" if first in _SMALL_WORDS else label


def say_usual(usual: tuple[int, int], dash: str = "–") -> str:
    """The articles of a usual day: '2–15 articles', '1 article'."""
    low, high = usual
    return say_count(high, "article") if low == high else f"{low}{dash}{high} articles"


def _whole(value: float) -> int:
    """Rounded half away from zero, as readers expect."""
    return int(value + 0.5) if value >= 0 else -int(-value + 0.5)
