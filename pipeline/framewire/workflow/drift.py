"""Has the press moved away from what the model was trained for? Told by `status` and at the end of each summary."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from framewire.learn.drift import (
    MIN_ARTICLES,
    OPEN,
    UNSEEN,
    AuditedShare,
    ReadArticle,
    Shift,
    find_shifts,
    measure_precision,
)
from framewire.records import LabelState
from framewire.store import get_first_seen, read_articles, read_narratives, read_passages, read_texts, reading
from framewire.workflow.audit import read_audit_pairs
from framewire.workflow.candidates import find_words
from framewire.workflow.models import ModelInUse
from framewire.workflow.rivals import load_record
from framewire.workflow.workspace import Workspace

# What is compared: the last week, and four weeks up to the day on which the model was trained; where nothing was watched
# then, the first four weeks, or as many of them as there were, if they are two at least.
RECENT, TRAINING, MIN_TRAINING = timedelta(days=7), timedelta(days=28), timedelta(days=14)
AUDITED = timedelta(days=30)
# Half of the labels wrong: below that a narrative has no numbers, either.
MIN_PRECISION = 0.5
_REMEDY = {
    UNSEEN: "code some of what is new: `framewire review queue --strategy vocabulary`, then `framewire train`",
    OPEN: "code some of what is left open: `framewire review queue --strategy uncertain`, then `framewire train`",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """What has moved since training, in lines; `warnings` say what to do."""

    line: str
    warnings: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it."""
        return (self.line, *self.warnings)


def describe_drift(workspace: Workspace, in_use: ModelInUse, *, until: datetime) -> Drift | None:
    """The drift of the press away from the model in use, up to a moment; None without a model."""
    if in_use.name is None or in_use.card is None or in_use.trained_at is None:
        return None  # rules alone are trained for nothing
    with reading(workspace.readonly_engine) as conn:
        first = get_first_seen(conn)
        periods = _choose_periods(in_use.trained_at, first, until) if first else None
        shifts: list[Shift] = []
        if periods:
            known = _find_training_words(workspace, in_use)
            now, before = (_read_period(conn, workspace, period, known) for period in periods)
            shifts = find_shifts(now, before, workspace.codebook.narrative_ids)
    audited = read_audit_pairs(workspace, in_use, since=until - AUDITED, until=until)
    return say_drift(shifts, measure_precision(audited))


def say_drift(shifts: list[Shift], audited: AuditedShare | None) -> Drift:
    """The drift in words."""
    parts = [
        ", ".join(
            f"{shift.name} {shift.now:.0%} (before {shift.before:.0%})" for shift in shifts if shift.name in _REMEDY
        )
        or f"too early to tell: a week and two weeks before it, of {MIN_ARTICLES} articles on the subject each, are needed"
    ]
    moved = [shift for shift in shifts if shift.has_moved and shift.name not in _REMEDY]
    if moved:
        parts.append("narratives: " + ", ".join(f"{one.name} {one.before:.0%} -> {one.now:.0%}" for one in moved))
    if audited:
        labels = "label" if audited.n == 1 else "labels"
        parts.append(
            f"audit of 30 days: {audited.share:.0%} right ({audited.low:.0%}-{audited.high:.0%}, {audited.n} {labels})"
        )
    return Drift("; ".join(parts), tuple(_warn(shifts, moved, audited)))


def _warn(shifts: list[Shift], moved: list[Shift], audited: AuditedShare | None) -> list[str]:
    found = [
        f"{shift.name} went up since the model was trained: {_REMEDY[shift.name]}"
        for shift in shifts
        if shift.name in _REMEDY and shift.has_moved and shift.now > shift.before
    ]
    if moved:
        found.append(
            "narratives moved: news, or a model that no longer fits? Read five passages of each and correct what is wrong: "
            "`framewire review queue --strategy confident`"
        )
    if audited and audited.high < MIN_PRECISION:
        found.append(
            "more than half of the audited labels are wrong: correct labels (`framewire review queue`), `framewire train`, "
            "and mend the rules of what is wrong (`framewire explain`)"
        )
    return found


def _choose_periods(
    trained_at: datetime, first: datetime, until: datetime
) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]] | None:
    """The last week and the training period, each from and to; None if they are not apart yet."""
    start = trained_at - TRAINING if first <= trained_at - RECENT else first
    recent = until - RECENT, until
    training = start, min(start + TRAINING, recent[0])
    return (recent, training) if training[1] - training[0] >= MIN_TRAINING else None


def _find_training_words(workspace: Workspace, in_use: ModelInUse) -> frozenset[str]:
    record = load_record(workspace.config.models / str(in_use.name), in_use.card or {})
    return (
        frozenset(word for passage in record.passages for word in find_words(passage.text)) if record else frozenset()
    )


def _read_period(
    conn: Connection, workspace: Workspace, period: tuple[datetime, datetime], known: frozenset[str]
) -> list[ReadArticle]:
    """The articles on the subject that were first seen in a period, in the model's language, copies left out."""
    since, until = period
    table = read_articles(conn, since=since, until=until)
    table = table[table["relevant"] & table["copy_of"].isna() & (table["language"] == workspace.codebook.languages[0])]
    texts = read_texts(conn, table["version_id"].tolist())
    words: dict[int, list[str]] = defaultdict(list)
    relevant = read_passages(conn, since=since, until=until)
    for row in relevant[relevant["relevant"] & relevant["version_id"].isin(table["version_id"])].to_dict("records"):
        words[row["version_id"]] += find_words(texts[row["version_id"]].text[row["start"] : row["end"]])
    states: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    labels = read_narratives(conn, since=since, until=until)
    for row in labels.to_dict("records"):
        states[row["version_id"]].append((row["narrative"], row["state"] == LabelState.ABSTAINED.value))
    return [_as_read(words[version], states[version], known) for version in table["version_id"].tolist()]


def _as_read(words: list[str], labels: list[tuple[str, bool]], known: frozenset[str]) -> ReadArticle:
    n_open = sum(is_open for _, is_open in labels)
    carried = frozenset(name for name, is_open in labels if not is_open)
    # Without a record of the training passages no word is known to be new.
    counted = words if known else []
    return ReadArticle(len(counted), sum(word not in known for word in counted), len(labels) - n_open, n_open, carried)


def as_rows(drift: Drift | None) -> list[tuple[str, str]]:
    """The lines of `status`."""
    if drift is None:
        return []
    return [("drift", drift.line), *([("to do", "; ".join(drift.warnings))] if drift.warnings else [])]
