"""One day's summary, put together from its tables."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from framewire.codebook import Codebook
from framewire.summarise.audit import describe_audit
from framewire.summarise.breaks import find_breaks
from framewire.summarise.cases import Cases, describe_baseline, describe_range_baseline, find_cases, list_dates
from framewire.summarise.changes import find_changes
from framewire.summarise.counts import build_number_rows, correct_numbers, count_narratives, count_wordings
from framewire.summarise.edits import build_edits
from framewire.summarise.excerpts import clean_line
from framewire.summarise.headlines import build_revisions
from framewire.summarise.health import build_health, describe_languages
from framewire.summarise.method import describe_accused, describe_method
from framewire.summarise.parts import (
    Break,
    Change,
    CheckItem,
    Comparison,
    Edit,
    EmergingTerm,
    Health,
    Method,
    NarrativeRow,
    Number,
    ReadingItem,
    ReferentTable,
    Revision,
    Story,
)
from framewire.summarise.plain import as_plain
from framewire.summarise.ranges import add_up_coverage, describe_gaps
from framewire.summarise.reading import Shelf, choose_checks, choose_reading
from framewire.summarise.reliability import find_unreliable
from framewire.summarise.rows import build_narrative_rows, build_referents
from framewire.summarise.sections import build_emerging, build_stories
from framewire.summarise.selection import EVERYTHING, Selection, select_codebook, select_tables
from framewire.summarise.tables import Tables, name_outlets
from framewire.summarise.testable import select_testable
from framewire.summarise.window import Window
from framewire.summarise.words import say_change, say_of, say_range, say_running, say_size
from framewire.text.counts import say_count

MAX_ARTICLES = 15
NO_CHANGE = "no notable change"
TOO_EARLY = "too little history to compare"


@dataclass(frozen=True)
class Summary:
    """All that one day's summary says, in the order in which it is printed. Equal values render to equal bytes."""

    title: str
    day: date
    window: Window
    headline: str
    subject: str
    preheader: str
    health: Health
    languages: tuple[str, ...]
    comparison: Comparison
    changes: tuple[Change, ...]
    of_one_story: tuple[Change, ...]
    breaks: tuple[Break, ...]
    referents: tuple[ReferentTable, ...]
    unnamed: tuple[str, ...]
    narratives: tuple[NarrativeRow, ...]
    accused_note: str
    stories: tuple[Story, ...]
    edits: tuple[Edit, ...]
    revisions: tuple[Revision, ...]
    reading: tuple[ReadingItem, ...]
    checks: tuple[CheckItem, ...]
    emerging: tuple[EmergingTerm, ...] | None
    method: Method
    numbers: tuple[Number, ...]
    made_at: datetime
    n_audited: int = 0
    drift: tuple[str, ...] = ()
    counted_until: datetime | None = None

    @property
    def running(self) -> str:
        """That the window still runs, and until when it has been counted; '' if it has ended."""
        return say_running(self.window, self.counted_until)

    @property
    def raw_note(self) -> str:
        """How far the narratives' shares are corrected for the model's errors."""
        return describe_audit(self.n_audited)

    @property
    def n_articles(self) -> int:
        """The articles of the day."""
        return self.health.n_articles

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The summary as plain values, for JSON."""
        return dict(as_plain(self))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything but `made_at`: equal if the summary says the same."""
        plain = {key: value for key, value in self.plain.items() if key != "made_at"}
        return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def build_summary(
    tables: Tables,
    codebook: Codebook,
    window: Window,
    *,
    title: str,
    now: datetime,
    model_card: Mapping[str, Any] | None,
    model_error: str | None,
    max_articles: int = MAX_ARTICLES,
    selection: Selection = EVERYTHING,
) -> Summary:
    """The summary of a window. `now` is the time of making, and tells whether the window still runs; it changes nothing else.

    Args:
        tables: the day and the 28 days before it, or a range and the one before it.
        title: of the watch, as the subject line begins.
        model_card: of the model in use; without one None, and `model_error` says why.
        selection: the part that it is about.
    """
    tables, whole, codebook = select_tables(tables, selection), codebook, select_codebook(codebook, selection)
    tables, gaps = _add_up(tables, window)
    cases = find_cases(tables, window, sided=codebook.sided_ids)
    wordings, narratives = count_wordings(cases), count_narratives(cases)
    names, day_number = name_outlets(tables.articles), window.day.toordinal()
    found = find_changes(cases, select_testable(codebook, model_card), names=names, random_state=day_number)
    changes, unreliable = found.changes, find_unreliable(model_card)
    health = replace(build_health(tables, cases, window), gaps=gaps)
    shelf, referents = Shelf(tables, cases, whole), build_referents(wordings, cases, codebook)
    numbers = build_number_rows(wordings, narratives, codebook, unreliable=unreliable)
    headline, heading = _build_headline(changes, cases), clean_line(title, limit=60)
    return Summary(
        title=heading,
        day=window.day,
        window=window,
        headline=headline,
        subject=f"{heading}: {_say_window(window)} · {headline} · {say_count(health.n_articles, 'article')}",
        preheader=_build_preheader(changes, referents, health),
        health=health,
        languages=describe_languages(health, codebook),
        comparison=_build_comparison(cases, window, found.tested),
        changes=changes,
        of_one_story=found.of_one_story,
        breaks=find_breaks(tables, window),
        referents=referents,
        unnamed=_list_unnamed(referents, codebook),
        narratives=build_narrative_rows(narratives, cases, codebook, unreliable=unreliable, audited=tables.audited),
        accused_note=describe_accused(model_card),
        stories=build_stories(shelf, cases, tables),
        edits=build_edits(shelf, cases, tables),
        revisions=build_revisions(tables, codebook),
        reading=choose_reading(shelf, changes, max_articles=max_articles),
        checks=choose_checks(shelf, tables, thresholds=_thresholds(model_card), random_state=day_number),
        emerging=build_emerging(cases, tables, whole),
        method=describe_method(codebook, model_card, model_error),
        numbers=(*numbers, *correct_numbers(numbers, tables.audited)),
        made_at=now,
        n_audited=len(tables.audited),
        drift=tables.drift,
        counted_until=_find_last_asked(tables, window, now=now),
    )


