"""The application: which address is which page, and what becomes of errors."""

import logging
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from framewire.errors import FramewireError, InputError
from framewire.web.access import Access
from framewire.web.guard import Guard
from framewire.web.pages import articles, days, disagreements, outlets, review, sign_in, subjects
from framewire.web.render import render_error
from framewire.web.site import Site
from framewire.workflow.secret_keys import load_session_key
from framewire.workflow.workspace import Workspace

_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_LOG = logging.getLogger(__name__)


def build_app(workspace: Workspace, access: Access, *, clock: Callable[[], datetime]) -> ASGIApp:
    """The pages of a workspace, guarded.

    Raises:
        ConfigError: the key that signs sessions cannot be used.
        OutputError: it cannot be made.
    """
    site = Site(workspace, access, load_session_key(workspace.config.folder), clock)
    routes = [
        Route("/static/{name}", show_static),
        *sign_in.ROUTES,
        *days.ROUTES,
        *articles.ROUTES,
        *subjects.ROUTES,
        *outlets.ROUTES,
        *review.ROUTES,
        *disagreements.ROUTES,
    ]
    handlers = {FramewireError: _tell_error, HTTPException: _tell_status, Exception: _tell_bug}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), site)


def show_static(request: Request) -> Response:
    """A file that comes with the pages."""
    name = request.path_params["name"]
    kind = _KINDS.get(name.rpartition(".")[2])
    found = files("framewire.web") / "static" / name
    if kind is None or "/" in name or "\\" in name or not found.is_file():
        return render_error(404, "There is no such file.")
    return Response(
        found.read_bytes(),
        media_type=kind,
        headers={"cache-control": "no-cache", "cross-origin-resource-policy": "same-origin"},
    )


def _tell_error(request: Request, error: Exception) -> Response:
    """A page for what Framewire raises on purpose: 404 for what is not there, 400 for a wrong form, else 503."""
    asked_wrongly = isinstance(error, InputError)
    status = 503 if not asked_wrongly else 404 if request.method == "GET" else 400
    return render_error(status, str(error))


def _tell_status(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = {404: "There is no page at this address.", 405: "This page takes no such request."}
    return render_error(status, message.get(status, "This request cannot be answered."))


def _tell_bug(request: Request, error: Exception) -> Response:
    """A page that tells nothing of the inside; the log has it all."""
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return render_error(500, "This page could not be made; the terminal of `framewire serve` says why.")
