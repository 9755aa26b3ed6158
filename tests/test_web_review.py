"""Coding on the web pages without JavaScript: the queue, blindness, taking back, decisions between coders, and what they count for."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from framewire.learn.queue import AUDIT
from framewire.records import CodedNarrative, CodingOrigin, QueueItem, Voice
from framewire.store import add_queue_items, get_codings, get_queue_items, keep_newest, reading, transaction
from framewire.workflow.agreement import measure_stored
from framewire.workflow.audit import _keep_audit
from framewire.workflow.corrected_passages import load_corrections
from framewire.workflow.corrections import list_conflicts, list_corrections
from framewire.workflow.workspace import Workspace, open_workspace
from review_cases import AT, code, codings_of, leave_open, review, spans_of
from web_cases import Clock, Visitor, make_watch, served

THEFT = CodedNarrative("water_theft", Voice.ASSERTED, "norland")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three labelled articles; not to be changed."""
    return make_watch(tmp_path_factory.mktemp("made"), n=3).config.folder


@pytest.fixture
def watch(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path / "watch")
    return open_workspace(tmp_path / "watch")


@pytest.fixture
def address(watch: Workspace) -> Iterator[str]:
    with served(watch, clock=Clock()) as found:
        yield found


@pytest.fixture
def anna(address: str) -> Iterator[Visitor]:
    with Visitor(address) as one:
        one.sign_in("anna")
        yield one


def offer(
    watch: Workspace,
    *places: tuple[int, int | None],
    coder: str | None = "anna",
    blind: bool = False,
    strategy: str = "uncertain",
) -> None:
    """Puts passages (article, position) into a queue."""
    spans = [next(one for one in spans_of(watch, article) if one.position == position) for article, position in places]
    reason = "uncertain: 'water_theft' left open by the model" if strategy == "uncertain" else f"{strategy}: drawn"
    items = [
        QueueItem("batch 1", one.version_id, one.start, one.end, coder, reason, strategy, number, AT, blind)
        for number, one in enumerate(spans, start=1)
    ]
    with transaction(watch.engine) as conn:
        assert add_queue_items(conn, items) == len(items)


def shown_item(visitor: Visitor) -> str:
    found = re.search(r'<form class="form" method="post" action="/(?:items|disagreements)/([^"]+)"', visitor.page)
    assert found, visitor.words
    return found[1]


def counting(watch: Workspace) -> list[tuple[str, str, str, bool]]:
    """(coder, says, origin, blind) of what counts."""
    return [(row["coder"], row["says"], row["origin"], row["blind"]) for row in list_corrections(watch)]


def open_items(watch: Workspace) -> int:
    with reading(watch.readonly_engine) as conn:
        return sum(item.done_at is None for item in get_queue_items(conn))


def test_the_queue_is_coded_one_after_the_other(watch: Workspace, anna: Visitor) -> None:
    offer(watch, (2, 0), (1, 0), (3, 1))
    anna.get("/review")
    assert "3 to code ·" in anna.words
    first = shown_item(anna)
    assert first.startswith("2.0:")
    assert anna.ticked()["narrative"] == ["water_theft", "lawful_use"], "it begins with what the model says"
    anna.post(
        f"/items/{first}",
        {"says": "narratives", "narrative": "lawful_use", "voice.lawful_use": "denied", "then": "queue"},
    )
    assert "2 to code ·" in anna.words
    assert "Saved: 2.0 lawful_use=denied" in anna.words
    anna.post(f"/items/{shown_item(anna)}", {"says": "none", "note": "only gauges", "then": "queue"})
    anna.post(f"/items/{shown_item(anna)}", {"says": "irrelevant", "then": "queue"})
    assert "Nothing waits for you" in anna.words
    assert [(one.origin, one.blind, one.note, one.relevant) for one in codings_of(watch)] == [
        (CodingOrigin.WEB, False, None, True),
        (CodingOrigin.WEB, False, "only gauges", True),
        (CodingOrigin.WEB, False, None, False),
    ]
    assert [row[1] for row in counting(watch)] == ["irrelevant", "none", "lawful_use=denied"]


def test_what_is_skipped_comes_again_at_the_end(watch: Workspace, anna: Visitor) -> None:
    offer(watch, (1, 0), (2, 0))
    anna.get("/review")
    first = shown_item(anna)
    skip = re.search(r'href="(/review\?after=[^"]+)"', anna.page)
    assert skip
    anna.get(skip[1])
    second = shown_item(anna)
    assert second != first
    anna.get(f"/review?after={second}")
    assert shown_item(anna) == first
    assert open_items(watch) == 2


