"""What the tests of backfills share: a small trained workspace, an archive about the dam, what a folder holds."""

import csv
import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from framewire.backfill.days import list_files
from framewire.backfill.labelled import TABLES
from framewire.backfill.manifest import load_manifest

NOW = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
START = datetime(2026, 10, 1, 8, tzinfo=UTC)
TEXTS = (
    "Sudland said that Norland took the water of Sudland at Lake Siv. Farmers saw the theft of water and dry fields.",
    "Engineers of Norland and Sudland met at Upper Lake and read the gauges of the Siv dam together on Monday.",
    "Officials spoke of a sovereign right and lawful use of the Upper Lake dam by Norland, and denied any water theft.",
    "The football team lost its match and the coach spoke of a poor season for everybody in the club.",
)
Article = dict[str, str]


def build_articles(n: int, *, first: int = 0) -> list[Article]:
    """Articles of two outlets over as many days as there are, ten a day, in no order of the days."""
    return [_build_article(number) for number in range(first, first + n)]


def _build_article(number: int) -> Article:
    published = START + timedelta(days=number * 7 % max(number % 10, 3), minutes=number)
    outlet = ("north", "south")[number % 2]
    return {
        "title": f"Report {number} of the valley and its water",
        "text": f"{TEXTS[number % 4]}\n\nThis is report number {number}. {TEXTS[(number + 1) % 4]}",
        "url": f"https://{outlet}.example/{number}",
        "published": published.isoformat(),
        "outlet": outlet,
        "language": "en",
    }


def as_jsonl(articles: Sequence[Article]) -> bytes:
    """The articles as JSON Lines."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in articles)


def as_csv(articles: Sequence[Article]) -> bytes:
    """The articles as CSV; texts have line ends in their cells."""
    out = StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(articles[0]))
    writer.writeheader()
    writer.writerows(articles)
    return out.getvalue().encode()


def as_parquet(articles: Sequence[Article], *, group_rows: int = 7) -> bytes:
    """The articles as Parquet with small row groups."""
    import pyarrow
    from pyarrow import parquet

    out = BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(articles)), out, row_group_size=group_rows)
    return out.getvalue()


def as_warc(articles: Sequence[Article], *, compressed: bool = True) -> bytes:
    """The articles as the pages of a crawl, with a record beside them that is no page. Source: ISO 28500:2017."""
    records = [_build_record("warcinfo", "crawl.warc", b"software: invented")]
    for one in articles:
        head = f"HTTP/1.1 {one.get('status', '200 OK')}\r\nContent-Type: {one.get('type', 'text/html')}\r\n\r\n"
        payload = one["page"].encode() if "page" in one else build_page(one)
        records.append(_build_record("response", one["url"], head.encode() + payload))
    return b"".join(gzip.compress(record, 1) if compressed else record for record in records)


def _build_record(kind: str, address: str, block: bytes) -> bytes:
    name = "application/http; msgtype=response" if kind == "response" else "application/warc-fields"
    lines = (
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {address}",
        "WARC-Date: 2026-11-01T10:00:00Z",
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>",
        f"Content-Type: {name}",
        f"Content-Length: {len(block)}",
    )
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


def build_page(article: Article) -> bytes:
    """An article as a web page among furniture."""
    paragraphs = "".join(f"<p>{part}</p>" for part in article["text"].split("\n\n"))
    meta = f'<meta property="article:published_time" content="{article["published"]}">'
    return (
        f"<!doctype html><html lang='en'><head><title>{article['title']} | The Paper</title>{meta}</head><body>"
        f"<nav><a href='/'>Home</a></nav><article><h1>{article['title']}</h1>{paragraphs}</article></body></html>"
    ).encode()


def write_archive(folder: Path, form: str, articles: Sequence[Article]) -> Path:
    """The articles as one file: csv, jsonl, jsonl.gz, parquet or warc.gz."""
    kind = form.removesuffix(".gz")
    content = {"csv": as_csv, "jsonl": as_jsonl, "parquet": as_parquet, "warc": as_warc}[kind](articles)
    path = folder / f"archive.{form}"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if form.endswith(".gz") and kind != "warc" else content)
    return path


def read_table(out: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a table of a backfill, in the order of their days and records."""
    from pyarrow import parquet

    rows = []
    for path in list_files(load_manifest(out), table):
        day = path.parent.name.removeprefix("day=")
        rows += [{"day": day, **row} for row in parquet.ParquetFile(path).read().to_pylist()]
    return rows


def read_all(out: Path) -> dict[str, list[str]]:
    """All rows of all tables, each as text, in an order that does not depend on how they were written."""
    return {
        table: sorted(json.dumps(row, default=str, sort_keys=True) for row in read_table(out, table))
        for table in TABLES
    }
