"""The renderings: the same bytes for the same summary, and nothing of a feed that acts."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from framewire.codebook import Codebook
from framewire.summarise import (
    Summary,
    build_numbers,
    build_summary,
    render_html,
    render_json,
    render_markdown,
    render_text,
)
from framewire.summarise.render import TEXT_WIDTH, draw_bar, escape_markdown, safe_url
from summarise_cases import NOW, WINDOW, Desk, Mention

THEFT: Mention = ("filling", "theft", "water theft")
FILLING: Mention = ("filling", "filling", "planned filling")
HOSTILE = "<script>alert('x')</script> **water theft** | [x](javascript:alert(1)) =cmd() \u202egnirts"
HEBREW = "בעמק מדברים על water theft כבר שנים"
LONG = "water theft " + "Gauge " * 833


def build(desk: Desk, codebook: Codebook, **other: Any) -> Summary:
    settings: dict[str, Any] = {"title": "Dam <watch>", "now": NOW, "model_card": None, "model_error": None}
    return build_summary(desk.tables(), codebook, WINDOW, **(settings | other))


def busy_desk() -> Desk:
    """A day with something in every section, and with what feeds should not send."""
    desk = Desk()
    narrative = {"narrative": "water_theft", "accused": "norland", "evidence": ["rule: water theft"]}
    for ago in range(1, 29):
        for outlet in ("north", "south", "world"):
            desk.article(outlet, f"Of the planned filling {ago}", ago=ago, mentions=[FILLING])
    for outlet in ("north", "south", "world"):
        for i in range(6):
            body = f"Gauge {i} in {outlet} fell, and the sluice keepers of {outlet} call it water theft. Fish ladders broke."
            desk.article(outlet, f"Wells {i} {outlet}", body, mentions=[THEFT], narratives=[narrative])
    last = desk.article("south", HOSTILE, mentions=[THEFT], narratives=[narrative], url="javascript:alert(1)")
    desk.article("world", HEBREW, mentions=[THEFT], narratives=[narrative], language="he", group="other")
    desk.article("world", LONG, mentions=[THEFT], narratives=[narrative], url='http://world.example/"onload="x')
    desk.article("=bad()", "Of water theft", mentions=[THEFT], outlet_name="=1+1", group="+group")
    desk.revision(last, "Old <b>headline</b>", HOSTILE)
    desk.feed("north")
    desk.feed("world", status="http error", message="<503> nothing | here", succeeded=False)
    return desk


@pytest.fixture(scope="module")
def busy(small_codebook: Codebook) -> Summary:
    return build(busy_desk(), small_codebook, model_error="the manifest <is> gone. Run `framewire train`.")


@pytest.fixture(scope="module")
def empty(small_codebook: Codebook) -> Summary:
    return build(Desk(), small_codebook)


RENDERERS = [render_html, render_text, render_markdown]


@pytest.mark.parametrize("render", RENDERERS)
def test_equal_summaries_give_equal_bytes_whenever_they_are_made(
    small_codebook: Codebook, busy: Summary, render: Any
) -> None:
    later = build(
        busy_desk(),
        small_codebook,
        now=NOW + timedelta(days=9),
        model_error="the manifest <is> gone. Run `framewire train`.",
    )
    assert render(later) == render(busy)


@pytest.mark.parametrize("render", [*RENDERERS, render_json])
def test_a_day_that_still_runs_says_until_when_it_has_been_counted(small_codebook: Codebook, render: Any) -> None:
    now = WINDOW.end - timedelta(hours=1)
    local = now.astimezone(ZoneInfo(WINDOW.zone))
    line = f"The day still runs: counted until {local:%a} {local.day} {local:%b, %H:%M}."
    told = now.isoformat() if render is render_json else line
    assert told in render(build(busy_desk(), small_codebook, now=now))
    assert told not in render(build(busy_desk(), small_codebook, now=WINDOW.end))


def test_the_json_differs_in_one_line_when_made_later(small_codebook: Codebook) -> None:
    first = render_json(build(busy_desk(), small_codebook)).splitlines()
    later = render_json(build(busy_desk(), small_codebook, now=NOW + timedelta(days=9))).splitlines()
    assert [a.strip()[:9] for a, b in zip(first, later, strict=True) if a != b] == ['"made_at"']


@pytest.mark.parametrize("render", RENDERERS)
def test_every_section_is_there_on_every_day(busy: Summary, empty: Summary, render: Any) -> None:
    for summary in (busy, empty):
        text = render(summary).lower()
        for heading in (
            "what changed",
            "which word for what",
            "narratives",
            "same story, different words",
            "headlines changed",
            "articles to read",
            "please check",
            "coverage and health",
            "emerging terms",
            "how this was made",
        ):
            assert heading in text, heading


def test_a_label_that_ends_in_a_number_and_its_count_are_two_things(small_codebook: Codebook) -> None:
    first, *others = small_codebook.terminology
    wordings = tuple(one.model_copy(update={"label": f"{one.id} of 2022"}) for one in first.wordings)
    referent = first.model_copy(update={"label": "The lake of 2023", "wordings": wordings})
    narratives = tuple(one.model_copy(update={"label": f"{one.id} of 2021"}) for one in small_codebook.narratives)
    codebook = small_codebook.model_copy(update={"terminology": (referent, *others), "narratives": narratives})
    desk = Desk()
    desk.article("north", "Of water theft", mentions=[THEFT], narratives=[{"narrative": "neglect", "accused": ""}])
    summary = build(desk, codebook)
    assert "Also named: the lake of 2023: 1." in render_text(summary)
    page = " ".join(html.fromstring(render_html(summary)).text_content().split())
    assert "The lake of 2023: theft of 2022: 1 (" in page
    assert "In one or two articles only: neglect of 2021: 1" in page


def test_one_of_a_thing_is_counted_as_one(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.article("north", "Of water theft", ago=1, mentions=[THEFT])
    desk.article("north", "Of the water theft", mentions=[THEFT], narratives=[{"narrative": "neglect", "accused": ""}])
    desk.feed("north")
    summary = build(desk, small_codebook)
    for render in RENDERERS:
        text = render(replace(summary, health=replace(summary.health, usual=(1, 1))))
        assert "sual: 1 article" in text
        assert not re.search(r"(?<![\d.,:–-])1 (relevant )?(article|outlet|day|feed|mention|question|poll)s\b", text)
        assert "relevant ones" not in text


@pytest.mark.parametrize("render", RENDERERS)
def test_an_empty_day_says_so(empty: Summary, render: Any) -> None:
    text = render(empty)
    for line in (
        "No change can be told yet.",
        "0 of 28 days of history",
        "No wording of the codebook was found today.",
        "No narrative was found today.",
        "No event was covered by three outlets.",
        "No headline changed in what it says.",
        "Nothing to check.",
        "seven days of history",
    ):
        assert line in " ".join(text.replace("\xa0", " ").split()), line


@pytest.mark.parametrize("render", RENDERERS)
def test_no_feed_answered_is_said_loudly(small_codebook: Codebook, render: Any) -> None:
    desk = Desk()
    desk.feed("north", status="dns", message="no such host", succeeded=False)
    assert "no feed answered" in render(build(desk, small_codebook)).lower()


@pytest.mark.parametrize("render", RENDERERS)
def test_silence_gaps_and_pauses_are_told(small_codebook: Codebook, render: Any) -> None:
    desk = Desk()
    desk.cover("south", "dead", usual=None)
    desk.cover("north", "overrun", n=4)
    desk.cover("world", "partly asked", n=2, hours_down=5.5)
    text = " ".join(render(build(desk, small_codebook)).replace("\xa0", " ").split())
    for said in (
        "The South",
        "dead: why dead",
        "read in part",
        "overrun: why overrun",
        "No feed was asked for 5.5 hours",
    ):
        assert said in text, said
    assert "partly asked: why" not in text


def test_nothing_of_a_feed_acts_in_the_page(busy: Summary) -> None:
    page = render_html(busy)
    tree = html.document_fromstring(page)
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "iframe", "object", "form", "link", "svg", "input"}
    assert all(href.startswith(("http://", "https://")) for href in tree.xpath("//@href"))
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page


def test_the_page_can_be_read_anywhere(busy: Summary) -> None:
    page = render_html(busy)
    tree = html.document_fromstring(page)
    assert len(page.encode()) < 80_000
    assert "prefers-color-scheme: dark" in page
    assert "max-width: 480px" in page
    assert tree.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert tree.xpath("//th")
    assert all(th.get("scope") == "col" for th in tree.xpath("//th"))
    assert {el.get("dir") for el in tree.xpath("//*[@lang='he']")} == {"auto"}
    assert not tree.xpath("//table[not(@role='presentation') and not(.//th) and not(contains(@class, 't'))]")


def contrast(first: str, second: str) -> float:
    """Source: WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_have_contrast(busy: Summary) -> None:
    page = render_html(busy)
    dark = page[page.index("prefers-color-scheme: dark") : page.index("max-width: 480px")]
    papers = {"light": "#fffefb", "dark": "#1c1b19"}
    assert papers["light"] in page
    assert papers["dark"] in dark
    inks = {
        "light": set(re.findall(r'style="(?:[^"]*[;\s])?color:\s*(#[0-9a-f]{6})', page)),
        "dark": set(re.findall(r"[{; ]color: (#[0-9a-f]{6})", dark)),
    }
    for scheme, colours in inks.items():
        assert len(colours) >= 3
        for colour in colours:
            assert contrast(colour, papers[scheme]) >= 4.5, (scheme, colour)


