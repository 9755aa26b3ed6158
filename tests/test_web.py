"""The web pages as a browser without JavaScript gets them: what they show, what they refuse, and that looking changes nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from framewire.errors import StoreUnreachable
from framewire.store import open_store, reading, sync_feed_list, transaction
from framewire.web import choose_access
from framewire.web.headers import POLICY, SUMMARY_POLICY
from framewire.workflow.run import run_label
from framewire.workflow.workspace import Workspace
from review_cases import AT, NORTH, OUTLETS
from store_cases import dump, entry, poll
from test_cli import NOW, invoke
from web_cases import TOKEN, Visitor, make_watch, served

EVIL = '<script>alert("title")</script> water theft \u202eturned\u202c & <b>bold</b>'


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Nine articles, one that wants to break out of the page, and a summary; read only."""
    workspace = make_watch(tmp_path_factory.mktemp("web"))
    engine = open_store(workspace.config.database)
    with transaction(engine) as conn:
        sync_feed_list(conn, OUTLETS)
        body = "Sudland spoke of water theft at Upper Lake.\n\n<img src=x onerror=alert(1)> and a second passage of it."
        poll(conn, entry("evil", EVIL, body), feed=NORTH, at=AT)
    engine.dispose()
    run_label(workspace, now=AT)
    assert invoke("summarise", "-w", str(workspace.config.folder), "--now", NOW).exit_code in (0, 3)
    return workspace


@pytest.fixture(scope="module")
def address(watch: Workspace) -> Iterator[str]:
    with served(watch) as found:
        yield found


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    with Visitor(address) as one:
        yield one


def test_every_page_that_links_lead_to_is_there_and_looking_changes_nothing(watch: Workspace, visitor: Visitor) -> None:
    with reading(watch.readonly_engine) as conn:
        before = dump(conn)
    visitor.sign_in("anna")
    todo, seen = ["/"], set()
    while todo:
        path = todo.pop()
        answer = visitor.get(path, follow=False)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        seen.add(path)
        policy = answer.headers["content-security-policy"]
        assert policy == (SUMMARY_POLICY if path.startswith("/days/") else POLICY), path
        if policy == POLICY:
            assert not re.search(r"<script(?! src=\"/static/)|<style| style=| on[a-z]+=\"", answer.text), path
        for href in re.findall(r'(?:href|src|action)="([^"#]*)', answer.text):
            target = urlsplit(href.replace("&amp;", "&"))
            if target.scheme:
                assert target.hostname in ("north.example", "south.example"), f"{path} leads to {href}"
            elif target.path and len(seen) + len(todo) < 50:
                link = target.path + (f"?{target.query}" if target.query else "")
                if (
                    link not in seen
                    and link not in todo
                    and link not in ("/sign-out", "/review/labels", "/review/undo")
                ):
                    todo.append(link)
    kinds = {path.split("/")[1].split("?")[0] for path in seen}
    assert {
        "",
        "days",
        "articles",
        "subjects",
        "feeds",
        "outlets",
        "review",
        "disagreements",
        "items",
        "static",
    } <= kinds
    with reading(watch.readonly_engine) as conn:
        assert dump(conn) == before


def test_what_a_feed_says_stays_text(visitor: Visitor) -> None:
    page = visitor.get("/articles?words=second+passage+of+it").text
    number = re.search(r"/articles/(\d+)", page)
    assert number
    for path in (f"/articles/{number[1]}", f"/items/{number[1]}.0", "/articles?words=turned"):
        visitor.sign_in("anna")
        page = visitor.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;" in page
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)


def test_the_first_page_says_what_is_new_and_what_waits(visitor: Visitor) -> None:
    visitor.get("/")
    assert "Monday, 23 November 2026" in visitor.words
    assert "asks your name first" in visitor.words
    visitor.sign_in("anna")
    visitor.get("/")
    assert re.search(r"\d+ passages? to code your queue", visitor.words)
    assert "2 feeds, all well" in visitor.words


