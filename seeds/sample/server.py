"""Serves the sample press on loopback as it stood at a given moment: feeds with ETags, the newest items, planted faults."""

import hashlib
import threading
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from press import Answer, answer, load_faults


class PressServer:
    """The sample press over HTTP. `now` is the moment that it shows; set it to move on."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self.folder = folder
        self.now = now
        self.faults = load_faults(folder)
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

    def answer(self, name: str) -> Answer:
        """What it says to a request for a feed at `now`."""
        return answer(self.folder, name, self.now, faults=self.faults)


def _handler_for(press: PressServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = press.answer(self.path.removeprefix("/").rpartition(".")[0])
            etag = f'"{hashlib.sha256(found.body).hexdigest()[:16]}"'
            is_unchanged = found.status == 200 and self.headers.get("If-None-Match") == etag
            self.send_response(304 if is_unchanged else found.status)
            if found.status == 200:
                self.send_header("ETag", etag)
                self.send_header("Last-Modified", format_datetime(press.now, usegmt=True))
            if not is_unchanged:
                self.send_header("Content-Type", found.content_type)
                self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            if not is_unchanged:
                self.wfile.write(found.body)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    return Handler
