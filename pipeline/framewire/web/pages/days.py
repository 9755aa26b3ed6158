"""The first page, and the summaries of all days."""

from datetime import date
from itertools import groupby

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from framewire.errors import InputError
from framewire.web.headers import SUMMARY_POLICY
from framewire.web.pages.outlets import is_failing
from framewire.web.render import render_page, render_part
from framewire.workflow.archive import list_days
from framewire.workflow.day_pages import read_day_page
from framewire.workflow.feeds import list_feeds
from framewire.workflow.review_items import count_open
from framewire.workflow.review_saving import count_disagreements


def show_home(request: Request) -> Response:
    """The newest summary in a line, what waits for this coder, how the feeds do, all days."""
    site = request.state.site
    workspace, user = site.workspace, request.state.session.user
    days = list_days(workspace)
    feeds = list_feeds(workspace, now=site.clock())
    months = [(month, list(lines)) for month, lines in groupby(days, key=lambda line: f"{line.day:%B %Y}")]
    return render_page(
        request,
        "home.html.j2",
        newest=days[0] if days else None,
        months=months,
        n_open=count_open(workspace, user) if user else None,
        n_differing=count_disagreements(workspace),
        n_feeds=len(feeds),
        n_failing=sum(is_failing(feed["state"]) for feed in feeds),
    )


def show_day(request: Request) -> Response:
    """A day's summary as it was written, with a bar at its top."""
    try:
        day = date.fromisoformat(request.path_params["day"])
    except ValueError as error:
        raise InputError("that is no day such as 2026-11-23") from error
    workspace = request.state.site.workspace
    known = sorted(line.day for line in list_days(workspace))
    before = max((one for one in known if one < day), default=None)
    after = min((one for one in known if one > day), default=None)
    bar = render_part(request, "day_bar.html.j2", day=day, before=before, after=after)
    page = read_day_page(workspace, day, bar=bar)
    return HTMLResponse(page, headers={"content-security-policy": SUMMARY_POLICY})


ROUTES = [Route("/", show_home), Route("/days/{day}", show_day)]
