"""What the tests of the web pages share: a small labelled watch, served on loopback by the real server, and a browser without one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx2

from framewire.web import Access, build_app, choose_access
from framewire.workflow.workspace import Workspace, open_workspace
from pages_server import serving
from review_cases import AT, fill_watch
from test_cli import NOW, invoke, write_seeds

TOKEN = "0123456789abcdef-and-more"
OPEN = choose_access("127.0.0.1")
_TAG = re.compile(r"<(input|option|select|textarea|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w.-]+)(?:="([^"]*)")?')


def make_watch(folder: Path, *, n: int = 9) -> Workspace:
    """A workspace with labelled articles 1 to n of two outlets, by rules alone: training takes seconds, and pages need none."""
    seeds = write_seeds(folder / "seeds")
    watch = folder / "watch"
    invoke("init", str(watch), "--seeds", str(seeds), "--no-train", "--timezone", "Asia/Yerevan", "--now", NOW)
    (watch / "feeds.yaml").write_text(_FEEDS, encoding="utf-8")
    workspace = open_workspace(watch)
    fill_watch(workspace, n=n)
    return workspace


_FEEDS = """version: 1
outlets:
- id: north
  name: The North
  group: norland
  country: XX
  feeds:
  - {url: "https://north.example/feed", language: en}
- id: south
  name: The South
  group: sudland
  country: XX
  feeds:
  - {url: "https://south.example/feed?key=hidden", language: en}
"""


class Clock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self, start: datetime = AT) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@contextmanager
def served(workspace: Workspace, access: Access = OPEN, clock: Clock | None = None) -> Iterator[str]:
    """The address at which the pages are served meanwhile."""
    with serving(build_app(workspace, access, clock=clock or Clock())) as address:
        yield address


class Visitor:
    """Somebody at the pages, without JavaScript: follows links, fills in forms, keeps cookies."""

    def __init__(self, address: str, **headers: str | bytes) -> None:
        self.client = httpx2.Client(base_url=address, headers=headers, trust_env=False, timeout=60)
        self.page = ""
        self.answer: Any = None

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, path: str, *, follow: bool = True, **headers: str) -> Any:
        """The answer to a request; its page is kept."""
        return self._keep(self.client.get(path, headers=headers, follow_redirects=follow))

    def post(self, path: str, fields: dict[str, Any], *, follow: bool = True, **headers: str) -> Any:
        """The answer to a form with the token of the page that was seen last, unless it has its own."""
        fields = {"token": self.token, **fields}
        return self._keep(self.client.post(path, data=fields, headers=headers, follow_redirects=follow))

    def sign_in(self, name: str, **fields: str) -> Any:
        """The answer to signing in."""
        self.get("/sign-in")
        return self.post("/sign-in", {"name": name, "next": "/", **fields})

    @property
    def token(self) -> str:
        """The token of the forms of the page that was seen last."""
        found = re.search(r'name="token" value="([^"]*)"', self.page)
        return found[1] if found else ""

    @property
    def words(self) -> str:
        """The page that was seen last, as text on one line."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page)).split())

    def ticked(self) -> dict[str, list[str]]:
        """The fields of the coding form as the page gives them: what is checked, chosen or written."""
        found: dict[str, list[str]] = {}
        name = ""
        for tag, inside in _TAG.findall(self.page):
            given = {key: unescape(value) for key, value in _ATTRIBUTE.findall(inside)}
            if tag == "select":
                name = given["name"]
            elif tag == "option" and "selected" in given:
                found.setdefault(name, []).append(given["value"])
            elif tag == "input" and "checked" in given:
                found.setdefault(given["name"], []).append(given["value"])
        return found

    def _keep(self, answer: Any) -> Any:
        self.answer, self.page = answer, answer.text
        return answer
