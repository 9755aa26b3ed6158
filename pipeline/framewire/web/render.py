"""Pages from templates: everything escaped, nothing inline, so that the content security policy can be strict."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from framewire.summarise import words
from framewire.summarise.render import safe_url
from framewire.text.counts import say_count
from framewire.text.display import show_letters
from framewire.web.access import Mode
from framewire.web.sessions import build_form_token

_TITLES: Mapping[int, str] = {
    400: "That does not work",
    401: "Nobody knows who you are",
    403: "Refused",
    404: "Not here",
    405: "Not so",
    413: "Too long",
    415: "Not so",
    429: "Too many tries",
    500: "Something broke",
    503: "Not now",
}


def render_page(request: Request, template: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page of a template with what every page knows."""
    state = request.state
    common = {
        "title": state.site.workspace.config.title,
        "user": state.session.user,
        "may_sign_out": state.site.access.mode is not Mode.HEADER,
        "token": build_form_token(state.session, state.site.key),
        "zone": state.site.workspace.config.zone,
        "path": request.url.path,
    }
    return HTMLResponse(build_environment().get_template(template).render(common | context), status)


def render_part(request: Request, template: str, **context: Any) -> str:
    """A part of a page that another page is put around."""
    return build_environment().get_template(template).render(title=request.state.site.workspace.config.title, **context)


def render_error(status: int, message: str) -> HTMLResponse:
    """A page that says what is wrong. It knows nothing of the workspace, so that it can tell of any trouble."""
    heading = _TITLES.get(status, "That does not work")
    page = (
        build_environment()
        .get_template("error.html.j2")
        .render(heading=heading, message=as_sentence(message), status=status)
    )
    return HTMLResponse(page, status)


def as_sentence(message: str) -> str:
    """A message of an error as a sentence: with a capital letter, unless it begins with a name, and a full stop."""
    first = message.partition(" ")[0]
    begun = message[:1].upper() + message[1:] if first.isalpha() else message
    return begun if begun.endswith((".", "?", "!", ")")) else f"{begun}."


def render_bounce(request: Request) -> HTMLResponse:
    """A page that asks for itself again at once: now from here, so that the browser sends its cookie."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return HTMLResponse(build_environment().get_template("bounce.html.j2").render(target=target))


@lru_cache(maxsize=1)
def build_environment() -> Environment:
    """The templates with their filters; pictures are drawn by those of the archive."""
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("framewire.web", "templates"), PackageLoader("framewire.summarise", "templates")]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(_filters())
    environment.globals.update(say_accused=words.say_accused)
    return environment


def _filters() -> Mapping[str, Callable[..., Any]]:
    return {
        "percent": words.say_percent,
        "of": words.say_of,
        "interval": words.say_interval,
        "count": say_count,
        "url": safe_url,
        "day": _say_day,
        "long_day": lambda day: f"{day:%A}, {day.day} {day:%B %Y}",
        "moment": _say_moment,
        "width": lambda share: max(1, round(100 * share)) if share else 0,
        "sentence": as_sentence,
        "shown": show_letters,
        "tail": _keep_tail,
        "head": _keep_head,
        "words": lambda name: str(name).replace("_", " "),
        "zipped": lambda names: [(name, name) for name in names],
        "figure": lambda value: "–" if value is None else f"{value:.2f}",
    }


def _say_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _say_moment(moment: datetime | str, zone: Any) -> str:
    """A time in the workspace's zone."""
    aware = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    local = aware.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def _keep_tail(text: str, limit: int) -> str:
    """The last letters of a text, from a word on."""
    return text if len(text) <= limit else f"… {text[-limit:].partition(' ')[2]}"


def _keep_head(text: str, limit: int) -> str:
    """The first letters of a text, up to a word's end."""
    return text if len(text) <= limit else f"{text[:limit].rpartition(' ')[0]} …"
