"""Outlets with their feeds, and how these do."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from framewire.errors import InputError
from framewire.records import ANSWERED
from framewire.web.render import render_page
from framewire.workflow.feeds import list_feeds, show_feed
from framewire.yamlfile import unknown_message

_QUIET = (*ANSWERED, "never asked", "disabled")


def is_failing(state: str) -> bool:
    """Whether a feed's state, as `framewire feeds list` says it, is a trouble."""
    return state not in _QUIET


def show_feeds(request: Request) -> Response:
    """All feeds, those in trouble first."""
    site = request.state.site
    rows = list_feeds(site.workspace, now=site.clock())
    rows.sort(key=lambda row: (not is_failing(row["state"]), row["outlet"]))
    names = {outlet.id: outlet.name for outlet in site.workspace.outlets}
    n_failing = sum(is_failing(row["state"]) for row in rows)
    return render_page(request, "feeds.html.j2", rows=rows, names=names, is_failing=is_failing, n_failing=n_failing)


def show_outlet(request: Request) -> Response:
    """One outlet: its feeds, each with its newest polls."""
    site, name = request.state.site, request.path_params["name"]
    workspace = site.workspace
    outlet = next((one for one in workspace.outlets if one.id == name), None)
    if outlet is None:
        raise InputError(unknown_message("outlet", name, [one.id for one in workspace.outlets]))
    feeds = [show_feed(workspace, feed.url, now=site.clock()) for feed in outlet.feeds]
    return render_page(request, "outlet.html.j2", outlet=outlet, feeds=feeds, is_failing=is_failing)


ROUTES = [Route("/feeds", show_feeds), Route("/outlets/{name}", show_outlet)]
