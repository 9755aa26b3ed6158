"""Plots of the tables: each takes a table and, if you like, axes, and returns the axes. matplotlib is loaded when one is drawn.

They read in black and white and for the colour-blind (Okabe and Ito's colours beside markers, lines and hatches), say how many
cases stand behind them, and print no number under ten cases.
"""

from framewire.analysis.plots.bars import narratives_by_group
from framewire.analysis.plots.calendar import coverage_calendar
from framewire.analysis.plots.curves import calibration_curve, learning_curve
from framewire.analysis.plots.matrices import outlets_by_wordings, story_wordings
from framewire.analysis.plots.series import wordings_over_time

__all__ = [
    "calibration_curve",
    "coverage_calendar",
    "learning_curve",
    "narratives_by_group",
    "outlets_by_wordings",
    "story_wordings",
    "wordings_over_time",
]
