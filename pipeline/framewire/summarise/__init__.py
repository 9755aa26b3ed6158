"""Labels to one day's summary: counts and shares, what changed, stories, and their renderings. No SQL, no files, no clock."""

from framewire.summarise.excerpts import mark_differences
from framewire.summarise.numbers import build_numbers
from framewire.summarise.render import render_html, render_json, render_markdown, render_text
from framewire.summarise.summary import Summary, build_summary
from framewire.summarise.tables import Tables
from framewire.summarise.window import Window, find_window, window_of

__all__ = [
    "Summary",
    "Tables",
    "Window",
    "build_numbers",
    "build_summary",
    "find_window",
    "mark_differences",
    "render_html",
    "render_json",
    "render_markdown",
    "render_text",
    "window_of",
]
