"""A day's summary as a page of the web room: as it was written, its items linked to where their labels are corrected."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from framewire.errors import InputError, OutputError
from framewire.files import describe_refusal
from framewire.store import get_summary, reading
from framewire.workflow.workspace import Workspace

_ITEM = re.compile(r">(?P<item>\d{1,9}(?:\.\d{1,6})?)</b>")
_BODY = re.compile(r"<body[^>]*>")


def read_day_page(workspace: Workspace, day: date, *, bar: str) -> str:
    """The HTML of a day's summary with a bar at its top, items linked to `/items/ID`.

    Raises:
        InputError: no summary was made of this day, or its page is gone.
        OutputError: it cannot be read.
    """
    with reading(workspace.readonly_engine) as conn:
        row = get_summary(conn, day.isoformat())
    path = workspace.config.out / day.isoformat() / "summary.html"
    if row is None or not path.is_file():
        raise InputError(f"there is no summary of {day}; `framewire summarise --day {day}` makes it")
    try:
        html = path.read_text(encoding="utf-8")
    except OSError as error:
        raise OutputError(describe_refusal(error, path)) from error
    if workspace.config.public_url:
        html = html.replace(f'href="{workspace.config.public_url}/', 'href="/')
    if 'href="/items/' not in html:
        html = _link_items(html, _list_items(row["numbers"]))
    return _BODY.sub(lambda body: f"{body[0]}\n{bar}", html, count=1)


def _list_items(numbers: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the items that a summary shows."""
    return frozenset(str(one["where"]) for name in ("reading", "checks") for one in numbers.get(name, ()))


def _link_items(html: str, items: frozenset[str]) -> str:
    def link(match: re.Match[str]) -> str:
        item = match["item"]
        return f'{match[0]} <a href="/items/{item}">wrong?</a>' if item in items else match[0]

    return _ITEM.sub(link, html)