def _find_last_asked(tables: Tables, window: Window, *, now: datetime) -> datetime | None:
    """Until when a window that still runs has been counted: when a feed was last asked; None if the window has ended."""
    if now >= window.end:
        return None
    asked = tables.polls["started_at"]
    return max(window.start, asked.max().to_pydatetime().astimezone(UTC)) if len(asked) else now


def _add_up(tables: Tables, window: Window) -> tuple[Tables, tuple[str, ...]]:
    """The tables with one row of coverage an outlet, and the gaps of a range in words; a day needs neither."""
    if window.n_days == 1:
        return tables, ()
    return replace(tables, coverage=add_up_coverage(tables.coverage)), describe_gaps(tables.coverage)


def _build_headline(changes: tuple[Change, ...], cases: Cases) -> str:
    """The one change that matters, that there is none, or that nothing can be said yet. Never text from a feed."""
    if changes:
        return clean_line(say_change(changes[0]), limit=90)
    return TOO_EARLY if cases.baseline.basis == "none" else NO_CHANGE


def _build_preheader(changes: tuple[Change, ...], referents: tuple[ReferentTable, ...], health: Health) -> str:
    """The next two facts, for the line that mail programs show beside the subject."""
    facts = [f"{change.title} {say_size(change)}" for change in changes[1:3]]
    for table in referents:
        top = table.rows[0]
        if top.share.share is not None:
            facts.append(f"{table.label}: “{top.title}” {say_of(top.share)}")
    facts.append(f"{health.n_answered} of {say_count(health.n_feeds, 'feed')} answered")
    return " · ".join(facts[:2])


def _build_comparison(cases: Cases, window: Window, tested: int) -> Comparison:
    baseline = cases.baseline
    return Comparison(
        line=describe_baseline(baseline, window.day)
        if window.n_days == 1
        else describe_range_baseline(baseline, window),
        basis=baseline.basis,
        days=list_dates(baseline.days, window.day)
        if window.n_days == 1
        else tuple(one.day for period in baseline.days for one in window.before(period).days()),
        n_history=len(baseline.history) * window.n_days,
        tested=tested,
    )


def _list_unnamed(referents: tuple[ReferentTable, ...], codebook: Codebook) -> tuple[str, ...]:
    """The referents that nobody named today."""
    named = {table.referent for table in referents}
    return tuple(referent.label for referent in codebook.terminology if referent.id not in named)


def _thresholds(card: Mapping[str, Any] | None) -> Mapping[str, float]:
    thresholds: Mapping[str, float] = (card or {}).get("thresholds", {})
    return thresholds


def _say_window(window: Window) -> str:
    if window.n_days == 1:
        return f"{window.day:%a} {window.day.day} {window.day:%b %Y}"
    return say_range(window.day, window.last)
