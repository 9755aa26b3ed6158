"""The archive's pages as HTML: no script, nothing fetched, links only to each other and to the articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from framewire.codebook import Codebook
from framewire.summarise import words
from framewire.summarise.archive.ledger import ArchiveTables, Ledger
from framewire.summarise.archive.outlets import build_outlet_pages
from framewire.summarise.archive.pages import OutletPage, SubjectPage
from framewire.summarise.archive.subjects import build_narrative_page, build_referent_page, list_examples
from framewire.summarise.render import safe_url
from framewire.text.counts import say_count

GENERATOR = '<meta name="generator" content="Framewire">'
# Source: Content Security Policy level 3: nothing is loaded, run or sent; styles stand in the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_HEAD = '<meta charset="utf-8">'
_BODY = re.compile(r"<body[^>]*>")


@dataclass(frozen=True, slots=True)
class DayLine:
    """A summary in the list of days; `page` is False where its page is gone."""

    day: date
    headline: str
    n_articles: int
    has_page: bool


@dataclass(frozen=True, slots=True)
class Site:
    """What every page knows."""

    title: str
    codebook: str
    first: date
    last: date


def render_archive(
    tables: ArchiveTables, ledger: Ledger, codebook: Codebook, *, title: str, days: Sequence[DayLine], zone: ZoneInfo
) -> Iterator[tuple[str, str]]:
    """(path, page) of every page but the summaries', the index last."""
    site = Site(title, f"{codebook.title}, {codebook.id}/{codebook.version}", ledger.days[0], ledger.days[-1])
    examples = list_examples(tables.newest, tables.texts, codebook, zone)
    referents = [build_referent_page(one, ledger, codebook, examples.get(one.id, ())) for one in codebook.terminology]
    narratives = [build_narrative_page(one, ledger, codebook) for one in codebook.narratives]
    outlets = build_outlet_pages(ledger, tables.coverage, codebook)
    # What is spoken of most now comes first.
    known = tuple(
        sorted((page for page in pages if page), key=lambda page: -page.weight) for pages in (referents, narratives)
    )
    common = {"site": site, "breaks": ledger.breaks, "root": "../"}
    for kind, pages in (("referents", known[0]), ("narratives", known[1])):
        for page in pages:
            yield f"{kind}/{page.id}.html", _render("archive_subject.html.j2", common | {"p": page, "kind": kind})
    for outlet in outlets:
        yield f"outlets/{outlet.id}.html", _render("archive_outlet.html.j2", common | {"p": outlet})
    yield "index.html", _render_index(common | {"root": ""}, known, outlets, days)


def frame_summary(html: str) -> str:
    """A day's summary as a page of the archive: with the policy, and a way back to the index."""
    policy = f'{_HEAD}\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n{GENERATOR}'
    back = '<p style="max-width:680px;margin:0 auto;padding:10px 28px 0;font-size:13px"><a href="../index.html">All days</a></p>'
    with_head = html.replace(_HEAD, policy, 1)
    return _BODY.sub(lambda body: f"{body[0]}\n{back}", with_head, count=1)


def _render_index(
    common: dict[str, Any],
    subjects: Sequence[list[SubjectPage]],
    outlets: Sequence[OutletPage],
    days: Sequence[DayLine],
) -> str:
    months = [(month, list(lines)) for month, lines in groupby(days, key=lambda line: f"{line.day:%B %Y}")]
    groups = [(group, list(pages)) for group, pages in groupby(outlets, key=lambda page: page.group)]
    return _render(
        "archive_index.html.j2",
        common | {"months": months, "referents": subjects[0], "narratives": subjects[1], "groups": groups},
    )


def _render(name: str, context: dict[str, Any]) -> str:
    return re.sub(r"\n\s*\n+", "\n", _environment().get_template(name).render(context)).rstrip() + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("framewire.summarise", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        percent=words.say_percent,
        of=words.say_of,
        interval=words.say_interval,
        count=say_count,
        url=safe_url,
        day=lambda day: f"{day.day} {day:%b %Y}",
        long_day=lambda day: f"{day:%A}, {day.day} {day:%B %Y}",
        width=lambda share: max(1, round(100 * share)) if share else 0,
    )
    environment.globals.update(policy=POLICY)
    return environment
