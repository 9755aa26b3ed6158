"""The real server of the web pages, on loopback, while a block runs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from framewire.web import open_socket
from framewire.web.server import build_server


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address at which an application is served meanwhile."""
    listening = open_socket("127.0.0.1", 0)
    server = build_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening.socket]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield listening.address.rstrip("/")
    finally:
        server.should_exit = True
        thread.join()
        listening.socket.close()
