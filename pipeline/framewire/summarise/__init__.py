"""Labels to one day's summary: counts and shares, what changed, stories, and their renderings. No SQL, no files, no clock."""

from framewire.summarise.calendar import render_calendar
from framewire.summarise.cases import N_DAYS
from framewire.summarise.coverage import (
    COVERAGE_COLUMNS,
    Watch,
    build_coverage,
    list_coverage,
    render_coverage,
)
from framewire.summarise.excerpts import mark_differences
from framewire.summarise.gaps import Reason
from framewire.summarise.numbers import build_numbers
from framewire.summarise.openings import list_openings
from framewire.summarise.render import render_html, render_json, render_markdown, render_text
from framewire.summarise.selection import EVERYTHING, Selection
from framewire.summarise.shares import measure
from framewire.summarise.so_far import find_changes_so_far, render_changes
from framewire.summarise.stories import find_stories
from framewire.summarise.summary import Summary, build_summary
from framewire.summarise.tables import Tables
from framewire.summarise.window import Window, find_window, window_of

__all__ = [
    "COVERAGE_COLUMNS",
    "EVERYTHING",
    "N_DAYS",
    "Reason",
    "Selection",
    "Summary",
    "Tables",
    "Watch",
    "Window",
    "build_coverage",
    "build_numbers",
    "build_summary",
    "find_changes_so_far",
    "find_stories",
    "find_window",
    "list_coverage",
    "list_openings",
    "mark_differences",
    "measure",
    "render_calendar",
    "render_changes",
    "render_coverage",
    "render_html",
    "render_json",
    "render_markdown",
    "render_text",
    "window_of",
]