def test_what_is_skipped_does_not_come_after_the_next_save(watch: Workspace, anna: Visitor) -> None:
    offer(watch, (1, 0), (1, 1), (2, 0), (2, 1), (3, 0))
    offer(watch, (3, None), coder=None, blind=True, strategy=AUDIT)
    anna.get("/review")
    shown = []
    for step in ("skip", "skip", "save", "leave", "save", "save", "save", "save", "save"):
        told = re.search(r"\d to code(, \d skipped)?", anna.words)
        assert told, anna.words
        shown.append((shown_item(anna).split(":")[0], told[0]))
        if step == "skip":
            anna.get(f"/review?after={shown_item(anna)}")
        elif step == "leave":
            anna.get("/articles/1")
            anna.get("/review")
        else:
            anna.post(f"/items/{shown_item(anna)}", {"says": "none", "then": "queue"})
    assert shown == [
        ("1.0", "6 to code"),
        ("1.1", "6 to code, 1 skipped"),
        ("2.0", "6 to code, 2 skipped"),
        ("2.1", "5 to code, 2 skipped"),
        ("2.1", "5 to code, 2 skipped"),
        ("3.0", "4 to code, 2 skipped"),
        ("3", "3 to code, 2 skipped"),
        ("1.0", "2 to code"),
        ("1.1", "1 to code"),
    ]
    assert "Nothing waits for you" in anna.words


def test_a_form_that_says_nothing_comes_back_with_what_it_held(watch: Workspace, anna: Visitor) -> None:
    anna.get("/items/2.0")
    answer = anna.post("/items/2.0", {"says": "narratives", "note": "hm <b>"})
    assert answer.status_code == 400
    assert "Tick what it carries" in anna.words
    assert 'value="hm &lt;b&gt;"' in anna.page
    answer = anna.post("/items/2.0", {"says": "none", "narrative": ["lawful_use", "neglect"]})
    assert "take one of the two back" in anna.words
    assert anna.ticked()["narrative"] == ["lawful_use", "neglect"]
    answer = anna.post("/items/2.0", {"says": "narratives", "narrative": "water_theft", "accused.water_theft": "moon"})
    assert answer.status_code == 400
    assert "Unknown accused side 'moon'" in anna.words
    assert codings_of(watch) == []


def test_taking_back_opens_the_item_again_and_loses_nothing(watch: Workspace, anna: Visitor) -> None:
    offer(watch, (1, 0), (2, 0))
    anna.get("/review")
    for _ in range(2):
        anna.post(f"/items/{shown_item(anna)}", {"says": "none", "then": "queue"})
    assert open_items(watch) == 0
    anna.post("/review/undo", {})
    assert shown_item(anna).startswith("2.0:")
    assert "Saved: 1.0 none" in anna.words, "the one before may be taken back, too"
    anna.post("/review/undo", {})
    assert shown_item(anna).startswith("1.0:")
    assert counting(watch) == []
    assert open_items(watch) == 2
    assert len(codings_of(watch)) == 4
    assert anna.post("/review/undo", {}).status_code == 400
    assert "nothing left to take back" in anna.words
    anna.get("/review")
    anna.post(f"/items/{shown_item(anna)}", {"says": "irrelevant", "then": "queue"})
    assert counting(watch) == [("anna", "irrelevant", "web", False)]


def test_taking_back_a_second_thought_brings_the_first_one_back(watch: Workspace, anna: Visitor) -> None:
    for says in ("none", "irrelevant"):
        anna.get("/items/1.0")
        anna.post("/items/1.0", {"says": says})
        assert "Thank you, that is stored" in anna.words
    anna.get("/items/1.0")
    anna.post("/review/undo", {})
    assert counting(watch) == [("anna", "none", "web", False)]
    anna.post("/review/undo", {})
    assert counting(watch) == []
    assert review(watch, "list").output == "(none)\n"
    assert load_corrections(watch) == []


def test_nobody_takes_back_what_another_said_or_what_was_said_since(
    watch: Workspace, address: str, anna: Visitor
) -> None:
    anna.get("/items/1.0")
    anna.post("/items/1.0", {"says": "none"})
    with Visitor(address) as ben:
        ben.sign_in("ben")
        ben.get("/items/1.0")
        assert ben.post("/review/undo", {}).status_code == 400
    review(watch, "fix", "1.0", "irrelevant", "--coder", "anna", at=AT.replace(hour=12))
    assert anna.post("/review/undo", {}).status_code == 400
    assert "something else of this passage since" in anna.words
    assert counting(watch) == [("anna", "irrelevant", "command", False)]


