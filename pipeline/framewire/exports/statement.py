"""The coverage statement: which outlets, which days, what is missing and why. It travels with every dataset."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class _OutletDays:
    """An outlet's days, summed up."""

    name: str
    group: str
    first: str
    last: str = ""
    n_days: int = 0
    n_gaps: int = 0
    n_articles: int = 0
    n_relevant: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def render_statement(
    coverage: Iterable[Mapping[str, Any]], imported: Iterable[Mapping[str, Any]], *, title: str, made: str
) -> str:
    """The text of `COVERAGE.md`.

    Args:
        coverage: the rows of the coverage table, in the order of days; read once.
        imported: `source`, `outlet`, `articles` of what was imported.
        title: the dataset's.
        made: when it was made.
    """
    outlets = _sum_up(coverage)
    brought = list(imported)
    lines = [
        f"# Coverage of {title}",
        "",
        f"Made {made}. Feeds show only their newest items: what was not fetched in time is not in this dataset, and what is "
        "not in it was not necessarily left unwritten. Days run as the workspace's do.",
        "",
    ]
    if not outlets:
        lines += ["No feed was watched on these days; the articles come from imports, or there are none.", ""]
    else:
        lines += _render_total(outlets) + _render_outlets(outlets) + _render_reasons(outlets)
    return "\n".join([*lines, *_render_imported(brought)])


def _sum_up(coverage: Iterable[Mapping[str, Any]]) -> dict[str, _OutletDays]:
    outlets: dict[str, _OutletDays] = {}
    for row in coverage:
        day = str(row["day"])
        own = outlets.setdefault(row["outlet"], _OutletDays(str(row["outlet_name"]), str(row["group"]), day))
        own.last = day
        own.n_days += 1
        own.n_gaps += bool(row["is_gap"])
        own.n_articles += int(row["articles"])
        own.n_relevant += int(row["relevant"])
        own.reasons[str(row["reason"])] += 1
    return outlets


def _render_total(outlets: Mapping[str, _OutletDays]) -> list[str]:
    every = list(outlets.values())
    n_days, n_gaps = sum(own.n_days for own in every), sum(own.n_gaps for own in every)
    return [
        f"- {len(every)} outlets, watched between {min(own.first for own in every)} and {max(own.last for own in every)}",
        f"- {sum(own.n_articles for own in every)} articles, {sum(own.n_relevant for own in every)} on the subject",
        f"- {n_gaps} of {n_days} outlet-days on which articles are missing, or may be",
        "",
    ]


def _render_outlets(outlets: Mapping[str, _OutletDays]) -> list[str]:
    rows = [
        f"| {_cell(outlet)} | {_cell(own.name)} | {_cell(own.group)} | {own.first} | {own.last} | {own.n_days} | "
        f"{own.n_gaps} | {own.n_articles} | {own.n_relevant} |"
        for outlet, own in sorted(outlets.items())
    ]
    head = "| outlet | name | group | first day | last day | days | days with a gap | articles | on the subject |"
    return ["## Outlets", "", head, "| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: |", *rows, ""]


def _render_reasons(outlets: Mapping[str, _OutletDays]) -> list[str]:
    total: Counter[str] = Counter()
    for own in outlets.values():
        total += own.reasons
    rows = [f"| {_cell(reason)} | {n} |" for reason, n in sorted(total.items(), key=lambda item: (-item[1], item[0]))]
    return ["## Outlet-days by reason", "", "| reason | outlet-days |", "| --- | ---: |", *rows, ""]


def _render_imported(imported: list[Mapping[str, Any]]) -> list[str]:
    if not imported:
        return []
    rows = [f"| {_cell(row['source'])} | {_cell(row['outlet'])} | {row['articles']} |" for row in imported]
    head = [
        "## Imported collections",
        "",
        "These articles come from others' collections; what those left out is not known here.",
        "",
        "| source | outlet | articles |",
        "| --- | --- | ---: |",
    ]
    return [*head, *rows, ""]


def _cell(value: object) -> str:
    """The value inside a Markdown table."""
    return " ".join(str(value).split()).replace("\\", "\\\\").replace("|", "\\|")
