"""Articles: found by words and labels, and one by one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from framewire.errors import InputError
from framewire.records import Voice
from framewire.web.render import render_page
from framewire.workflow.article_page import read_article_page
from framewire.workflow.finding import Question, find_default_since, search_articles

MAX_TEXT = 300
_FIELDS = ("words", "outlet", "group", "language", "narrative", "wording", "voice")
SHOWN_FACETS = 12


def show_search(request: Request) -> Response:
    """The form, how many articles there are of each kind, and a page of them."""
    site = request.state.site
    workspace, params = site.workspace, request.query_params
    default = find_default_since(workspace, site.clock())
    question = read_question(params, default)
    found = search_articles(workspace, question, page=_read_number(params.get("page", "1")))
    return render_page(
        request,
        "search.html.j2",
        question=question,
        found=found,
        facets=list(found.facets.items()),
        codebook=workspace.codebook,
        voices=[(voice.value, voice.value.replace("_", " ")) for voice in Voice],
        outlets=sorted(((one.id, one.name) for one in workspace.outlets), key=lambda one: one[1].casefold()),
        groups=sorted({outlet.group for outlet in workspace.outlets}),
        languages=sorted({feed.language for outlet in workspace.outlets for feed in outlet.feeds}),
        default=default,
        n_shown=SHOWN_FACETS,
        link=lambda **changes: link_question(question, **changes),
    )


def show_article(request: Request) -> Response:
    """An article with its marks, labels, codings, revisions and copies."""
    workspace = request.state.site.workspace
    number = _read_number(request.path_params["number"])
    page = read_article_page(workspace, number)
    names = {narrative.id: narrative.label for narrative in workspace.codebook.narratives}
    outlets = {outlet.id: outlet.name for outlet in workspace.outlets}
    return render_page(
        request,
        "article.html.j2",
        a=page.values,
        page=page,
        names=names,
        outlets=outlets,
        titles=workspace.codebook.wording_titles,
        codebook=workspace.codebook,
    )


def read_question(params: Mapping[str, str], default: date) -> Question:
    """What an address asks for. Without a word on `since`, the newest days; an empty `since` is everything.

    Raises:
        InputError: a day that is none.
    """
    texts = {name: " ".join(params.get(name, "").split())[:MAX_TEXT] for name in _FIELDS}
    since = _read_day(params["since"]) if "since" in params else default
    until = _read_day(params.get("until", ""))
    if since and until and until < since:
        raise InputError(f"the days go from {since} to {until}, which is backwards; exchange them")
    return Question(**texts, relevant=params.get("relevant") == "1", since=since, until=until)


def link_question(question: Question, *, page: int = 1, **changes: Any) -> str:
    """The address of a question with some changes."""
    asked = replace(question, **changes)
    values: dict[str, Any] = {name: getattr(asked, name) for name in _FIELDS if getattr(asked, name)}
    values["since"] = asked.since.isoformat() if asked.since else ""
    values |= {"until": asked.until.isoformat()} if asked.until else {}
    values |= {"relevant": 1} if asked.relevant else {}
    return "/articles?" + urlencode(values | ({"page": page} if page > 1 else {}))


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise InputError(f"'{text[:40]}' is no day such as 2026-11-23") from error


def _read_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InputError(f"'{text[:40]}' is no number")
    return int(text)


ROUTES = [Route("/articles", show_search), Route("/articles/{number}", show_article)]