def test_a_summary_links_its_items_to_where_they_are_corrected(visitor: Visitor) -> None:
    page = visitor.get("/days/2026-11-23").text
    items = re.findall(r'<b>([\d.]+)</b> <a href="/items/([\d.]+)">wrong\?</a>', page)
    assert items
    assert all(shown == linked for shown, linked in items)
    visitor.sign_in("anna")
    assert visitor.get(f"/items/{items[0][0]}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/days/2026-01-01", 404, "There is no summary of 2026-01-01"),
        ("/days/tomorrow", 404, "no day such as 2026-11-23"),
        ("/articles/999", 404, "There is no article 999"),
        ("/articles/1e3", 404, "is no number"),
        ("/articles?since=soon", 404, "is no day such as"),
        ("/articles?since=2026-11-20&until=2026-11-01", 404, "backwards"),
        ("/articles?narrative=water_thief", 404, "did you mean 'water_theft'?"),
        ("/articles?wording=filling/thefd", 404, "did you mean 'filling/theft'?"),
        ("/articles?voice=shouted", 404, "Unknown voice 'shouted'"),
        ("/articles?words=" + "+".join("abcdefghijklm"), 404, "10 at most"),
        ("/referents/nothing", 404, "Unknown referent"),
        ("/narratives/neglekt", 404, "did you mean 'neglect'?"),
        ("/outlets/nowhere", 404, "Unknown outlet"),
        ("/nothing/here", 404, "There is no page at this address"),
        ("/static/../guard.py", 404, ""),
        ("/static/%2e%2e%2fguard.py", 404, "There is no"),
        ("/static/guard.py", 404, "There is no such file"),
    ],
)
def test_what_is_not_there_is_told(visitor: Visitor, path: str, status: int, told: str) -> None:
    assert visitor.get(path).status_code == status
    assert told in visitor.words
    assert visitor.answer.headers["content-security-policy"] == POLICY


def numbers_in(visitor: Visitor) -> list[int]:
    return [int(number) for number in re.findall(r'<h2[^>]*><a href="/articles/(\d+)"', visitor.page)]


def count_in(visitor: Visitor) -> int:
    found = re.search(r"<h1>([\d,]+) articles?", visitor.page)
    assert found
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 10),
        ("words=gauge3", 1),
        ("words=GAUGE3+number", 1),
        ("words=gauge3+gauge4", 0),
        ("words=100%25", 0),
        ("words=gauge_", 0),
        ("outlet=south", 4),
        ("group=norland", 6),
        ("language=tr", 0),
        ("since=2026-11-25", 0),
        ("since=&until=2026-11-23", 9),
        ("until=2026-11-22", 0),
    ],
)
def test_articles_are_found(visitor: Visitor, query: str, expected: int) -> None:
    visitor.get(f"/articles?{query}")
    assert count_in(visitor) == expected == len(numbers_in(visitor))


def test_counts_beside_the_list_are_what_narrowing_gives(visitor: Visitor) -> None:
    visitor.get("/articles")
    facets = re.findall(
        r'<li><a href="([^"]+)"><span dir="auto">[^<]*</span></a> <span class="num">(\d+)</span>', visitor.page
    )
    assert len(facets) > 8
    for href, n in facets:
        visitor.get(href.replace("&amp;", "&"))
        assert count_in(visitor) == int(n), href
        assert 'class="on"' in visitor.page


def test_a_voice_is_that_of_what_is_asked_for(visitor: Visitor) -> None:
    counts = {}
    for query in (
        "wording=filling/theft",
        "wording=filling/theft&voice=denied",
        "voice=denied",
        "narrative=water_theft&voice=denied",
    ):
        visitor.get(f"/articles?{query}")
        counts[query] = set(numbers_in(visitor))
    assert counts["wording=filling/theft&voice=denied"] < counts["wording=filling/theft"]
    assert counts["wording=filling/theft&voice=denied"] <= counts["voice=denied"]


def test_an_article_shows_its_marks_labels_and_copies(visitor: Visitor) -> None:
    page = visitor.get("/articles/1").text
    assert re.search(r'<mark class="[^"]*mention[^"]*" title="mention filling/theft', page)
    assert 'href="/narratives/water_theft"' in page
    assert 'href="/items/1.0"' in page
    assert "first seen 24 Nov 2026, 01:20" in visitor.words, "in the watch's time zone"


