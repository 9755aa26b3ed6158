"""What is below a floor is not printed as a number; days on which something changed are marked."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from framewire.codebook import Codebook
from framewire.summarise import Summary, build_numbers, build_summary, render_html, render_markdown, render_text
from framewire.summarise.breaks import find_breaks
from framewire.summarise.reliability import find_unreliable
from framewire.summarise.tables import Tables
from summarise_cases import DAY, NOW, WINDOW, Desk


def card(*, precision: float = 0.9, alpha: float | None = 0.9, support: int = 40) -> dict[str, Any]:
    scores = {"narratives": {"by_id": {"lawful_use": {"precision": precision, "recall": 0.5, "support": support}}}}
    relevance = {"relevance": {"precision": 0.9, "recall": 0.9}}
    agreed = {"narratives": {"lawful_use": {"alpha": alpha}}}
    return {"version": "1", "passages": {"n": 9}, "cross_validation": scores | relevance, "agreement": agreed}


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (card(), {}),
        (card(precision=0.49), {"lawful_use": "precision 0.49"}),
        (card(alpha=0.66), {"lawful_use": "agreement 0.66"}),
        (card(precision=0.0, support=0), {}),
        (card(alpha=None), {}),
        ({"cross_validation": None, "agreement": None}, {}),
        (None, {}),
    ],
)
def test_which_narratives_are_below_a_floor(made: dict[str, Any] | None, found: dict[str, str]) -> None:
    assert find_unreliable(made) == found


def summarise(codebook: Codebook, made: dict[str, Any]) -> Summary:
    desk = Desk()
    for i in range(12):
        desk.article("north", f"Of a right {i}", narratives=[{"narrative": "lawful_use"}])
    return build_summary(desk.tables(), codebook, WINDOW, title="Dam", now=NOW, model_card=made, model_error=None)


@pytest.mark.parametrize("render", [render_text, render_html, render_markdown])
def test_a_narrative_below_a_floor_has_no_numbers(small_codebook: Codebook, render: Any) -> None:
    text = " ".join(render(summarise(small_codebook, card(alpha=0.5))).split())
    assert "not reliable yet (agreement 0.50)" in text
    assert "no audit yet" in text
    assert "not reliable yet (" not in render(summarise(small_codebook, card()))


def test_the_table_keeps_its_counts_and_no_share(small_codebook: Codebook) -> None:
    rows = build_numbers(summarise(small_codebook, card(alpha=0.5))).query("narrative == 'lawful_use'")
    assert set(rows["note"]) == {"not reliable yet"}
    assert rows["share"].isna().all()
    assert rows["n"].max() == 12


def starts(**rows: Any) -> Tables:
    made = Desk().tables()
    return Tables(**{name: getattr(made, name) for name in made.__dataclass_fields__} | rows)


def at(days_ago: int) -> Any:
    """When the run that sums up this day labels."""
    return WINDOW.before(days_ago).end + timedelta(minutes=20)


def test_another_model_is_a_break_and_the_first_is_none() -> None:
    columns = ["model", "model_digest", "codebook", "codebook_version", "codebook_digest", "since"]
    rows = [
        ("rules", "r" * 64, "dam", 1, "c" * 64, at(20)),
        ("dam/1", "m" * 64, "dam", 1, "c" * 64, at(3)),
        ("dam/2", "n" * 64, "dam", 2, "d" * 64, at(0)),
    ]
    table = pd.DataFrame(rows, columns=columns)
    found = [(one.day, one.kind, one.what) for one in find_breaks(starts(label_starts=table), WINDOW)]
    assert found == [
        (DAY - timedelta(days=3), "model", "dam/1 (mmmmmmmmmmmm)"),
        (DAY, "codebook", "dam, version 2 (dddddddddddd)"),
        (DAY, "model", "dam/2 (nnnnnnnnnnnn)"),
    ]


def test_new_and_dropped_feeds_are_a_break() -> None:
    rows = [
        ("a", "The North", True, at(20), at(0)),
        ("b", "The South", False, at(20), at(2)),
        ("c", "The World", True, at(2), at(0)),
    ]
    table = pd.DataFrame(rows, columns=["url", "outlet", "listed", "since", "until"])
    (found,) = find_breaks(starts(feed_starts=table), WINDOW)
    assert (found.day, found.kind) == (DAY - timedelta(days=2), "feeds")
    assert found.what == "1 added (The World); 1 no longer asked (The South)"


def test_nothing_known_is_no_break() -> None:
    assert find_breaks(Desk().tables(), WINDOW) == ()