def test_a_blind_item_shows_no_label_and_no_reason_that_tells_one(watch: Workspace, anna: Visitor) -> None:
    offer(watch, (1, 0), blind=True)
    anna.get("/review")
    assert "this one is coded blind" in anna.words
    assert "The model says" not in anna.words
    assert "left open by the model" not in anna.words
    assert "shown without labels" in anna.words
    assert anna.ticked() == {}
    anna.post(f"/items/{shown_item(anna)}", {"narrative": "neglect"})
    assert counting(watch) == [("anna", "neglect=asserted", "web", True)]


def test_who_hides_the_labels_codes_blind_but_for_what_was_seen(watch: Workspace, anna: Visitor) -> None:
    offer(watch, (1, 0), (2, 0), (3, 0))
    anna.get("/review")
    anna.get(f"/review?after={shown_item(anna)}")
    assert shown_item(anna).startswith("2.0:")
    anna.post("/review/labels", {"labels": "hide"})
    for _ in range(3):
        anna.post(f"/items/{shown_item(anna)}", {"says": "none", "then": "queue"})
    blind = {row["item"]: row["blind"] for row in list_corrections(watch)}
    assert blind == {"1.0": False, "2.0": False, "3.0": True}
    anna.post("/sign-out", {})


def test_the_audit_is_asked_whole_blind_and_of_everybody(watch: Workspace, address: str, anna: Visitor) -> None:
    offer(watch, (2, None), coder=None, blind=True, strategy=AUDIT)
    anna.get("/review")
    assert "The whole article is asked" in anna.words
    anna.post(f"/items/{shown_item(anna)}", {"says": "narratives", "narrative": "lawful_use", "then": "queue"})
    assert counting(watch) == [("anna", "lawful_use=asserted", "audit", True)]
    with Visitor(address) as ben:
        ben.sign_in("ben")
        ben.get("/review")
        assert "Nothing waits for you" in ben.words


def test_more_passages_are_offered_on_demand(watch: Workspace, anna: Visitor) -> None:
    anna.get("/review")
    assert "Nothing waits for you" in anna.words
    for fields, told in (
        ({"size": "0", "strategy": "mixed"}, "from 1 to 200"),
        ({"size": "many", "strategy": "mixed"}, "from 1 to 200"),
        ({"size": "3", "strategy": "whim"}, "one of the ways"),
        ({"size": "3", "strategy": "audit"}, "no article was drawn for an audit yet"),
    ):
        assert anna.post("/review/fill", fields).status_code == 400
        assert told in anna.words
    anna.post("/review/fill", {"size": "3", "strategy": "mixed", "blind": "1"})
    assert "3 to code ·" in anna.words
    assert "this one is coded blind" in anna.words


def test_a_doubted_label_is_corrected_or_confirmed_by_a_button(watch: Workspace, address: str, anna: Visitor) -> None:
    anna.get("/items/2.0")
    assert "Is this label wrong?" in anna.words
    assert re.search(r"The model says: .*Lawful use · attributed", anna.words)
    anna.post("/items/2.0", {"right": "1"})
    with Visitor(address) as ben:
        ben.sign_in("ben")
        ben.get("/items/2.0")
        ben.post("/items/2.0", {"says": "none"})
    first, second = counting(watch)
    assert first == ("ben", "none", "web", False)
    assert second[0] == "anna"
    assert "lawful_use=attributed" in second[1]
    anna.get("/articles/2")
    assert "ben says: none" in anna.words
    for path, told in (
        ("/items/99.0", "no labelled article 99"),
        ("/items/1.9", "has no passage 9"),
        ("/items/x", "names no item"),
    ):
        assert anna.get(path).status_code == 404
        assert told in anna.words


@pytest.mark.parametrize(("button", "says"), [("yes", "water_theft=asserted:norland"), ("no", "none")])
def test_what_is_left_open_is_answered_by_yes_or_no(watch: Workspace, anna: Visitor, button: str, says: str) -> None:
    leave_open(watch, 1, 0, "water_theft")
    anna.get("/items/1.0")
    assert "Is this “Water theft, laid to Norland”? Yes No" in anna.words
    assert "The labels are right" not in anna.words
    assert "says" not in anna.ticked(), "no answer stands there already"
    item = shown_item(anna)
    for fields in ({"note": "hm"}, {"right": "1"}):
        assert anna.post(f"/items/{item}", fields).status_code == 400
    assert codings_of(watch) == []
    anna.post(f"/items/{item}", {button: "water_theft"})
    assert "Thank you, that is stored" in anna.words
    assert counting(watch) == [("anna", says, "web", False)]
    assert "Is this “" not in anna.words


def test_several_left_open_are_ticked(watch: Workspace, anna: Visitor) -> None:
    leave_open(watch, 2, 0, "water_theft", "lawful_use")
    offer(watch, (2, 0))
    anna.get("/review")
    assert "2 are left open: tick those that it carries" in anna.words
    assert "? Yes No" not in anna.words
    assert "says" not in anna.ticked()
    anna.post(f"/items/{shown_item(anna)}", {"narrative": "lawful_use", "then": "queue"})
    assert counting(watch) == [("anna", "lawful_use=asserted", "web", False)]