def test_the_text_fits_a_terminal(busy: Summary) -> None:
    lines = render_text(busy).splitlines()
    too_long = [line for line in lines if len(line) > TEXT_WIDTH and "http" not in line]
    assert too_long == []
    assert any(re.search(r"18\D+\d+\s%  #+", line) or "##" in line for line in lines)
    assert "*water theft*" in render_text(busy)


def test_the_first_screen_of_the_text_says_what_changed_and_the_rest_is_brief(busy: Summary) -> None:
    text = render_text(busy)
    first = text.splitlines()[:24]
    assert " No notable change." in first[first.index("WHAT CHANGED") :]
    words = [word for word in text.split() if re.search(r"\w", word) and not word.startswith("http")]
    assert len(words) <= 700


def test_markdown_keeps_its_tables_and_links(busy: Summary) -> None:
    text = render_markdown(busy)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    assert widths == {3, 12, 13}
    assert "](<javascript:" not in text
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "**water theft**" in text


def test_a_csv_holds_no_formula(busy: Summary) -> None:
    text = build_numbers(busy).to_csv(index=False)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'+group" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-", "\t"))]


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("http://a.example/x?y=1&z=(2)", True),
        ("HTTPS://a.example/", True),
        ("https://բարեւ.example/ողջույն", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/x", False),
        ("http:///x", False),
        ('http://a.example/"onload="x', False),
        ("http://a.example/\nx", False),
        ("http://[bad", False),
        ("", False),
        (None, False),
    ],
)
def test_only_harmless_web_addresses_are_linked(url: str | None, is_safe: bool) -> None:
    assert safe_url(url) == (url if is_safe else None)


@pytest.mark.parametrize(("share", "bar"), [(None, ""), (0.0, ""), (0.001, "#"), (0.5, "#" * 8), (1.0, "#" * 16)])
def test_bars(share: float | None, bar: str) -> None:
    assert draw_bar(share) == bar


def test_markdown_marks_are_escaped() -> None:
    assert escape_markdown("a_b* [c](d) <e> | `f` #g\nh") == r"a\_b\* \[c\](d) \<e\> \| \`f\` \#g h"
