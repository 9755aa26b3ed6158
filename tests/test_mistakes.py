"""Errors as a conversation: what a newcomer types wrongly, and that the answer says what, which one, and what to do."""

import contextlib
import ctypes
import fcntl
import json
import os
import shlex
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from fault_server import FaultServer, answer, fault_server
from framewire.cli import main
from framewire.store.schema import VERSION_TABLE
from framewire.workflow.lock import LOCK_FILE
from test_cli import NOW, ROOT, invoke, write_seeds
from test_network import make_certificate

Change = Callable[[Path], object]
PAGE = b"""<!doctype html><html><head><title>Front page</title>
<link rel="alternate" type="application/rss+xml" title="All" href="/feeds/all.xml">
<LINK href='atom.xml?a=1&amp;b=2' type='application/atom+xml' rel='alternate'>
<link rel="alternate" hreflang="hy" href="/hy/"></head><body>We use cookies.</body></html>"""
OUTLET = "version: 1\noutlets:\n- id: a\n  name: A\n  group: g\n  country: AM\n  feeds:\n"
LISTED = OUTLET + "  - url: http://example.org/feed\n    language: en\n"
CODED = {"id": "1", "text": "A theft of water.", "relevant": True, "narratives": []}


@dataclass(frozen=True)
class Mistake:
    """What was typed after `framewire` ({at}: the server's address), what had been done before, and what is told."""

    name: str
    typed: str
    code: int
    told: tuple[str, ...]
    before: Change | None = None
    stdin: bytes = b""
    env: dict[str, str] = field(default_factory=dict)


def write(name: str, content: str | bytes) -> Change:
    """A change: the file holds this."""
    return lambda here: (here / name).write_bytes(content.encode() if isinstance(content, str) else content)


