"""Who may call the web pages: names, tokens, proxies, sessions, the wait after wrong tokens. No server here."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook
from framewire.errors import ConfigError, InputError
from framewire.learn.corrections import Verdict
from framewire.records import CodedNarrative, Voice
from framewire.web.access import Mode, choose_access, split_host
from framewire.web.coding_form import KEYS, NARRATIVE_KEYS, Draft, begin_draft, read_draft, say_draft
from framewire.web.guard import is_name
from framewire.web.pages.sign_in import find_target
from framewire.web.sessions import (
    MAX_AGE_SECONDS,
    MAX_SAVED,
    MAX_SEEN,
    Session,
    bind_key,
    build_form_token,
    is_form_token,
    new_session,
    open_session,
    seal_session,
)
from framewire.web.throttle import MAX_ADDRESSES, MAX_FAILURES, WINDOW_SECONDS, Throttle

TOKEN = "0123456789abcdef"
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("bind", "settings", "told"),
    [
        ("0.0.0.0", {}, "nobody would be asked who they are"),
        ("192.0.2.7", {}, "--token-file"),
        ("::", {}, "nobody would be asked"),
        ("127.0.0.1", {"token": "short"}, "shorter than 16"),
        ("127.0.0.1", {"token": TOKEN, "user_header": "X-User"}, "exclude each other"),
        ("0.0.0.0", {"token": TOKEN}, "public_url"),
        ("127.0.0.1", {"user_header": "X-User", "proxies": ["next door"]}, "no address or network"),
    ],
)
def test_what_would_let_anybody_in_is_refused(bind: str, settings: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        choose_access(bind, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bind", "settings", "mode", "hosts"),
    [
        ("127.0.0.1", {}, Mode.OPEN, {"localhost", "127.0.0.1", "[::1]"}),
        # Without anybody being asked who they are, the public name is no name of these pages.
        ("127.0.0.1", {"public_url": "https://w.example"}, Mode.OPEN, {"localhost", "127.0.0.1", "[::1]"}),
        (
            "127.0.0.1",
            {"user_header": "X-User", "public_url": "https://w.example"},
            Mode.HEADER,
            {"localhost", "127.0.0.1", "[::1]", "w.example"},
        ),
        ("192.0.2.7", {"token": TOKEN}, Mode.TOKEN, {"192.0.2.7"}),
        ("2001:db8::7", {"token": TOKEN}, Mode.TOKEN, {"[2001:db8::7]"}),
        (
            "0.0.0.0",
            {"token": TOKEN, "public_url": "http://W.example:8000"},
            Mode.TOKEN,
            {"localhost", "127.0.0.1", "[::1]", "w.example"},
        ),
    ],
)
def test_names_and_ways_to_sign_in(bind: str, settings: dict[str, object], mode: Mode, hosts: set[str]) -> None:
    access = choose_access(bind, **settings)  # type: ignore[arg-type]
    assert (access.mode, access.hosts) == (mode, hosts)


@pytest.mark.parametrize(
    ("headers", "client", "told"),
    [
        ({"host": "localhost:8000"}, "127.0.0.1", None),
        ({"host": "[::1]:8000"}, "::1", None),
        ({"host": "LOCALHOST."}, "127.0.0.1", None),
        ({"host": "rebound.example:8000"}, "127.0.0.1", "do not answer to the name 'rebound.example'"),
        ({}, "127.0.0.1", "do not answer"),
        ({"host": "localhost", "x-forwarded-for": "203.0.113.9"}, "127.0.0.1", "came through a proxy"),
        ({"host": "localhost", "via": "1.1 proxy"}, "127.0.0.1", "came through a proxy"),
    ],
)
def test_what_is_refused_where_nobody_is_asked(headers: dict[str, str], client: str, told: str | None) -> None:
    found = choose_access("127.0.0.1").refuse_request(headers, client)
    assert found is None if told is None else told in str(found)


def test_a_user_header_counts_from_the_proxy_alone() -> None:
    access = choose_access("192.0.2.7", user_header="X-User", proxies=["192.0.2.0/28", "2001:db8::1"])
    headers = {"host": "192.0.2.7", "x-user": "anna"}
    assert access.refuse_request(headers, "192.0.2.14") is None
    assert access.refuse_request(headers, "2001:db8::1") is None
    for other in ("192.0.2.99", "127.0.0.1", "", "no address"):
        assert "only the reverse proxy" in str(access.refuse_request(headers, other))


@pytest.mark.parametrize(
    ("client", "told", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        # Whoever is no proxy may write what they like: their own address counts.
        ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_whose_tries_are_counted(client: str, told: str, expected: str) -> None:
    access = choose_access("127.0.0.1", token=TOKEN)
    assert access.find_visitor({"x-forwarded-for": told}, client) == expected


@pytest.mark.parametrize(
    ("given", "name"),
    [("a.example", "a.example"), ("A.example:80", "a.example"), ("[::1]:80", "[::1]"), ("a.example.", "a.example")],
)
def test_a_host_without_its_port(given: str, name: str) -> None:
    assert split_host(given) == name


names = st.text(max_size=20)


@given(
    user=names,
    hides=st.booleans(),
    seen=st.lists(names, max_size=5),
    saved=st.lists(st.integers(1, 10**9), max_size=5),
)
def test_a_session_comes_back_as_it_was(user: str, hides: bool, seen: list[str], saved: list[int]) -> None:
    session = Session("id", 1000, user, hides, tuple(seen), tuple(saved))
    assert open_session(seal_session(session, KEY), KEY, now=1000) == session


def test_the_fullest_session_fits_into_a_cookie() -> None:
    seen = tuple(f"{number}.{number}:0a1b2c3d" for number in range(10_000_000, 10_000_000 + MAX_SEEN))
    session = Session("i" * 32, 1_800_000_000, "Ж" * 80, True, seen, tuple(range(10**8, 10**8 + MAX_SAVED)))
    assert open_session(seal_session(session, KEY), KEY, now=1_800_000_000) == session


def test_a_session_that_was_touched_is_none() -> None:
    session = new_session(1000, "anna")
    value = seal_session(session, KEY)
    content, _, signature = value.rpartition(".")
    other = json.loads(urlsafe_b64decode(content)) | {"user": "ben"}
    forged = urlsafe_b64encode(json.dumps(other).encode()).decode()
    for given_value in (
        f"{forged}.{signature}",
        content,
        f"{content}.",
        "",
        ".",
        value[:-1],
        "x" * 5000,
        f"é.{signature}",
    ):
        assert open_session(given_value, KEY, now=1000) is None
    assert open_session(value, b"another key", now=1000) is None
    assert open_session(value, KEY, now=1000 + MAX_AGE_SECONDS + 1) is None
    assert open_session(value, KEY, now=999) is None
    assert open_session(value, KEY, now=1000) == session


def test_a_session_of_another_version_is_none() -> None:
    for content in (
        {"id": "a", "at": 1000},
        {"id": "a", "at": 1000, "saved": [], "seen": [], "colour": "red"},
        [1],
        "x",
    ):
        sealed = urlsafe_b64encode(json.dumps(content).encode()).decode()
        signed = seal_session(new_session(1000), KEY).rpartition(".")
        assert signed[2]  # a signature is there, and that of another content
        import hashlib
        import hmac

        signature = hmac.new(KEY, f"session\0{sealed}".encode(), hashlib.sha256).hexdigest()
        assert open_session(f"{sealed}.{signature}", KEY, now=1000) is None


def test_another_token_ends_all_sessions() -> None:
    session = new_session(1000, "anna")
    sealed = seal_session(session, bind_key(KEY, "one token"))
    assert open_session(sealed, bind_key(KEY, "one token"), now=1000) == session
    assert open_session(sealed, bind_key(KEY, "another token"), now=1000) is None
    assert open_session(sealed, bind_key(KEY, None), now=1000) is None


def test_a_form_is_of_one_session() -> None:
    one, other = new_session(1000), new_session(1000)
    assert is_form_token(build_form_token(one, KEY), one, KEY)
    for wrong in (build_form_token(other, KEY), "", "é", seal_session(one, KEY).rpartition(".")[2]):
        assert not is_form_token(wrong, one, KEY)


def test_after_five_failures_an_address_waits_and_no_other_does() -> None:
    moment = [0.0]
    throttle = Throttle(lambda: moment[0])
    for second in range(MAX_FAILURES):
        assert throttle.find_wait("a") == 0
        moment[0] = float(second)
        throttle.add_failure("a")
    assert throttle.find_wait("a") == round(WINDOW_SECONDS - (MAX_FAILURES - 1))
    assert throttle.find_wait("b") == 0
    moment[0] = WINDOW_SECONDS
    assert throttle.find_wait("a") == 0, "the first failure is too old to count"
    throttle.add_failure("a")
    assert throttle.find_wait("a") > 0
    throttle.forget("a")
    assert throttle.find_wait("a") == 0


def test_a_flood_of_addresses_fills_no_memory() -> None:
    throttle = Throttle(lambda: 0.0, max_failures=1)
    for number in range(MAX_ADDRESSES + 10):
        throttle.add_failure(str(number))
    assert throttle.find_wait("0") == 0, "what failed longest ago is forgotten"
    assert throttle.find_wait(str(MAX_ADDRESSES + 9)) > 0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("/items/12.3", "/items/12.3"),
        ("/articles?words=a&page=2", "/articles?words=a&page=2"),
        ("", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/sign-in?next=/", "/"),
    ],
)
def test_where_signing_in_leads(asked: str, expected: str) -> None:
    assert find_target(asked) == expected


@pytest.mark.parametrize(
    ("name", "fits"), [("anna", True), ("Ани 2", True), ("", False), (" a", False), ("a\nb", False), ("a" * 81, False)]
)
def test_what_is_a_name(name: str, fits: bool) -> None:
    assert is_name(name) is fits


SIDED = CodedNarrative("water_theft", Voice.DENIED, "norland")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"says": ["none"]}, "none"),
        ({"says": ["irrelevant"], "note": ["x"]}, "irrelevant"),
        (
            {"says": ["narratives"], "narrative": ["lawful_use"], "voice.lawful_use": ["attributed"]},
            "lawful_use=attributed",
        ),
        # Without JavaScript nobody presses the radio button: what is ticked says it.
        ({"narrative": ["lawful_use"]}, "lawful_use=asserted"),
        (
            {"narrative": ["water_theft"], "voice.water_theft": ["denied"], "accused.water_theft": ["norland"]},
            "water_theft=denied:norland",
        ),
        ({"narrative": ["lawful_use"], "voice.lawful_use": ["shouted"]}, "lawful_use=asserted"),
        ({"narrative": ["lawful_use", "neglect"]}, "lawful_use=asserted, neglect=asserted"),
    ],
)
def test_what_a_form_says(form: dict[str, list[str]], said: str, small_codebook: Codebook) -> None:
    assert say_draft(read_draft(form, small_codebook)) == said


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "tick what it carries"),
        ({"says": ["narratives"]}, "tick what it carries"),
        ({"says": ["narratives"], "narrative": ["nonsense"]}, "tick what it carries"),
        ({"says": ["none"], "narrative": ["lawful_use"]}, "take one of the two back"),
    ],
)
def test_a_form_that_says_nothing_or_two_things(
    form: dict[str, list[str]], told: str, small_codebook: Codebook
) -> None:
    with pytest.raises(InputError, match=told):
        say_draft(read_draft(form, small_codebook))


@pytest.mark.parametrize(
    ("verdict", "draft"),
    [
        (None, Draft()),
        (Verdict(False), Draft("irrelevant")),
        (Verdict(True), Draft("none")),
        (Verdict(True, (SIDED,)), Draft("narratives", {"water_theft": SIDED})),
    ],
)
def test_a_form_begins_with_what_is_known(verdict: Verdict | None, draft: Draft) -> None:
    assert begin_draft(verdict) == draft


def test_no_key_does_two_things() -> None:
    assert not set(NARRATIVE_KEYS) & set(KEYS)
    assert len(set(NARRATIVE_KEYS)) == len(NARRATIVE_KEYS)
