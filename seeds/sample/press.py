"""The sample press as it stood at a moment: each feed file cut to what was out by then, with the faults of the key.

Each item of a feed file says from when it is out (`press:from`, in JSON Feed `_from`); a later item of the same identity
is a later version of it. The faults stand in key.yaml under `faults`.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FROM = "{urn:framewire:sample-press}from"
ATOM = "{http://www.w3.org/2005/Atom}"
RSS1 = "{http://purl.org/rss/1.0/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
# How many items a feed shows, as many real ones do.
FEED_LENGTH = 10
WALL = "<!doctype html><html><head><title>Before you read on</title></head><body><p>Please accept cookies.</p></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one feed, and when (`until` None: for good)."""

    feed: str
    kind: str
    since: datetime
    until: datetime | None

    def is_on(self, moment: datetime) -> bool:
        """Whether it goes wrong at this moment."""
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to one request: the status, the body and its type."""

    status: int
    body: bytes
    content_type: str = "application/xml; charset=utf-8"


def load_faults(folder: Path) -> tuple[Fault, ...]:
    """The faults of the key; none where there is no key."""
    path = folder / "key.yaml"
    key = YAML(typ="safe").load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return tuple(
        Fault(row["feed"], row["kind"], _read_time(row["since"]), _read_time(row["until"]) if "until" in row else None)
        for row in key.get("faults", ())
    )


def answer(
    folder: Path, name: str, moment: datetime, *, faults: Sequence[Fault] = (), length: int = FEED_LENGTH
) -> Answer:
    """What the press server says to a request for the feed `name` at a moment; `length` items at most."""
    kinds = {fault.kind for fault in faults if fault.feed == name and fault.is_on(moment)}
    if "down" in kinds:
        return Answer(503, b"down for maintenance", "text/plain")
    if "wall" in kinds:
        return Answer(200, WALL.encode(), "text/html; charset=utf-8")
    path = find_feed_file(folder, name)
    if path is None:
        return Answer(404, b"no such feed", "text/plain")
    if path.suffix == ".json":
        return Answer(200, build_json_feed(path.read_bytes(), moment, length=length), "application/feed+json")
    encoding = "windows-1251" if "windows-1251" in kinds else "utf-8"
    rename = _rename_guid if "new guids" in kinds else None
    body = build_feed(path.read_bytes(), moment, length=length, encoding=encoding, rename=rename)
    return Answer(200, body[: 2 * len(body) // 3] if "cut" in kinds else body, f"application/xml; charset={encoding}")


def find_feed_file(folder: Path, name: str) -> Path | None:
    """The file of a feed; None if there is none of that name."""
    if not name.replace("-", "").isalnum():
        return None
    return next((path for path in (folder / f"{name}.xml", folder / f"{name}.json") if path.is_file()), None)


def build_feed(
    document: bytes,
    moment: datetime,
    *,
    length: int = FEED_LENGTH,
    encoding: str = "utf-8",
    rename: Callable[[str], str] | None = None,
) -> bytes:
    """An RSS, RDF or Atom document with the newest items that are out, newest first, newest version of each."""
    root = ET.fromstring(document)
    is_atom, is_rdf = root.tag.startswith(ATOM), root.tag.startswith(RDF)
    for prefix, uri in NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    ET.register_namespace("", ATOM[1:-1] if is_atom else RSS1[1:-1] if is_rdf else "")
    parent = root if is_atom or is_rdf else root.find("channel")
    if parent is None:
        raise ValueError("neither RSS, RDF nor Atom")
    items = [child for child in parent if child.tag in ("item", f"{RSS1}item", f"{ATOM}entry")]
    for item in items:
        parent.remove(item)
    shown = _choose_shown([(_key_of(item), _read_time(item.attrib.pop(FROM)), item) for item in items], moment, length)
    for item in shown:
        guid = item.find("guid")
        if rename is not None and guid is not None:
            guid.text = rename(guid.text or "")
    parent.extend(shown)
    return ET.tostring(root, encoding=encoding, xml_declaration=True)


def build_json_feed(document: bytes, moment: datetime, *, length: int = FEED_LENGTH) -> bytes:
    """A JSON Feed with the items that are out, chosen like those of an XML feed."""
    feed = json.loads(document)
    rows = [(item["id"], _read_time(item.pop("_from")), item) for item in feed["items"]]
    return json.dumps(feed | {"items": _choose_shown(rows, moment, length)}, ensure_ascii=False).encode()


def _choose_shown(rows: Iterable[tuple[str, datetime, Any]], moment: datetime, length: int) -> list[Any]:
    """The newest version of each item that is out, the items in the order of their first versions, newest first."""
    newest: dict[str, tuple[datetime, Any]] = {}
    first_out: dict[str, datetime] = {}
    for key, out, item in rows:
        first_out[key] = min(out, first_out.get(key, out))
        if out <= moment and (key not in newest or newest[key][0] <= out):
            newest[key] = (out, item)
    order = sorted(newest, key=lambda key: first_out[key], reverse=True)[:length]
    return [newest[key][1] for key in order]


def _key_of(item: ET.Element) -> str:
    for name in ("guid", f"{ATOM}id", f"{RSS1}link", "link", "title"):
        found = item.findtext(name)
        if found:
            return found
    raise ValueError("an item without guid, link and title")


def _rename_guid(guid: str) -> str:
    """The guid as another publishing system writes it."""
    return f"https://cms.press.example/?p={guid.rpartition('-')[2]}"


def _read_time(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))
