"""Who is there: a name, and beyond this machine the token."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from framewire.web.access import Mode
from framewire.web.guard import SIGN_IN, is_name, is_same
from framewire.web.render import render_page
from framewire.web.sessions import new_session
from framewire.web.site import Site


def show_sign_in(request: Request) -> Response:
    """The page that asks who is there."""
    if request.state.session.user:
        return RedirectResponse(find_target(request.query_params.get("next", "")), 303)
    return _render(request, request.query_params.get("next", ""))


def sign_in(request: Request) -> Response:
    """The visitor's name is kept in a fresh session, if the token is right where one is asked for."""
    site: Site = request.state.site
    form = request.state.form
    name, target = form.get("name", [""])[0].strip(), form.get("next", [""])[0]
    visitor = site.access.find_visitor(request.headers, request.client.host if request.client else "")
    if wait := site.throttle.find_wait(visitor):
        answer = _render(request, target, f"Too many wrong tokens. Try again in {-(-wait // 60)} minutes.", name, 429)
        answer.headers["retry-after"] = str(wait)
        return answer
    if site.access.mode is Mode.TOKEN and not is_same(form.get("key", [""])[0].strip(), str(site.access.token)):
        site.throttle.add_failure(visitor)
        return _render(request, target, "That is not the token.", name, 403)
    if not is_name(name):
        return _render(request, target, "Write a short name, such as anna.", name, 400)
    site.throttle.forget(visitor)
    request.state.session = new_session(site.seconds(), name)
    return RedirectResponse(find_target(target), 303)


def sign_out(request: Request) -> Response:
    """The session begins anew without a name."""
    site: Site = request.state.site
    request.state.session = replace(new_session(site.seconds()), user="")
    return RedirectResponse("/", 303)


def find_target(target: str) -> str:
    """Where to go on: an address of these pages and no other, the first page if it is none."""
    is_ours = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if is_ours and not target.startswith(SIGN_IN) else "/"


def _render(request: Request, target: str, problem: str = "", name: str = "", status: int = 200) -> Response:
    asks_token = request.state.site.access.mode is Mode.TOKEN
    return render_page(
        request, "sign_in.html.j2", status=status, target=target, problem=problem, name=name, asks_token=asks_token
    )


ROUTES = [
    Route(SIGN_IN, show_sign_in, methods=["GET"]),
    Route(SIGN_IN, sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
]