def test_an_article_names_sides_and_wordings_as_the_codebook_does(visitor: Visitor) -> None:
    words = ""
    for number in range(1, 10):
        if visitor.get(f"/articles/{number}").status_code == 200:
            words += visitor.words
    assert "accuses nobody clearly" in words
    assert "accuses unclear" not in words
    assert re.search("by (Norland|Sudland|the League)", words)


def test_series_pages_tell_outlets(visitor: Visitor) -> None:
    visitor.get("/referents/filling")
    assert "Wordings over time" in visitor.words
    assert "The North" in visitor.words
    visitor.get("/narratives/water_theft")
    assert "One side takes the other's water on purpose" in visitor.words
    assert "laid to Norland" in visitor.words
    assert "laid to Sudland" in visitor.words
    visitor.get("/narratives/neglect")
    assert "not found in any article so far" in visitor.words


def test_feeds_show_no_key(visitor: Visitor) -> None:
    visitor.get("/outlets/south")
    assert "https://south.example/feed?key=***" in visitor.words
    assert "hidden" not in visitor.page


SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/", "/articles/1", "/static/style.css", "/static/keys.js", "/nothing", "/sign-in"])
def test_every_answer_says_what_a_browser_must_not_do(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    assert {name: headers[name] for name in SAFE} == SAFE
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert "server" not in headers
    assert ("set-cookie" in headers) is not path.startswith("/static")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Host": "rebound.example"}, "do not answer to the name"),
        ({"X-Forwarded-For": "203.0.113.9"}, "came through a proxy"),
    ],
)
def test_who_calls_by_another_name_or_way_gets_nothing(visitor: Visitor, headers: dict[str, str], told: str) -> None:
    for path in ("/", "/static/style.css"):
        assert visitor.get(path, **headers).status_code == 403
        assert told in visitor.words


def test_a_form_needs_its_token_and_its_own_site(address: str, visitor: Visitor) -> None:
    with Visitor(address) as other:
        other.sign_in("ben")
        other.get("/items/1.0")
        foreign = other.token
    assert foreign
    visitor.sign_in("anna")
    visitor.get("/items/1.0")
    token = visitor.token
    for fields, headers, status in (
        ({"token": ""}, {}, 403),
        ({"token": foreign}, {}, 403),
        ({"token": token}, {"Origin": "https://evil.example"}, 403),
        ({"token": token}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"token": token}, {"Sec-Fetch-Site": "same-site"}, 403),
        ({"token": token, "note": "x" * 70_000}, {}, 413),
        ({"token": token} | {f"f{i}": "" for i in range(600)}, {}, 400),
    ):
        assert visitor.post("/items/1.0", {"says": "none", **fields}, **headers).status_code == status
    as_json = visitor.client.post("/items/1.0", json={"token": token})
    assert as_json.status_code == 415
    visitor.page = f'name="token" value="{token}"'
    assert (
        visitor.post(
            "/review/labels", {"labels": "hide"}, Origin=address, **{"Sec-Fetch-Site": "same-origin"}
        ).status_code
        == 200
    )


def test_only_get_and_post(visitor: Visitor) -> None:
    assert visitor.client.put("/").status_code == 405
    assert visitor.client.delete("/items/1.0").status_code in (303, 405)
    assert visitor.client.head("/").status_code == 200


def test_coding_asks_for_a_name_and_goes_on_where_it_was(visitor: Visitor) -> None:
    assert (
        visitor.get("/items/1.0?saved=1", follow=False).headers["location"]
        == "/sign-in?next=%2Fitems%2F1.0%3Fsaved%3D1"
    )
    visitor.get("/items/1.0")
    assert "Who are you?" in visitor.words
    assert visitor.post("/sign-in", {"name": " ", "next": "/items/1.0"}).status_code == 400
    assert "Write a short name" in visitor.words
    visitor.post("/sign-in", {"name": "anna", "next": "/items/1.0"})
    assert str(visitor.answer.url).endswith("/items/1.0")
    visitor.post("/sign-out", {})
    assert visitor.get("/review", follow=False).status_code == 303


