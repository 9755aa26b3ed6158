"""What stands before every page: the host's name, the visitor, the form's token, the headers of the answer."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framewire.web.access import Mode
from framewire.web.headers import SAFE_HEADERS
from framewire.web.render import render_bounce, render_error
from framewire.web.sessions import MAX_AGE_SECONDS, Session, is_form_token, new_session, open_session, seal_session
from framewire.web.site import Site

# A form is some narratives and a note. Source: 60 narratives with voice and side take 6 kB.
MAX_BODY = 64 * 1024
MAX_FIELDS = 500
SIGN_IN = "/sign-in"
STATIC = "/static/"
# Pages on which something is said by somebody: these ask for a name, on one's own machine, too.
NAMED = ("/review", "/items/", "/disagreements")
MAX_NAME = 80

Form = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A request that goes no further."""

    status: int
    message: str


class Guard:
    """The application behind what is checked of each request; answers what is refused itself."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        state = scope.setdefault("state", {})
        known = self._find_session(request)
        state["site"], state["form"] = self._site, {}
        state["session"] = known or new_session(self._site.seconds())
        if request.url.path.startswith(STATIC):
            state["session"], known = None, None

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), state["session"], known)
            await send(message)

        try:
            answer = await self._admit(request, state, known)
        except Refused as refused:
            answer = render_error(refused.status, refused.message)
        await (answer or self._app)(scope, receive, send_safely)

    async def _admit(self, request: Request, state: dict[str, Any], known: Session | None) -> Response | None:
        """None if the page may answer, else what is answered in its place. Raises Refused."""
        access, headers = self._site.access, request.headers
        if why := access.refuse_request(headers, _client_of(request)):
            raise Refused(403, why)
        if state["session"] is None:
            return None
        if access.mode is Mode.HEADER:
            state["session"] = self._find_user(headers, state["session"])
        if request.method == "POST":
            _refuse_other_origin(headers)
            state["form"] = await _read_form(request)
            token = state["form"].get("token", [""])[0]
            if known is None or not is_form_token(token, known, self._site.key):
                raise Refused(
                    403, "This form is too old, or was not sent from these pages. Go back, reload, send it again."
                )
        return self._ask_who(request, state["session"])

    def _ask_who(self, request: Request, session: Session) -> Response | None:
        """The way to the page that asks for name or token; None if it need not be asked."""
        path = request.url.path
        needed = self._site.access.mode is Mode.TOKEN or path.startswith(NAMED)
        if session.user or not needed or path == SIGN_IN:
            return None
        if request.method == "POST":
            raise Refused(403, "You are not signed in any more. Sign in, then send it again.")
        if request.headers.get("sec-fetch-site") == "cross-site":
            # A link in a mail: the browser keeps a strict cookie back until we ask ourselves.
            return render_bounce(request)
        target = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(target, safe='')}", 303)

    def _find_session(self, request: Request) -> Session | None:
        value = request.cookies.get(self._cookie_name())
        return open_session(value, self._site.key, now=self._site.seconds()) if value else None

    def _find_user(self, headers: Headers, session: Session) -> Session:
        """The session of whom the proxy names. Raises Refused."""
        name = headers.get(str(self._site.access.user_header), "").strip()
        try:
            # A header's octets are read as Latin-1; proxies write UTF-8 into them.
            name = name.encode("latin-1").decode("utf-8")
        except UnicodeError:
            name = ""
        if not is_name(name):
            raise Refused(401, f"The reverse proxy does not say who you are (header {self._site.access.user_header}).")
        return session if session.user == name else new_session(self._site.seconds(), name)

    def _add_headers(self, headers: MutableHeaders, session: Session | None, known: Session | None) -> None:
        for name, value in SAFE_HEADERS.items():
            headers.setdefault(name, value)
        if session is None or session == known:
            return
        secure = "; Secure" if self._site.access.is_https else ""
        value = seal_session(session, self._site.key)
        cookie = f"{self._cookie_name()}={value}; Max-Age={MAX_AGE_SECONDS}; Path=/; HttpOnly; SameSite=Strict{secure}"
        headers.append("set-cookie", cookie)

    def _cookie_name(self) -> str:
        # Source: RFC 6265bis: a browser takes a cookie of this prefix over https only, and from this host alone.
        return "__Host-framewire" if self._site.access.is_https else "framewire"


def is_name(name: str) -> bool:
    """Whether a text may be a coder's name."""
    return bool(name) and name == name.strip() and name.isprintable() and len(name) <= MAX_NAME


def is_same(given: str, expected: str) -> bool:
    """Whether two secrets are the same, compared in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _client_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _refuse_other_origin(headers: Mapping[str, str]) -> None:
    """Raises Refused for a form that a page of another site sends. Source: Fetch Metadata; RFC 6454."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, "This form was sent from another site.")
    origin = headers.get("origin", "null")
    if origin != "null" and origin.partition("://")[2] != headers.get("host"):
        raise Refused(403, "This form was sent from another site.")


async def _read_form(request: Request) -> Form:
    """The fields of a form. Raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Refused(415, "A form is sent as application/x-www-form-urlencoded.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, "This form is too long.")
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise Refused(400, "This form cannot be read.") from error
    form: Form = {}
    for name, value in fields:
        form.setdefault(name, []).append(value)
    return form
