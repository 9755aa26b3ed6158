"""Plots: axes in, axes out; nothing cut, no number under ten cases, readable without colour."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

import framewire as fw
from explored import FIRST_DAY, LAST_DAY, build_dam_watch
from framewire.analysis.plots.series import sum_periods
from framewire.analysis.shares import add_shares

mpl.use("Agg")
from matplotlib import pyplot as plt

NOW = pd.Timestamp("2026-11-24T02:20Z").to_pydatetime()
DAYS = pd.date_range("2026-10-05", periods=28, freq="D").astype("datetime64[us]")
CARD = {
    "cross_validation": {
        "learning_curve": [{"passages": 100, "micro_f1": 0.4}, {"passages": 400, "micro_f1": 0.6}],
        "narratives": {"micro_f1_interval": [0.5, 0.7]},
    }
}


@pytest.fixture(scope="module")
def c(tmp_path_factory: pytest.TempPathFactory) -> fw.Collection:
    return fw.open(build_dam_watch(tmp_path_factory.mktemp("drawn")))


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def daily() -> pd.DataFrame:
    """Made-up counts of three wordings with long names; in the second week too few."""
    rows = []
    for number, day in enumerate(DAYS):
        total = 1 if 7 <= number < 14 else 6
        rows += [(day, "north", item, n, total) for item, n in (("a", total // 2), ("b", total - total // 2), ("c", 0))]
    table = add_shares(pd.DataFrame(rows, columns=["day", "outlet", "item", "n", "total"]))
    table.attrs = {"names": {"a": "a wording with a very long name that must be wrapped"}, "label": "A thing " * 12}
    return table


def bins() -> pd.DataFrame:
    rows = [(0, 0.05, 3, 200), (4, 0.45, 20, 41), (9, 0.95, 8, 9)]
    return add_shares(pd.DataFrame(rows, columns=["bin", "score", "n", "total"]))


PLOTS: dict[str, Callable[..., Any]] = {
    "series": lambda c, ax=None: fw.plots.wordings_over_time(daily(), breaks=two_models(c), ax=ax),
    "days": lambda c, ax=None: fw.plots.wordings_over_time(c.daily("filling"), every="day", ax=ax),
    "matrix": lambda c, ax=None: fw.plots.outlets_by_wordings(c.compare("filling"), ax=ax),
    "bars": lambda c, ax=None: fw.plots.narratives_by_group(c.narrative_shares(), ax=ax),
    "story": lambda c, ax=None: fw.plots.story_wordings(c.mentions("filling"), ax=ax),
    "calendar": lambda c, ax=None: fw.plots.coverage_calendar(
        c.coverage(since=FIRST_DAY, until=LAST_DAY, now=NOW), ax=ax
    ),
    "calibration": lambda c, ax=None: fw.plots.calibration_curve(bins(), ax=ax),
    "learning": lambda c, ax=None: fw.plots.learning_curve(CARD, ax=ax),
}


def two_models(c: fw.Collection) -> pd.DataFrame:
    own = c.labelled_by()
    first, second = (own.assign(first_seen_at=pd.Timestamp(day, tz="UTC")) for day in ("2026-10-05", "2026-10-20"))
    return pd.concat([first, second.assign(codebook_version=2)], ignore_index=True)


def texts_of(ax: Any) -> list[Any]:
    """Every text that is drawn."""
    return [text for text in ax.figure.findobj(mpl.text.Text) if text.get_visible() and text.get_text().strip()]


def ticks_beyond(axis: Any) -> list[Any]:
    """The labels of ticks that lie outside the axes, which are not drawn."""
    low, high = sorted(axis.get_view_interval())
    return [tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]


@pytest.mark.parametrize("name", PLOTS)
def test_nothing_is_cut(c: fw.Collection, name: str) -> None:
    ax = PLOTS[name](c)
    ax.figure.canvas.draw()
    frame = ax.figure.bbox
    beyond = {label for axis in (ax.xaxis, ax.yaxis) for label in ticks_beyond(axis)}
    for text in texts_of(ax):
        if text in beyond:
            continue
        box = text.get_window_extent()
        inside = frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1 and frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1
        assert inside, f"{text.get_text()!r} is cut"


@pytest.mark.parametrize("name", PLOTS)
def test_axes_that_are_given_are_drawn_on_and_come_back(c: fw.Collection, name: str, tmp_path: Path) -> None:
    _, mine = plt.subplots(layout="constrained")
    assert PLOTS[name](c, ax=mine) is mine
    mine.figure.savefig(tmp_path / "plot.svg")
    assert len(plt.get_fignums()) == 1


def test_no_number_under_ten_cases(c: fw.Collection) -> None:
    said = " ".join(text.get_text() for text in texts_of(PLOTS["calibration"](c)))
    assert "n = 200" in said
    assert "n = 9" not in said
    series = [text.get_text() for text in texts_of(PLOTS["series"](c))]
    assert any("n < 10" in text for text in series)
    few = add_shares(pd.DataFrame({"outlet": ["x", "y"], "wording": ["a", "a"], "n": [4, 5], "total": [9, 20]}))
    matrix = [text.get_text() for text in texts_of(fw.plots.outlets_by_wordings(few))]
    assert "x  (n < 10)" in matrix
    assert not any("44 %" in text for text in matrix)
    assert "25 %" in matrix


def test_lines_differ_without_colour(c: fw.Collection) -> None:
    lines = [bar[0] for bar in PLOTS["series"](c).containers]
    assert len({line.get_marker() for line in lines}) == len(lines)
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in lines}) == len(lines)
    hatches = {patch.get_hatch() for patch in PLOTS["bars"](c).get_legend().get_patches()}
    assert len(hatches) == 3


def test_a_period_puts_all_outlets_together() -> None:
    weeks = sum_periods(daily(), "W-SUN")
    assert weeks.groupby("start")["total"].first().tolist() == [42, 7, 42, 42]
    both = pd.concat([daily(), daily().assign(outlet="south")])
    assert sum_periods(both, "W-SUN").groupby("start")["total"].first().tolist() == [84, 14, 84, 84]


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda c: fw.plots.wordings_over_time(c.articles()), "column 'item' is missing; give a table as c.daily"),
        (lambda c: fw.plots.wordings_over_time(daily(), every="year"), "unknown period in every="),
        (lambda c: fw.plots.wordings_over_time(daily().head(0)), "the table has no rows"),
        (lambda c: fw.plots.outlets_by_wordings(c.compare("filling", wide=True)), "column 'wording' is missing"),
        (lambda c: fw.plots.narratives_by_group(c.narrative_shares(), narratives=["none"]), "the table has no rows"),
        (lambda c: fw.plots.story_wordings(c.mentions()), "column 'referent': .*draw one referent"),
        (lambda c: fw.plots.coverage_calendar(c.articles()), "column 'reason' is missing"),
        (lambda c: fw.plots.calibration_curve(c.articles()), "column 'score' is missing"),
        (lambda c: fw.plots.learning_curve({"cross_validation": None}), "no learning curve"),
    ],
)
def test_what_cannot_be_drawn_is_refused(c: fw.Collection, draw: Callable[[Any], Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        draw(c)