def test_a_link_in_a_mail_is_asked_for_once_more_with_the_cookie(visitor: Visitor) -> None:
    answer = visitor.get("/items/1.0?a=1&b=2", follow=False, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/items/1.0?a=1&amp;b=2">' in answer.text


def test_a_token_opens_and_five_wrong_ones_close(watch: Workspace) -> None:
    access = choose_access("127.0.0.1", token=TOKEN, public_url="https://watch.example")
    with served(watch, access) as address, Visitor(address) as one:
        for path in ("/", "/articles", "/days/2026-11-23"):
            assert "/sign-in?next=" in one.get(path, follow=False).headers["location"]
        assert one.get("/static/style.css").status_code == 200
        cookie = one.get("/sign-in").headers["set-cookie"]
        assert cookie.startswith("__Host-framewire=")
        assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
        # The client keeps no secure cookie of a plain connection: hand it over, as a proxy's browser does.
        kept = cookie.split(";")[0]
        for _ in range(5):
            assert one.post("/sign-in", {"name": "anna", "key": "wrong"}, Cookie=kept).status_code == 403
        answer = one.post("/sign-in", {"name": "anna", "key": TOKEN}, Cookie=kept)
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
        elsewhere = one.post(
            "/sign-in", {"name": "anna", "key": TOKEN}, follow=False, Cookie=kept, **{"X-Forwarded-For": "203.0.113.9"}
        )
        assert elsewhere.status_code == 303
        signed = elsewhere.headers["set-cookie"].split(";")[0]
        assert signed != kept
        assert one.get("/articles/1", Cookie=signed).status_code == 200
        assert one.get("/articles/1", Cookie=signed, Host="watch.example").status_code == 200
        assert one.get("/articles/1", follow=False, Cookie=kept).status_code == 303
    other = choose_access("127.0.0.1", token=TOKEN[::-1], public_url="https://watch.example")
    with served(watch, other) as address, Visitor(address) as one:
        assert one.get("/articles/1", follow=False, Cookie=signed).status_code == 303, "another token, other sessions"


def test_a_proxy_says_who_is_there(watch: Workspace) -> None:
    access = choose_access("127.0.0.1", user_header="X-Remote-User", public_url="https://watch.example")
    with served(watch, access) as address:
        with Visitor(address, **{"X-Remote-User": "анна".encode(), "X-Forwarded-For": "203.0.113.9"}) as one:
            one.get("/")
            assert "анна" in one.words
            assert "not you?" not in one.words
        with Visitor(address) as nobody:
            assert nobody.get("/").status_code == 401
            assert "does not say who you are" in nobody.words
    elsewhere = choose_access("127.0.0.1", user_header="X-Remote-User", proxies=["192.0.2.1"])
    with served(watch, elsewhere) as address, Visitor(address, **{"X-Remote-User": "anna"}) as one:
        assert one.get("/").status_code == 403
        assert "only the reverse proxy" in one.words.lower()


def test_troubles_have_a_page_and_tell_nothing_of_the_inside(
    watch: Workspace, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise StoreUnreachable("the server of the database does not answer")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("framewire.web.pages.days.list_days", unreachable)
    assert visitor.get("/").status_code == 503
    assert "does not answer" in visitor.words
    monkeypatch.setattr("framewire.web.pages.days.list_days", broken)
    assert visitor.get("/").status_code == 500
    assert "secret" not in visitor.page
    assert visitor.answer.headers["content-security-policy"] == POLICY
    assert any(record.exc_info for record in caplog.records)


def test_an_edited_codebook_is_read_anew(tmp_path: Path) -> None:
    workspace = make_watch(tmp_path, n=1)
    with served(workspace) as address, Visitor(address) as one:
        one.get("/narratives/neglect")
        assert "The League looks away" in one.words
        path = workspace.config.codebook
        path.write_text(path.read_text("utf-8").replace("The League looks away", "Nobody looks"), encoding="utf-8")
        one.get("/narratives/neglect")
        assert "Nobody looks" in one.words
        path.write_text("nonsense", encoding="utf-8")
        assert one.get("/narratives/neglect").status_code == 503
        assert "codebook.yaml:1:1" in one.words
