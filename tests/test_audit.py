"""The audit: which articles are drawn, and shares corrected by it."""

import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from framewire.summarise.audit import Audited, correct_share, describe_audit, draw_audit

sys.path.append(str(Path(__file__).parent / "benchmarks"))
from bench_audit import measure_cover

DAY = date(2026, 11, 23)


def audit(right: int, wrong: int, missed: int, none: int) -> list[Audited]:
    pairs = [((True, True), right), ((True, False), wrong), ((False, True), missed), ((False, False), none)]
    return [Audited(*pair) for pair, n in pairs for _ in range(n)]


def test_the_draw_depends_on_day_and_seed_alone() -> None:
    articles = list(range(100, 140))
    drawn = draw_audit(articles, DAY)
    assert len(set(drawn)) == 2
    assert drawn == draw_audit(articles[::-1], DAY)
    assert drawn != draw_audit(articles, DAY + timedelta(days=1))
    assert draw_audit(articles, DAY, seed=1) != drawn
    assert draw_audit([7], DAY) == (7,)
    assert draw_audit([], DAY) == ()


def test_a_late_article_displaces_at_most_what_it_takes_the_place_of() -> None:
    drawn = set(draw_audit(range(40), DAY))
    assert len(drawn & set(draw_audit(range(41), DAY))) >= 1


def test_every_article_is_drawn_as_often() -> None:
    drawn = Counter(i for day in range(2000) for i in draw_audit(range(20), DAY + timedelta(days=day)))
    # Each is drawn in a tenth of 2,000 days: 200, deviation 13.
    assert all(140 <= drawn[i] <= 260 for i in range(20))


def test_a_corrected_share_is_that_of_the_parts() -> None:
    # 60 of 80 labels are right, 12 of 120 without are missed; 300 of 1,000 articles have the label.
    found = correct_share(300, 1000, audit(60, 20, 12, 108))
    assert found is not None
    assert found.share == pytest.approx(0.3 * 0.75 + 0.7 * 0.1)
    assert found.low < found.share < found.high
    assert found.n_audited == 200


def test_a_perfect_model_is_left_as_it_is() -> None:
    found = correct_share(30, 100, audit(60, 0, 0, 140))
    assert found is not None
    assert found.share == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("audited", "total", "reason"),
    [
        ([], 100, "no audit"),
        (audit(20, 10, 9, 60), 100, "99 articles"),
        (audit(3, 1, 10, 100), 100, "four with the label"),
        (audit(60, 40, 3, 1), 100, "four without"),
        (audit(40, 10, 10, 60), 0, "no article"),
    ],
)
def test_a_small_audit_corrects_nothing(audited: list[Audited], total: int, reason: str) -> None:
    assert correct_share(0, total, audited) is None, reason


def test_what_is_said_of_the_audit() -> None:
    assert "no audit yet" in describe_audit(0)
    assert "12 of 100 articles audited" in describe_audit(12)
    assert describe_audit(100).startswith("Corrected by 100")


def test_corrected_intervals_hold_the_truth_where_raw_ones_do_not() -> None:
    corrected, raw, given = measure_cover(300, 0.2, (0.8, 0.6), 150)
    assert corrected >= 0.9
    assert raw < 0.5
    assert given == 1.0
