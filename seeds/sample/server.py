"""Serves the sample press on loopback as it stood at a given moment: feeds with ETags, the newest items only.

Each item of a feed file says from when it is out (`press:from`); a later item of the same guid is a later version.
"""

import hashlib
import threading
import xml.etree.ElementTree as ET
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PRESS = "{urn:framewire:sample-press}"
ATOM = "{http://www.w3.org/2005/Atom}"
NAMESPACES = {
    "": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
# How many items a feed shows, as many real ones do.
FEED_LENGTH = 15


class PressServer:
    """The sample press over HTTP. `now` is the moment that it shows; set it to move on."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self.folder = folder
        self.now = now
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """The server's address, `http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        """The server's port."""
        return self._server.server_port

    def __enter__(self) -> "PressServer":
        """Starts serving."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()

    def build_body(self, name: str) -> bytes | None:
        """A feed as it stands at `now`; None if there is no such feed."""
        path = self.folder / f"{name}.xml"
        if not name.replace("-", "").isalnum() or not path.is_file():
            return None
        return build_feed(path.read_bytes(), self.now)


def build_feed(document: bytes, now: datetime) -> bytes:
    """The feed document with the items that are out at `now`: newest first, newest version of each, at most 15."""
    root = ET.fromstring(document)
    for prefix, uri in NAMESPACES.items():
        if prefix or root.tag.startswith(ATOM):
            ET.register_namespace(prefix, uri)
    parent = root if root.tag.startswith(ATOM) else root.find("channel")
    if parent is None:
        raise ValueError("neither RSS nor Atom")
    items = [child for child in parent if child.tag in ("item", f"{ATOM}entry")]
    versions: dict[str, tuple[datetime, ET.Element]] = {}
    first_out: dict[str, datetime] = {}
    for item in items:
        parent.remove(item)
        out = datetime.fromisoformat(item.attrib.pop(f"{PRESS}from"))
        key = _key_of(item)
        first_out[key] = min(out, first_out.get(key, out))
        if out <= now and (key not in versions or versions[key][0] <= out):
            versions[key] = (out, item)
    newest = sorted(versions, key=lambda key: first_out[key], reverse=True)[:FEED_LENGTH]
    parent.extend(versions[key][1] for key in newest)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _key_of(item: ET.Element) -> str:
    for name in ("guid", f"{ATOM}id", "link", "title", f"{ATOM}title"):
        found = item.findtext(name)
        if found:
            return found
    raise ValueError("an item without guid, link and title")


def _handler_for(press: PressServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = press.build_body(self.path.removeprefix("/").removesuffix(".xml"))
            if body is None:
                self._answer(404, b"no such feed")
                return
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            unchanged = self.headers.get("If-None-Match") == etag
            self._answer(304 if unchanged else 200, b"" if unchanged else body, etag)

        def _answer(self, status: int, body: bytes, etag: str | None = None) -> None:
            self.send_response(status)
            if etag:
                self.send_header("ETag", etag)
                self.send_header("Last-Modified", format_datetime(press.now, usegmt=True))
            if status != 304:
                self.send_header("Content-Type", "application/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    return Handler