def swap(name: str, old: str, new: str) -> Change:
    """A change: the first `old` of the file is `new`."""

    def change(here: Path) -> None:
        text = (here / name).read_text(encoding="utf-8")
        assert old in text
        (here / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def setting(line: str) -> Change:
    """A change: the settings hold nothing but this line, which is the second."""
    return write("framewire.toml", f"# settings\n{line}\n")


def coded(*lines: dict[str, object] | str) -> Change:
    """A change: the workspace's passages, and `mine.jsonl` beside them, are these."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"

    def change(here: Path) -> None:
        write("passages/dam.jsonl", text)(here)
        write("mine.jsonl", text)(here)

    return change


def remove(name: str) -> Change:
    """A change: the file or folder is gone."""

    def change(here: Path) -> None:
        shutil.rmtree(here / name) if (here / name).is_dir() else (here / name).unlink()

    return change


def make_newer(here: Path) -> None:
    """The database is of a later Framewire."""
    with contextlib.closing(sqlite3.connect(here / "framewire.sqlite")) as raw:
        raw.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
        raw.commit()


def change_model(name: str, edit: Callable[[bytes], bytes]) -> Change:
    """A change: a file of the trained model is another."""

    def change(here: Path) -> None:
        (path,) = here.glob(f"models/dam/*/{name}")
        path.write_bytes(edit(path.read_bytes()))

    return change


def train_elsewhere(here: Path) -> None:
    """The model was trained with another scikit-learn: its manifest says so, and is on record."""
    import hashlib

    (path,) = here.glob("models/dam/*/manifest.json")
    manifest = json.loads(path.read_bytes())
    manifest["libraries"]["scikit-learn"] = "1.2.3"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with contextlib.closing(sqlite3.connect(here / "framewire.sqlite")) as raw:
        raw.execute("UPDATE models SET digest = ?", (hashlib.sha256(path.read_bytes()).hexdigest(),))
        raw.commit()


def free_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


CLOSED = free_port()
HERE = setting('allow_private = ["127.0.0.1/32"]')
MODEL = "models/dam/1-"

WORKSPACE = [
    Mistake("no folder", "status -w wach", 1, ("/wach: no such folder", "Did you mean", "/watch?", "framewire init DIR")),
    Mistake("no workspace", "status -w watch/passages", 1, ("/watch/passages: no workspace", "no framewire.toml", "framewire init DIR")),
    Mistake("no workspace here", "status", 1, ("no framewire.toml here or in a folder above", "framewire init DIR", "--workspace", "/watch")),
    Mistake("by the environment", "status", 1, ("/nowhere: no such folder", "framewire init DIR"), env={"FRAMEWIRE_WORKSPACE": "nowhere"}),
    Mistake("a file", "status -w watch/framewire.toml", 2, ("--workspace", "'watch/framewire.toml' is a file", "name its folder, watch")),
    Mistake("init twice", "init watch --seeds seeds", 1, ("watch: already a workspace", "Choose another folder", "cd watch")),
    Mistake("init over files", "init full --seeds seeds", 1, ("full: not empty", "codebook.yaml would be overwritten", "move these away"), before=lambda here: (here.parent / "full").mkdir() or (here.parent / "full/codebook.yaml").write_text("mine")),
    Mistake("init over a file", "init watch/feeds.yaml", 2, ("'watch/feeds.yaml' is a file", "name a folder")),
    Mistake("init below a file", "init watch/feeds.yaml/w --seeds seeds", 1, ("watch/feeds.yaml is a file where a folder is wanted", "name another folder")),
    Mistake("init, unknown seeds", "init new --seeds karabak", 1, ("no seeds named 'karabak'", "known: karabakh", "codebook.yaml and passages/")),
    Mistake("init, time zone", "init new --seeds seeds --timezone Asia/Yerewan", 1, ("--timezone: unknown time zone 'Asia/Yerewan'", "did you mean 'Asia/Yerevan'?")),
    Mistake("another seeds folder", "train --seeds nowhere", 1, ("nowhere: no seeds", "codebook.yaml and passages/")),
]  # fmt: skip

TYPED = [
    Mistake("command", "inti new", 2, ("No such command 'inti'", "Did you mean 'init'?")),
    Mistake("subcommand", "feeds lst", 2, ("No such command 'lst'", "Did you mean 'list'?")),
    Mistake("option", "run --workspce watch", 2, ("No such option '--workspce'", "Did you mean '--workspace'?")),
    Mistake("option missing", "feeds add http://example.org/f", 2, ("Missing option '--outlet'", "framewire feeds add --help")),
    Mistake("now", "run -w watch --now yesterday", 2, ("--now", "'yesterday' is no time", "such as 2026-11-24T06:30:00+04:00")),
    Mistake("day", "summarise -w watch --day tomorrow", 2, ("--day", "'tomorrow' is no day", "such as 2026-11-23")),
    Mistake("day in the future", f"summarise -w watch --day 2030-01-01 --now {NOW}", 2, ("--day", "2030-01-01 has not begun yet", "--day 2026-11-22")),
    Mistake("day before anything", f"summarise -w watch --day 2026-11-23 --now {NOW}", 2, ("2026-11-23: no feed has been asked yet", "framewire run")),
    Mistake("article", "articles show 77 -w watch", 1, ("there is no article 77", "none is stored yet", "framewire articles list")),
    Mistake("article's number", "articles show abc -w watch", 2, ("'abc' is no article's number", "framewire articles list")),
    *(
        Mistake(f"articles, {n}", f"articles list --limit {n} -w watch", 2, ("--limit", f"{n} is not in the range x>=1"))
        for n in (0, -3)
    ),
    *(Mistake(f"{word}, seed", f"{word} --seed -1 -w watch", 2, ("--seed", "-1 is not in the range")) for word in ("train", "evaluate")),
    *(
        Mistake(f"{word} to a dash", f"export {word} -o - -w watch", 2, ("-o", "'-' names no file or folder", "leave the option out for standard output"))
        for word in ("stories", "articles", "datasette-metadata", "codebook")
    ),
    *(Mistake(f"{typed}, dash", f"{typed} - -w watch", 2, ("--out", "'-' is no folder; name one")) for typed in ("archive --out", "backfill x.csv --out")),
    Mistake("explain what", "explain hello -w watch", 1, ("'hello' is no article's number", "- for standard input", "framewire articles list")),
    Mistake("explain nothing", "explain - -w watch", 1, ("there is no text to label", "echo")),
    Mistake("unknown outlet", "articles list --outlet b -w watch", 1, ("--outlet: unknown outlet 'b'", "known: a"), before=write("feeds.yaml", LISTED)),
    Mistake("unknown narrative", "articles list --narrative watertheft -w watch", 1, ("--narrative: unknown narrative 'watertheft'", "did you mean 'water_theft'?")),
    Mistake("unknown language", "articles list --language english -w watch", 1, ("--language: unknown language 'english'", "known: en")),
    Mistake("kwic, star", "terms kwic 'wat*er' -w watch", 1, ("'wat*er': a * stands only at the start or the end of a word",)),
    Mistake("kwic, letters", "terms kwic '...' -w watch", 1, ("'...' has no letter or digit",)),
    Mistake("kwic, wording", "terms kwic filling/thef -w watch", 1, ("unknown wording 'thef'", "did you mean 'theft'?", "framewire codebook show")),
    Mistake("kwic, language", "terms kwic water --lang english -w watch", 1, ("unknown language 'english'", "known: en, tr, hy", "--language")),
    Mistake("kwic, no article", "terms kwic water -w watch", 0, ("no article in en, tr, hy is stored yet", "framewire run")),
    Mistake("kwic, no store", "terms kwic water -w watch", 1, ("framewire.sqlite does not exist yet", "framewire db upgrade"), before=remove("framewire.sqlite")),
    Mistake("terms, language", "terms test 'water theft' --lang english -w watch", 1, ("unknown language 'english'", "known: en, tr, hy", "--language")),
    Mistake("explain, language", "explain - --lang xx -w watch", 1, ("unknown language 'xx'", "known: en, tr, hy"), stdin=b"A theft of water."),
    Mistake("input in Latin-1", "explain - -w watch", 1, ("standard input: cannot be read as UTF-8 text", "byte 0xe9 in line 2", "iconv -f WINDOWS-1252 -t UTF-8"), stdin=b"News\ncaf\xe9 noir"),
    Mistake("input in UTF-16", "terms test - -w watch", 1, ("standard input: cannot be read as UTF-8", "iconv -f UTF-16"), stdin="théâtre".encode("utf-16")),
    Mistake("file in Latin-1", "explain --passages watch/mine.txt -w watch", 1, ("watch/mine.txt: cannot be read as UTF-8", "iconv"), before=write("mine.txt", b"caf\xe9")),
    Mistake("export, form", "codebook export --as html -w watch", 2, ("--as", "'html' is not one of", "'markdown', 'skos', 'csv', 'json-schema'")),
    Mistake("export over a file", "codebook export -o watch/feeds.yaml -w watch", 1, ("watch/feeds.yaml exists already", "nothing is overwritten", "Name another file")),
    Mistake("export, no folder", "codebook export --as csv -o nowhere/book.csv -w watch", 1, ("nowhere/book.csv: its folder does not exist", "mkdir -p nowhere")),
    Mistake("export, language", "codebook export --language english -w watch", 1, ("unknown language 'english'", "known: en, tr, hy", "--language")),
    Mistake("export, language tag", "codebook export --as skos --language 'in English' -w watch", 2, ("--language", "'in English' is no language tag", "such as en")),
    Mistake("export, base", "codebook export --as skos --base example.org -w watch", 2, ("--base", "'example.org' is no base such as https://example.org/codebook/")),
    Mistake("export, idle base", "codebook export --base urn:x: -w watch", 2, ("--base goes with --as skos, not with --as markdown",)),
    Mistake("export, idle language", "codebook export --as csv --language en -w watch", 2, ("--language goes with --as markdown or skos, not with --as csv",)),
    Mistake("export, idle file", "codebook export watch/codebook.yaml --as json-schema", 2, ("PATH goes with --as markdown, skos or csv, not with --as json-schema",)),
    Mistake("export, no codebook", "codebook export nowhere.yaml", 1, ("nowhere.yaml: no such file", "framewire init")),
    Mistake("two runs", "run -w watch", 4, ("/watch: another run holds the lock", "pid 4711", "Wait until it has ended, or end that process"), before=write(LOCK_FILE, "pid 4711 on here")),
]  # fmt: skip

SETTINGS = [
    Mistake("broken TOML", "status -w watch", 1, ("framewire.toml:2:9: no valid TOML", "in `title = The press`", 'title = "Example"'), before=setting("title = The press")),
    Mistake("no equals sign", "status -w watch", 1, ("framewire.toml:2:10: no valid TOML", 'in `timezone "UTC"`', "key = value"), before=setting('timezone "UTC"')),
    Mistake("key twice", "status -w watch", 1, ("framewire.toml:3:", '`title = "b"` stands here a second time', "remove one"), before=setting('title = "a"\ntitle = "b"')),
    Mistake("unknown setting", "status -w watch", 1, ("framewire.toml:2:1: unknown key 'timezon'", "did you mean 'timezone'?"), before=setting('timezon = "UTC"')),
    Mistake("time zone", "status -w watch", 1, ("framewire.toml:2:1: timezone: unknown time zone 'Yerevan'", "did you mean 'Asia/Yerevan'?"), before=setting('timezone = "Yerevan"')),
    Mistake("day_starts_at", "status -w watch", 1, ("framewire.toml:2:1: day_starts_at: expected a time of day", '"06:00"', "given: '6 am'"), before=setting('day_starts_at = "6 am"')),
    Mistake("day_starts_at as a number", "status -w watch", 1, ("framewire.toml:2:1: day_starts_at: expected a time of day", "given: 6"), before=setting("day_starts_at = 6")),
    Mistake("no number", "status -w watch", 1, ("framewire.toml:2:1: max_hosts: expected a whole number", "given: 'many'"), before=setting('max_hosts = "many"')),
    Mistake("out of range", "status -w watch", 1, ("framewire.toml:2:1: max_hosts:", "less than or equal to 500", "given: 5000"), before=setting("max_hosts = 5000")),
    Mistake("no list", "status -w watch", 1, ("framewire.toml:2:1: allow_private: expected a list", '["10.1.2.0/24"]'), before=setting('allow_private = "10.0.0.0/8"')),
    Mistake("no network", "fetch -w watch", 1, ("allow_private: '10.0.0' is no network", "10.1.2.0/24"), before=setting('allow_private = ["10.0.0"]')),
    Mistake("user agent", "run -w watch", 1, ("framewire.toml:2:1: user_agent:", "only {version} and {contact}", "Bot {name}"), before=setting('user_agent = "Bot {name}"')),
    Mistake("in the environment", "status -w watch", 1, ("FRAMEWIRE_MAX_HOSTS", "expected a whole number", "given: 'many'"), env={"FRAMEWIRE_MAX_HOSTS": "many"}),
    Mistake("unknown in the environment", "status -w watch", 1, ("FRAMEWIRE_TIMEZON in the environment", "did you mean FRAMEWIRE_TIMEZONE?", "unset FRAMEWIRE_TIMEZON"), env={"FRAMEWIRE_TIMEZON": "UTC"}),
]  # fmt: skip

LISTS = [
    Mistake("indent", "feeds list -w watch", 1, ("feeds.yaml:5:2: wrong indent", "here begins in column 2", "in line 4 in column 3"), before=write("feeds.yaml", "version: 1\noutlets:\n- id: a\n  name: A\n group: g\n")),
    Mistake("tab", "feeds list -w watch", 1, ("feeds.yaml:4:1: a tab", "replace it with spaces"), before=write("feeds.yaml", "version: 1\noutlets:\n- id: a\n\tname: A\n")),
    Mistake("colon in a text", "feeds list -w watch", 1, ("feeds.yaml:4:10:", "stands in quotes"), before=write("feeds.yaml", "version: 1\noutlets:\n- id: a\n  name: A: B\n")),
    Mistake("open quote", "feeds list -w watch", 1, ("feeds.yaml:", "the quote that opens in line 4 is not closed"), before=write("feeds.yaml", 'version: 1\noutlets:\n- id: a\n  name: "A\n')),
    Mistake("key twice", "feeds list -w watch", 1, ("feeds.yaml:2:1: duplicate key 'version'", "remove one of the two"), before=write("feeds.yaml", "version: 1\nversion: 1\noutlets: []\n")),
    Mistake("unknown key", "feeds list -w watch", 1, ("feeds.yaml:9:5: unknown key 'langauge'", "did you mean 'language'?"), before=write("feeds.yaml", LISTED.replace("language", "langauge"))),
    Mistake("language", "feeds list -w watch", 1, ("feeds.yaml:9:5: 'Armenian' is no language tag", "did you mean 'hy'?"), before=write("feeds.yaml", LISTED.replace("language: en", "language: Armenian"))),
    Mistake("language code", "feeds list -w watch", 1, ("feeds.yaml:9:5: 'xx' is no language tag", "ISO 639-1"), before=write("feeds.yaml", LISTED.replace("language: en", "language: xx"))),
    Mistake("feed twice", "feeds list -w watch", 1, ("feeds.yaml:10:5: feed 'http://example.org/feed' stands here a second time", "first in line 8"), before=write("feeds.yaml", LISTED + LISTED.removeprefix(OUTLET))),
    Mistake("no feed list", "feeds list -w watch", 1, ("/watch/feeds.yaml: no such file", "framewire feeds add URL --outlet NAME"), before=remove("feeds.yaml")),
    Mistake("codebook, indent", "codebook check -w watch", 1, ("codebook.yaml:4:7: wrong indent", "in line 3 in column 1"), before=swap("codebook.yaml", "title:", " title:")),
    Mistake("codebook, tab", "codebook check -w watch", 1, ("codebook.yaml:4:1: a tab", "replace it with spaces"), before=swap("codebook.yaml", "title:", "\ttitle:")),
    Mistake("codebook, key", "codebook check -w watch", 1, ("codebook.yaml:4:1: titel: unknown key 'titel'", "did you mean 'title'?"), before=swap("codebook.yaml", "title:", "titel:")),
    Mistake("codebook, key twice", "codebook check -w watch", 1, ("codebook.yaml:4:1: duplicate key 'id'", "remove one"), before=swap("codebook.yaml", "title:", "id: dam\ntitle:")),
    Mistake("codebook, language", "codebook check -w watch", 1, ("codebook.yaml:", "'hy' is not among the codebook's languages (en, tr)", "add it to `languages`"), before=swap("codebook.yaml", "[en, tr, hy]", "[en, tr]")),
    Mistake("no codebook", "codebook check nowhere.yaml", 1, ("nowhere.yaml: no such file", "framewire init")),
]  # fmt: skip

FEEDS = [
    Mistake("file", "feeds add file:///srv/feed.xml --outlet A -w watch", 1, ("'file:///srv/feed.xml' is no http(s) address but a file", "web server")),
    Mistake("feed scheme", "feeds add feed://example.org/x --outlet A -w watch", 1, ("'feed://example.org/x'", "did you mean https://example.org/x?")),
    Mistake("no scheme", "feeds add example.org/rss --outlet A -w watch --dry-run", 1, ("'example.org/rss' is no http(s) address", "did you mean https://example.org/rss?")),
    Mistake("no scheme, checked", "feeds check example.org/rss -w watch", 3, ("example.org/rss", "did you mean https://example.org/rss?")),
    Mistake("scheme misspelt", "feeds add htps://example.org/rss --outlet A -w watch", 1, ("'htps://example.org/rss'", "did you mean https://example.org/rss?")),
    Mistake("duplicate", "feeds add http://example.org/feed --outlet B -w watch", 1, ("http://example.org/feed is listed already, under 'a'", "nothing to do"), before=write("feeds.yaml", LISTED)),
    Mistake("duplicate, disabled", "feeds add http://example.org/feed --outlet B -w watch", 1, ("listed already", "framewire feeds enable http://example.org/feed"), before=write("feeds.yaml", LISTED + "    enabled: false\n")),
    Mistake("another group", "feeds add http://example.org/2 --outlet A --group h -w watch", 1, ("outlet 'a' is of group 'g', not 'h'", "leave --group out", "feeds.yaml"), before=write("feeds.yaml", LISTED)),
    Mistake("group nearly known", "feeds add --no-check http://example.org/2 --outlet B --group armenain -w watch", 0, ("note: group 'armenain' is new", "if you meant 'armenian'", "feeds.yaml"), before=write("feeds.yaml", LISTED.replace("group: g", "group: armenian"))),
    Mistake("language", "feeds add http://example.org/2 --outlet B --language english -w watch", 1, ("--language: 'english' is no language tag", "did you mean 'en'?")),
    Mistake("country", "feeds add http://example.org/2 --outlet B --country Armenia -w watch", 1, ("--country: 'Armenia'", "such as AM")),
    Mistake("not listed", "feeds disable http://example.org/fed -w watch", 1, ("http://example.org/fed is not listed", "did you mean http://example.org/feed?", "framewire feeds list"), before=write("feeds.yaml", LISTED)),
    Mistake("no OPML", "feeds import watch/codebook.yaml -w watch", 1, ("watch/codebook.yaml is no OPML file", "Export")),
    Mistake("no OPML file", "feeds import nowhere.opml -w watch", 1, ("nowhere.opml: no such file", "OPML")),
    Mistake("host misspelt", "feeds check http://no-such-host.invalid/feed -w watch", 3, ("http://no-such-host.invalid/feed", "the host name has no address", "check its spelling")),
    Mistake("refused", f"feeds check http://127.0.0.1:{CLOSED}/feed -w watch", 3, (f"http://127.0.0.1:{CLOSED}/feed", "no connection", "refused", "check host and port"), before=HERE),
    Mistake("proxy", f"feeds check http://127.0.0.1:{CLOSED}/feed -w watch", 3, ("HTTPS_PROXY is set, but Framewire uses no proxy", "reached directly"), before=HERE, env={"HTTPS_PROXY": "http://me:secret@10.0.0.1:3128"}),
    Mistake("private", "feeds check {at}/ok -w watch", 3, ("{at}/ok", "not called, 127.0.0.1 is not a public address", "allow_private")),
    Mistake("web page", "feeds check {at}/page -w watch", 3, ("{at}/page", "the answer is a web page, no feed", "it names these feeds: {at}/feeds/all.xml {at}/atom.xml?a=1&b=2"), before=HERE),
    Mistake("web page without feeds", "feeds check {at}/html -w watch", 3, ("{at}/html", "the answer is an HTML page, which names no feed", "look for the feed's own address"), before=HERE),
    Mistake("404", "feeds check {at}/missing -w watch", 3, ("{at}/missing", "answered 404", "look for the feed's address on the site"), before=HERE),
    Mistake("403", "feeds check {at}/forbidden -w watch", 3, ("{at}/forbidden", "answered 403", "user_agent"), before=HERE),
    Mistake("certificate", "feeds check {secure}/ok -w watch", 3, ("{secure}/ok", "no secure connection (its certificate is self-signed)", "whether a browser says so too", "trusted certificates"), before=HERE),
    Mistake("https to an http port", "feeds check https://{talker}/ok -w watch", 3, ("https://{talker}/ok", "no secure connection (no TLS is spoken there)", "try http://"), before=HERE),
]  # fmt: skip

DATABASE = [
    Mistake("unknown scheme", "status -w watch", 1, ("`database` in framewire.toml", "'sqlte'", "did you mean 'sqlite'?", "sqlite:///framewire.sqlite"), before=setting('database = "sqlte:///x"')),
    Mistake("another server", "status -w watch", 1, ("begins with 'mysql'", "only sqlite and postgresql"), before=setting('database = "mysql://me:secret@host/db"')),
    Mistake("a path", "status -w watch", 1, ("`database` in framewire.toml", "cannot be read", "sqlite:///framewire.sqlite"), before=setting('database = "framewire.sqlite"')),
    Mistake("server not running", "status -w watch", 1, ("database postgresql+psycopg://me:***@127.0.0.1", "does not answer", "check that it runs"), before=setting(f'database = "postgresql://me:secret@127.0.0.1:{CLOSED}/db"')),
    Mistake("no folder", "status -w watch", 1, ("/nowhere/x.sqlite: its folder does not exist", "mkdir -p /nowhere"), before=setting('database = "sqlite:////nowhere/x.sqlite"')),
    Mistake("a folder", "db upgrade -w watch", 1, ("/passages is a folder", "name a file in it"), before=setting('database = "sqlite:///passages"')),
    Mistake("missing", "status -w watch", 1, ("framewire.sqlite does not exist yet", "framewire db upgrade"), before=remove("framewire.sqlite")),
    Mistake("no database", "status -w watch", 1, ("framewire.sqlite: it is damaged or no database", "backup", "framewire db upgrade"), before=write("framewire.sqlite", "garbage" * 200)),
    Mistake("newer", "status -w watch", 1, ("framewire.sqlite was written by a newer Framewire (schema 9999)", "pip install --upgrade framewire"), before=make_newer),
    Mistake("out is a file", f"summarise -w watch --now {NOW}", 1, ("the summary cannot be written", "/watch/out is a file where a folder is wanted", "Move it away", "framewire summarise"), before=write("out", "")),
    Mistake("backup exists", "db backup watch/framewire.sqlite -w watch", 1, ("watch/framewire.sqlite exists already", "name another file")),
]  # fmt: skip

MODELS = [
    Mistake("no model", "explain - -w watch", 3, ("reduced:", f"/{MODEL}", "there is no trained model", "framewire train"), before=remove("models"), stdin=b"A theft of water."),
    Mistake("another codebook", "explain - -w watch", 3, ("reduced:", "no model has been trained for codebook 'weir'", "framewire train"), before=swap("codebook.yaml", "id: dam", "id: weir"), stdin=b"A theft."),
    Mistake("another state of it", "explain - -w watch", 3, (f"/{MODEL}", "trained for codebook dam version 1 in another state", "framewire train"), before=swap("codebook.yaml", "[planned filling,", "[planned fill,"), stdin=b"A theft."),
    Mistake("damaged", "explain - -w watch", 3, ("model.joblib: the file is damaged", "framewire train"), before=change_model("model.joblib", lambda content: content[:-9]), stdin=b"A theft."),
    Mistake("another manifest", "explain - -w watch", 3, (f"/{MODEL}", "not the one that training recorded", "framewire train"), before=change_model("manifest.json", lambda content: content + b" "), stdin=b"A theft."),
    Mistake("another scikit-learn", "explain - -w watch", 3, ("trained with scikit-learn 1.2.3, but", "framewire train"), before=train_elsewhere, stdin=b"A theft."),
    Mistake("open to others", "explain - -w watch", 3, ("others may write it", "chmod go-w"), before=lambda here: [path.chmod(0o666) for path in here.glob("models/dam/*/*")], stdin=b"A theft."),
    Mistake("unknown model", "model show 1-abc -w watch", 1, ("no model 1-abc", "known: 1-", "framewire model list")),
    Mistake("no passages", "train -w watch", 1, ("/watch/passages: no coded passages (*.jsonl)", "framewire init DIR"), before=remove("passages/dam.jsonl")),
    Mistake("empty passages", "train -w watch", 1, ("/watch/passages: 0 coded passages", "too few", "at least 10 stories"), before=coded("")),
    Mistake("too few passages", "train -w watch", 1, ("/watch/passages: 2 coded passages of 2 stories are too few", "at least 10"), before=coded(CODED, CODED | {"id": "2"})),
    Mistake("none irrelevant", "train -w watch", 1, ("/watch/passages: relevant and irrelevant passages are needed, 12 of 12", "Code some"), before=coded(*(CODED | {"id": str(n)} for n in range(12)))),
    Mistake("broken passages", "train -w watch", 1, ("dam.jsonl:2: no JSON", "column 13", 'a line is {"id"'), before=coded(CODED, '{"id": "2", "te')),
    Mistake("a table", "evaluate watch/mine.jsonl -w watch", 1, ("mine.jsonl:1: no JSON", 'a line is {"id"'), before=coded("id,text,relevant")),
    Mistake("wrong fields", "evaluate watch/mine.jsonl -w watch", 1, ("mine.jsonl:1: 'narratives' is missing; expected a list", "is it 'narrative'?"), before=coded({"id": "1", "text": "x", "relevant": True, "narrative": []})),
    Mistake("wrong kind", "evaluate watch/mine.jsonl -w watch", 1, ("mine.jsonl:1: 'relevant' is \"yes\"; expected true or false", "a line is"), before=coded(CODED | {"relevant": "yes"})),
    Mistake("unknown narrative", "evaluate watch/mine.jsonl -w watch", 1, ("mine.jsonl:2: unknown narrative 'water_thef'", "did you mean 'water_theft'?"), before=coded(CODED, CODED | {"id": "2", "narratives": [{"id": "water_thef"}]})),
    Mistake("twice", "train -w watch", 1, ("dam.jsonl:2: the passage id '1' stands here a second time", "first in dam.jsonl:1", "its own"), before=coded(CODED, CODED)),
    Mistake("no such file", "evaluate nowhere.jsonl -w watch", 1, ("nowhere.jsonl: no such file", "coded passages")),
    *(
        Mistake(name, "explain --passages watch/mine.jsonl -w watch", 1, ("watch/mine.jsonl: holds no passage", 'such as {"id": "1", "text": "..."}'), before=write("mine.jsonl", content))
        for name, content in (("empty", ""), ("blank lines", "\n \n"))
    ),
    Mistake("no text", "explain --passages watch/mine.jsonl -w watch", 1, ("mine.jsonl:1: expected a line such as", "'text' is missing"), before=coded({"id": "1"})),
]  # fmt: skip

ROOMS = {"workspace": WORKSPACE, "typed": TYPED, "settings": SETTINGS, "lists": LISTS, "feeds": FEEDS, "database": DATABASE, "models": MODELS}  # fmt: skip
ALL = [pytest.param(mistake, id=f"{room}: {mistake.name}") for room, rows in ROOMS.items() for mistake in rows]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with seeds and a workspace with a trained model; not to be changed."""
    folder = tmp_path_factory.mktemp("mistakes")
    result = invoke("init", str(folder / "watch"), "--seeds", str(write_seeds(folder / "seeds")), "--now", NOW)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace, `watch` in the current folder."""
    place = tmp_path / "desk"
    shutil.copytree(made, place)
    monkeypatch.chdir(place)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    return place / "watch"


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    """The server of the faults, with a front page that names its feeds."""
    with fault_server() as running:
        running.scripts["/page"] = answer(200, PAGE, Content_Type="text/html")
        yield running


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServer]:
    """The same under TLS, with a certificate that nobody signed."""
    key, certificate = make_certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with fault_server(tls=context) as running:
        yield running


@pytest.fixture(scope="module")
def talker() -> Iterator[str]:
    """Host and port of a server that answers a TLS greeting as web servers do on their HTTP port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            with contextlib.suppress(OSError):
                while True:
                    conn, _ = listener.accept()
                    with conn:
                        conn.recv(4096)
                        conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=talk, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def check(output: str, told: tuple[str, ...]) -> None:
    """Every part is told, no traceback and no secret is."""
    assert [part for part in told if part not in output] == [], output
    assert "Traceback" not in output
    assert "secret" not in output


@pytest.mark.parametrize("mistake", ALL)
def test_the_answer_says_what_which_and_what_to_do(
    mistake: Mistake, here: Path, server: FaultServer, secure: FaultServer, talker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"at": server.url(""), "secure": secure.url("").replace("http", "https"), "talker": talker}
    for name, value in mistake.env.items():
        monkeypatch.setenv(name, value)
    if mistake.before:
        mistake.before(here)
    with (here / LOCK_FILE).open("a") as lock:
        if mistake.name == "two runs":
            fcntl.flock(lock, fcntl.LOCK_EX)
        result = CliRunner().invoke(
            main, shlex.split(mistake.typed.format(**names)), input=mistake.stdin, prog_name="framewire"
        )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == mistake.code, result.output
    # A row's braces are its own unless they name a server.
    check(result.output, tuple(_fill(part, names) for part in mistake.told))


def _fill(part: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        part = part.replace("{" + name + "}", value)
    return part


def test_a_day_before_the_first_poll(here: Path, server: FaultServer) -> None:
    (here / "framewire.toml").write_text('allow_private = ["127.0.0.1/32"]\n')
    assert invoke("feeds", "add", server.url("/ok"), "--outlet", "A", "-w", "watch").exit_code == 0
    assert invoke("fetch", "-w", "watch", "--now", NOW).exit_code == 0
    early = invoke("summarise", "-w", "watch", "--day", "2026-10-01", "--now", NOW)
    assert early.exit_code == 2
    check(early.output, ("2026-10-01: the first feed was asked on 2026-11-24", "--day 2026-11-24"))
    assert invoke("summarise", "-w", "watch", "--day", "2026-11-23", "--now", NOW).exit_code == 0


def test_no_driver(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    setting('database = "postgresql://me:secret@127.0.0.1/db"')(here)
    result = invoke("status", "-w", "watch")
    assert result.exit_code == 1
    check(result.output, ("PostgreSQL needs the driver psycopg", "pip install 'framewire[postgres]'"))


def test_init_leaves_what_it_refuses(here: Path) -> None:
    (here / "framewire.toml").unlink()
    (here / "codebook.yaml").write_text("mine")
    assert invoke("init", "watch", "--seeds", "seeds", "--no-train").exit_code == 1
    assert (here / "codebook.yaml").read_text() == "mine"
    assert not (here / "framewire.toml").exists()


# Permissions bind no superuser: these run in a process of their own without that privilege.
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH, _PR_CAPBSET_DROP = 1, 2, 24


def _give_up_privileges() -> None:
    """Source: capabilities(7): a program started by root gets what is left of the bounding set."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def run_bound(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process that permissions bind."""
    return subprocess.run(
        [sys.executable, "-c", "from framewire.cli import main; main()", *arguments],
        preexec_fn=_give_up_privileges,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


@pytest.mark.parametrize(
    ("closed", "typed", "told"),
    [
        ("", "init watch/new --seeds seeds", ("watch/new: no permission", "chmod u+rwX")),
        ("", "run -w watch", (LOCK_FILE + ": no permission", "chmod u+rwX")),
        ("", "feeds add --no-check http://example.org/x --outlet A -w watch", ("feeds.yaml: no permission", "chmod u+rwX")),
        ("framewire.sqlite", "run -w watch", ("framewire.sqlite: no permission", "allowed to read and write", "ls -ld")),
        ("out", f"summarise -w watch --now {NOW}", ("the summary cannot be written", "/out", "no permission", "chmod u+rwX", "framewire summarise")),
        ("out", "codebook export -o watch/out/book.md -w watch", ("watch/out/book.md: no permission", "chmod u+rwX")),
        ("models/dam", "train --no-scores -w watch", ("/models/dam", "no permission", "chmod u+rwX")),
    ],
)  # fmt: skip
def test_no_permission(here: Path, closed: str, typed: str, told: tuple[str, ...]) -> None:
    (here / "out").mkdir()
    if closed == "models/dam":
        shutil.rmtree(here / "models")
        (here / "models" / "dam").mkdir(parents=True)
    place = here / closed
    place.chmod(0o444 if place.is_file() else 0o555)
    try:
        done = run_bound(*shlex.split(typed))
    finally:
        place.chmod(0o755)
    assert done.returncode == 1, done.stderr
    check(done.stderr, told)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_another_user(here: Path) -> None:
    for path in here.glob("models/dam/*/*"):
        os.chown(path, 65534, 65534)
    os.chown(here / "codebook.yaml", 65534, 65534)
    result = invoke("explain", "-", "-w", "watch", text="A theft of water.")
    assert result.exit_code == 3
    check(
        result.output, ("manifest.json: refused: it belongs to user nobody, and this runs as root", "framewire train")
    )
    (here / "codebook.yaml").chmod(0o600)
    done = run_bound("codebook", "check", "-w", "watch")
    assert done.returncode == 1
    check(
        done.stderr,
        ("codebook.yaml: no permission", "belongs to user nobody, and this runs as root", "run it as nobody"),
    )


def test_a_terminal_without_the_letters(here: Path) -> None:
    swap("codebook.yaml", "title: The Upper Lake dam", "title: Ամբարտակ")(here)
    done = run_bound("codebook", "show", "-w", "watch", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert done.returncode == 1
    check(done.stderr, ("this terminal's encoding (latin-1) has no letter U+0531", "PYTHONUTF8=1", "LC_ALL=C.UTF-8"))


def test_an_old_python_is_told_by_the_package() -> None:
    script = "import sys; sys.version_info = (3, 10, 4, 'final', 0); sys.version = '3.10.4 (main)'; import framewire"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    check(done.stderr, ("Framewire needs Python 3.11 or newer, this is 3.10.4", sys.executable, "python3.12 -m venv"))


def test_an_old_python_is_told_by_make(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    old = tmp_path / "python3.10"
    pretence = "import sys; sys.version_info = (3, 10, 4); sys.version = '3.10.4 (main)'; exec(sys.argv[2])"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretence}" "$@"\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "-C", str(tmp_path), f"PYTHON={old}", ".venv/bin/python"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    check(done.stderr, ("Framewire needs Python 3.11 or newer, this is 3.10.4", "make PYTHON=python3.12"))


def test_no_python_is_told_by_make(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(
        ["make", "-C", str(tmp_path), "PYTHON=python3.99", ".venv/bin/python"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    check(done.stderr, ("python3.99", "is not there", "make PYTHON=python3.12"))


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 100
    assert len({param.id for param in ALL}) == len(ALL)
