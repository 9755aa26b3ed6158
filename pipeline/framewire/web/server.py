"""The server: a socket that is opened first, so that its refusal can be told, then uvicorn on it."""

import errno
import socket
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from framewire.errors import ConfigError, OutputError

# Source: more visitors at once than a newsroom has; each request of ours takes a thread for well under a second.
MAX_CONNECTIONS = 200
BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Listening:
    """An open socket, and the address by which a browser on this machine gets to it."""

    socket: socket.socket
    address: str


def open_socket(host: str, port: int) -> Listening:
    """A socket that listens; port 0 takes any free one.

    Raises:
        ConfigError: the host is no address of this machine.
        OutputError: the port is taken, or not for this user.
    """
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise ConfigError(
            f"'{host}' is no address of this machine; write 127.0.0.1, or one that `ip addr` shows"
        ) from error
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(place)
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise OutputError(_explain(error, host, port)) from error
    name = f"[{host}]" if ":" in host else host
    return Listening(opened, f"http://{name}:{opened.getsockname()[1]}/")


def run_server(app: ASGIApp, listening: Listening) -> None:
    """Serves until it is interrupted."""
    build_server(app).run(sockets=[listening.socket])


def build_server(app: ASGIApp) -> uvicorn.Server:
    """The server, not started. It says nothing of itself, and believes no header about the visitor's address."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            ws="none",
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=5,
        )
    )


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken; choose another with --port (0 takes any free one)"
    if error.errno == errno.EACCES:
        return f"port {port} is not for this user; choose one above 1023 with --port"
    return f"{host}:{port} cannot be listened on: {error.strerror}"