def disagree(watch: Workspace, article: int = 1, position: int = 0) -> None:
    span = next(one for one in spans_of(watch, article) if one.position == position)
    code(watch, span, coder="anna", narratives=[THEFT])
    code(watch, span, coder="ben", narratives=[])


def test_a_decision_settles_a_disagreement_and_leaves_agreement_as_it_was(
    watch: Workspace, address: str, anna: Visitor
) -> None:
    disagree(watch)
    disagree(watch, 2, 1)
    before = measure_stored(watch)
    with Visitor(address) as carla:
        carla.sign_in("carla")
        carla.get("/disagreements")
        assert "2 disagreements" in carla.words
        carla.get(re.findall(r'href="(/disagreements/[^"]+)"', carla.page)[0])
        assert "anna 24 Nov 2026, 06:20, blind Water theft · asserted · accuses Norland" in carla.words
        assert carla.ticked() == {}, "nobody is favoured"
        assert "The model says" not in carla.words
        item = shown_item(carla)
        carla.get(f"/disagreements/{item}?as=anna")
        assert carla.ticked()["narrative"] == ["water_theft"]
        assert carla.post(f"/disagreements/{item}", {}).status_code == 400
        carla.post(
            f"/disagreements/{item}",
            {"says": "narratives", "narrative": "water_theft", "accused.water_theft": "norland"},
        )
        assert shown_item(carla) != item, "the next one follows"
        assert carla.get(f"/disagreements/{item}").status_code == 404
        assert "somebody has decided" in carla.words
    # One of the two may decide, and say again what they said.
    anna.get("/disagreements")
    item = re.findall(r'href="/disagreements/([^"]+)"', anna.page)[0]
    anna.get(f"/disagreements/{item}?as=anna")
    anna.post(f"/disagreements/{item}", dict(anna.ticked()))
    assert "No disagreement is open" in anna.words
    assert list_conflicts(watch) == []
    assert measure_stored(watch) == before
    texts = {one.text: [narrative.id for narrative in one.narratives] for one in load_corrections(watch)}
    assert set(map(tuple, texts.values())) == {("water_theft",)}
    assert [(one.coder, one.origin, one.blind) for one in codings_of(watch)][-2:] == [
        ("carla", CodingOrigin.ADJUDICATION, True),
        ("anna", CodingOrigin.ADJUDICATION, True),
    ]


def test_a_decision_counts_in_training_whatever_coders_say_later(watch: Workspace) -> None:
    span = next(one for one in spans_of(watch, 1) if one.position == 0)
    disagree(watch)
    code(watch, span, coder="carla", narratives=[THEFT], origin=CodingOrigin.ADJUDICATION, at=AT.replace(hour=3))
    assert list_conflicts(watch) == []
    code(watch, span, coder="ben", narratives=[CodedNarrative("neglect")], at=AT.replace(hour=4))
    assert len(list_conflicts(watch)) == 2, "who speaks after the decision opens it again"
    assert [one.narratives for one in load_corrections(watch)] == [(THEFT,)]


def test_a_decision_taken_back_opens_the_disagreement_again(watch: Workspace, anna: Visitor) -> None:
    disagree(watch)
    anna.get("/disagreements")
    item = re.findall(r'href="/disagreements/([^"]+)"', anna.page)[0]
    anna.get(f"/disagreements/{item}")
    anna.post(f"/disagreements/{item}", {"says": "irrelevant"})
    assert list_conflicts(watch) == []
    anna.post("/review/undo", {})
    assert {(row["coder"], row["says"]) for row in list_conflicts(watch)} == {
        ("anna", "water_theft=asserted:norland"),
        ("ben", "none"),
    }


def test_a_decision_on_an_audited_article_corrects_the_shares(watch: Workspace) -> None:
    whole = spans_of(watch, 1)[0]
    code(watch, whole, coder="anna", narratives=[THEFT], origin=CodingOrigin.AUDIT)
    code(watch, whole, coder="ben", narratives=[], origin=CodingOrigin.AUDIT)
    other = spans_of(watch, 2)[0]
    code(watch, other, coder="carla", narratives=[THEFT], origin=CodingOrigin.ADJUDICATION)
    code(watch, whole, coder="carla", narratives=[THEFT], origin=CodingOrigin.ADJUDICATION)
    with reading(watch.readonly_engine) as conn:
        kept = _keep_audit(get_codings(conn))
        assert [(one.article_id, one.coding.coder) for one in kept] == [(1, "carla")]
        assert len(keep_newest(get_codings(conn))) == 4
