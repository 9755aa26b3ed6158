"""Drift: what is read now beside what the model was trained for, the audit's precision, and what to do about it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from framewire.codebook import Codebook
from framewire.learn.drift import MIN_ARTICLES, OPEN, UNSEEN, ReadArticle, Shift, find_shifts, measure_precision
from framewire.records import CodedNarrative, CodingOrigin
from framewire.summarise import build_summary, render_html, render_markdown, render_text
from framewire.workflow.drift import _choose_periods, describe_drift, say_drift
from framewire.workflow.models import load_model_in_use
from review_cases import AT, code, copy_watch, spans_of
from summarise_cases import NOW, WINDOW, Desk
from test_cli import invoke, trained

__all__ = ["trained"]

DAY = timedelta(days=1)


def draw(
    n: int, *, unseen: float = 0.1, open_share: float = 0.2, theft: float = 0.2, seed: int = 0
) -> list[ReadArticle]:
    """Articles of forty words and five labels each, with these shares on average."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        n_open = int(rng.binomial(5, open_share))
        carried = frozenset({"water_theft"} if rng.random() < theft else ())
        found.append(ReadArticle(40, int(rng.binomial(40, unseen)), 5 - n_open, n_open, carried))
    return found


def moved(shifts: list[Shift]) -> set[str]:
    return {shift.name for shift in shifts if shift.has_moved}


def test_each_share_is_found_to_have_moved_and_nothing_else() -> None:
    before = draw(400)
    for more, name in (({"unseen": 0.2}, UNSEEN), ({"open_share": 0.4}, OPEN), ({"theft": 0.5}, "water_theft")):
        assert moved(find_shifts(draw(120, seed=1, **more), before, ("water_theft", "neglect"))) == {name}


def test_what_stays_the_same_seldom_moves() -> None:
    """Intervals of a look together are right in 95 of 100: of 20 looks at nothing at most four cry out."""
    cries = sum(
        bool(moved(find_shifts(draw(40, seed=2 * i), draw(100, seed=2 * i + 1), ("water_theft",)))) for i in range(20)
    )
    assert cries <= 4


def test_a_sure_but_small_move_is_nothing_to_act_upon() -> None:
    found = find_shifts(draw(1000, unseen=0.11, seed=3), draw(1000, seed=4), ())
    (shift,) = [shift for shift in found if shift.name == UNSEEN]
    assert shift.low > 0
    assert not shift.has_moved


def test_too_few_articles_say_nothing_and_unknown_words_are_left_out() -> None:
    assert find_shifts(draw(MIN_ARTICLES - 1), draw(400), ()) == []
    unknown = [replace(one, n_words=0, n_unseen=0) for one in draw(50)]
    assert [shift.name for shift in find_shifts(unknown, unknown, ())] == [OPEN]


def test_precision_by_hand() -> None:
    """Seven of ten right: Wilson's interval is .397 to .892."""
    both = frozenset({"a"})
    found = measure_precision([(both, both)] * 7 + [(both, frozenset())] * 3)
    assert found is not None
    assert (found.share, found.n) == (0.7, 10)
    assert (round(found.low, 3), round(found.high, 3)) == (0.397, 0.892)
    assert measure_precision([(frozenset(), both)]) is None


@pytest.mark.parametrize(
    ("trained_on", "first", "until", "expected"),
    [
        (40, 0, 60, ((53, 60), (12, 40))),
        (0, 0, 35, ((28, 35), (0, 28))),
        (0, 0, 30, ((23, 30), (0, 23))),
        (0, 0, 20, None),
        (38, 0, 60, ((53, 60), (10, 38))),
        (5, 0, 60, ((53, 60), (0, 28))),
    ],
)
def test_the_training_period_lies_before_the_training_or_begins_the_watch(
    trained_on: int, first: int, until: int, expected: tuple[tuple[int, int], tuple[int, int]] | None
) -> None:
    found = _choose_periods(AT + trained_on * DAY, AT + first * DAY, AT + until * DAY)
    days = found and tuple(tuple((moment - AT) // DAY for moment in period) for period in found)
    assert days == expected


def test_what_to_do_is_said_of_each_thing_that_moved() -> None:
    shifts = [
        Shift(UNSEEN, 0.3, 0.1, 0.1, 0.3, True),
        Shift(OPEN, 0.4, 0.2, 0.1, 0.3, True),
        Shift("water_theft", 0.5, 0.1, 0.3, 0.5, True),
        Shift("neglect", 0.1, 0.1, -0.1, 0.1, False),
    ]
    wrong = measure_precision([(frozenset({"a"}), frozenset())] * 20)
    drift = say_drift(shifts, wrong)
    assert "unseen words 30% (before 10%), left open 40% (before 20%)" in drift.line
    assert "water_theft 10% -> 50%" in drift.line
    assert "neglect" not in drift.line
    assert "audit of 30 days: 0% right (0%-16%, 20 labels)" in drift.line
    assert [warning.partition(":")[0] for warning in drift.warnings] == [
        "unseen words went up since the model was trained",
        "left open went up since the model was trained",
        "narratives moved",
        "more than half of the audited labels are wrong",
    ]
    assert all("`framewire " in warning for warning in drift.warnings)
    fewer = say_drift([Shift(OPEN, 0.1, 0.3, -0.3, -0.1, True)], None)
    assert fewer.warnings == (), "fewer labels left open are no trouble"


def test_status_tells_the_drift_and_the_audit(trained: Path, tmp_path: Path) -> None:
    watch = copy_watch(trained, tmp_path / "watch", n=3)
    (whole, *_) = spans_of(watch, 1)
    told = [CodedNarrative(label["id"]) for label in whole.labels["narratives"]]
    code(watch, whole, coder="anna", narratives=told, origin=CodingOrigin.AUDIT, at=AT)
    result = invoke("status", "-w", str(watch.config.folder), "--now", AT.isoformat())
    assert "drift      too early to tell" in result.output
    assert "audit of 30 days: 100% right" in result.output
    in_use = load_model_in_use(watch, AT)
    late = describe_drift(watch, in_use, until=AT + 31 * DAY)
    assert late is not None
    assert "audit" not in late.line
    assert describe_drift(watch, replace(in_use, name=None), until=AT) is None


def test_a_summary_ends_with_the_drift(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.article("north", "Of nothing")
    tables = replace(desk.tables(), drift=("left open 40% (before 20%)", "left open went up: <do> `something`"))
    summary = build_summary(tables, small_codebook, WINDOW, title="Dam", now=NOW, model_card=None, model_error=None)
    assert "Since training: left open 40% (before 20%)." in render_html(summary)
    assert "&lt;do&gt;" in render_html(summary)
    assert "To do: left open went up" in render_text(summary)
    assert "**To do:** left open went up" in render_markdown(summary)
    assert summary.plain["drift"][0].startswith("left open")
