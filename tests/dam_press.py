"""A tiny invented press about the dam, in the sample press's format, for whole runs in tests."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
STORIES = (
    (
        "Norland took our water, say farmers",
        "Sudland said that Norland took the water of Sudland at Lake Siv. Farmers saw the theft of water and dry fields.",
    ),
    (
        "Engineers meet at the Siv dam",
        "Engineers of Norland and Sudland met at Upper Lake and read the gauges of the Siv dam together on Monday.",
    ),
    (
        "Minister defends the dam",
        "Officials spoke of a sovereign right and lawful use of the Upper Lake dam by Norland, and denied any water theft.",
    ),
    (
        "Coach leaves after defeat",
        "The football team lost its match and the coach spoke of a poor season for everybody in the club.",
    ),
)


def write_dam_press(folder: Path, *, days: int = 4, outlets: tuple[str, ...] = ("north", "south")) -> None:
    """Writes one RSS file an outlet, with every story of the day, and the feed list with `{base}`."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["version: 1", "outlets:"]
    for outlet in outlets:
        items = [_item(outlet, day, i) for day in range(days) for i in range(len(STORIES))]
        channel = f"<title>{outlet}</title><description>Invented</description>{''.join(items)}"
        document = f'<rss version="2.0" xmlns:press="urn:framewire:sample-press"><channel>{channel}</channel></rss>'
        (folder / f"{outlet}.xml").write_text(document, encoding="utf-8")
        group = "norland" if outlet.startswith("n") else "sudland"
        lines += [f"- id: {outlet}", f"  name: The {outlet.title()}", f"  group: {group}", "  country: XX", "  feeds:"]
        lines += [f'  - url: "{{base}}/{outlet}.xml"', "    language: en"]
    (folder / "feeds.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _item(outlet: str, day: int, number: int) -> str:
    title, text = STORIES[number]
    out = START + timedelta(days=day, hours=number)
    key = f"{outlet}-{day}-{number}"
    return (
        f'<item press:from="{out.isoformat()}"><title>{escape(title)} ({day})</title><link>http://{outlet}.example/{key}</link>'
        f"<guid>{key}</guid><pubDate>{format_datetime(out)}</pubDate><description>{escape(text)}</description></item>"
    )
