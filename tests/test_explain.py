"""`framewire explain`: what it shows in a terminal, as JSON and as HTML, of a text and of a stored article."""

import json
import re
import shutil
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.records import Feed, Outlet
from framewire.store import open_store, sync_feed_list, transaction
from framewire.workflow.explain import Explanation, explain_article, explain_text
from framewire.workflow.explain_html import find_pieces, render_html
from framewire.workflow.explain_text import render_passages
from framewire.workflow.run import run_label
from framewire.workflow.workspace import Workspace, open_workspace
from store_cases import entry, poll
from test_cli import NOW, invoke, trained, write_seeds

__all__ = ["trained"]

AT = datetime.fromisoformat(NOW)
THEFT = "Sudland said that Norland took the water of Sudland at Lake Siv, and called the dry fields a water theft."
HOSTILE = (
    "Sudland said: \"<script>alert('1')</script> Norland's water theft\" & <img src=x onerror=alert(2)> at Lake Siv."
)
OLD_KEYS = {"id", "text", "relevant", "relevance", "narratives", "mentions", "mixed_scripts"}
OLD_LABEL_KEYS = {"id", "score", "voice", "accused", "state", "speaker", "evidence"}
OURS = Feed("https://north.example/feed", "north", "en")


@pytest.fixture
def stored(trained: Path, tmp_path: Path) -> Workspace:
    """A workspace with one labelled article, number 1, that may be changed."""
    shutil.copytree(trained, tmp_path / "watch")
    return label_an_article(tmp_path / "watch")


def label_an_article(folder: Path) -> Workspace:
    """A workspace after an article came and was labelled."""
    workspace = open_workspace(folder)
    engine = open_store(workspace.config.database)
    with transaction(engine) as conn:
        sync_feed_list(conn, (Outlet("north", "North", "g", "AM", (OURS,)),))
        poll(conn, entry("a", "Water at the lake", THEFT), feed=OURS, at=AT)
    engine.dispose()
    run_label(workspace, now=AT)
    return workspace


class Page(HTMLParser):
    """The tags, attributes and text of a fragment."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(fragment)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(f"{tag}.{dict(attrs).get('class', '')}")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().partition(".")[0] == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.texts.setdefault(tag, []).append(data)

    def text_of(self, tag: str) -> str:
        return "".join(self.texts.get(tag, []))


def explain(watch: Path, text: str) -> Explanation:
    return explain_text(open_workspace(watch), text, language="en", now=AT)


def as_json(*arguments: str, text: str | None = None) -> list[dict[str, Any]]:
    result = invoke("explain", *arguments, "--json", text=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_text_tells_its_language_and_a_note_says_so(trained: Path) -> None:
    workspace = open_workspace(trained)
    assert len(workspace.codebook.languages) > 1
    closed = "Ամբարտակը փակ է, եւ գյուղերը ջուր չունեն։"
    told = explain_text(workspace, closed, now=AT)
    assert told.note == "read as 'hy', as its words tell; `--lang` says otherwise."
    assert explain_text(workspace, "The dam is closed.", now=AT).note is None
    assert explain_text(workspace, closed, language="en", now=AT).note is None


def test_a_terminal_is_told_why_in_eighty_columns(trained: Path) -> None:
    output = invoke("explain", "-", "-w", str(trained), text=THEFT).stdout
    lines = output.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "[0] relevant"
    (head,) = [line for line in lines if line.startswith("  water_theft  score ")]
    assert re.search(r"score \d\.\d\d \(labelled\), threshold 0\.\d\d, open from 0\.\d\d$", head)
    assert '      rules:   "water theft"' in lines
    assert re.search(r"^      for:     \S.* \+\d", output, re.MULTILINE)
    assert "[its rules] +" in " ".join(output.split())
    assert "      against: " in output
    assert "      voice:   attributed, said by sudland" in lines
    assert '"said" (report)' in output
    assert "accused: norland; one side is accused, ahead of sudland by " in " ".join(output.split())


def test_json_keeps_its_keys_and_gains_the_reasons(trained: Path) -> None:
    (passage,) = as_json("-", "-w", str(trained), text=THEFT)
    assert set(passage) == OLD_KEYS
    (label,) = passage["narratives"]
    assert set(label) == OLD_LABEL_KEYS | {"reasons"}
    reasons = label["reasons"]
    (rule,) = reasons["rules"]
    assert (rule["pattern"], THEFT[rule["start"] : rule["end"]]) == ("water theft", "water theft")
    score = reasons["score"]
    assert len(score["for"]) <= 6
    assert len(score["against"]) <= 3
    told = sum(weight["weight"] for weight in (*score["for"], *score["against"]))
    assert score["base"] + told + score["others"] == pytest.approx(score["logit"])
    assert {"left_open_from", "threshold"} <= set(score)
    voice = reasons["voice"]
    assert [cue["text"] for cue in voice["cues"]] == ["said", "called"]
    assert {"kind", "text", "start", "end", "quoted", "speaker", "reaches"} == set(voice["cues"][0])
    assert (voice["over"], voice["lead"], voice["weighed"]) == (None, None, [])
    accused = reasons["accused"]
    assert accused["names"] == "one side"
    assert [item["side"] for item in accused["scores"]] == ["norland", "sudland"]
    assert {"side", "words", "weight"} == set(accused["weighed"][0])


def test_each_passage_of_a_file_has_its_reasons(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(json.dumps({"id": name, "text": THEFT}) for name in "ab"))
    rows = as_json("--passages", str(path), "-w", str(trained))
    assert [row["id"] for row in rows] == ["a", "b"]
    assert rows[0]["narratives"] == rows[1]["narratives"]
    assert rows[0]["narratives"][0]["reasons"]["score"]["for"]


def test_what_is_left_open_is_shown_with_its_band(trained: Path) -> None:
    (passage,) = explain(trained, THEFT).passages
    label = passage["narratives"][0]
    label["state"] = "abstained"
    label["reasons"]["score"] |= {"left_open_from": 0.21, "threshold": 0.35}
    assert "(abstained), left open from 0.21 to 0.35" in render_passages([passage])
    assert 'class="label open"' in render_html([passage])
    label["reasons"]["score"]["threshold"] = None
    assert "never assigned: too few examples" in render_passages([passage])
    assert "never assigned: too few examples" in render_html([passage])


def test_without_a_model_there_are_rules_and_cues(tmp_path: Path) -> None:
    seeds = write_seeds(tmp_path / "seeds")
    invoke("init", str(tmp_path / "watch"), "--seeds", str(seeds), "--no-train", "--now", NOW)
    result = invoke("explain", "-", "-w", str(tmp_path / "watch"), text=THEFT)
    assert result.exit_code == 3
    assert '      rules:   "water theft"' in result.stdout
    assert '"said" (report)' in result.stdout
    assert "for: " not in result.stdout
    page = Page(invoke("explain", "-", "--html", "-w", str(tmp_path / "watch"), text=THEFT).stdout)
    assert "Reduced: " in page.text_of("p.note")


def test_html_is_one_fragment_that_needs_nothing_else(trained: Path) -> None:
    result = invoke("explain", "-", "--html", "-w", str(trained), text=THEFT)
    assert result.exit_code == 0
    page = Page(result.stdout)
    assert not page.open
    assert page.tags[0] == "section"
    assert page.tags.count("section") == 1
    assert not {"script", "link", "img", "iframe", "html", "body"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name in ("src", "href") or name.startswith("on")]
    assert "http" not in result.stdout
    assert "url(" not in result.stdout
    assert page.text_of("p.text") == THEFT
    assert "water theft" in page.text_of("mark.mention rule")
    assert "norland" in page.text_of("dd.")


def test_html_is_ascii_whatever_the_text(trained: Path) -> None:
    text = f"{THEFT} Նորլանդ “–” \ud83d\ude00"
    fragment = render_html(explain(trained, text.encode("utf-16", "surrogatepass").decode("utf-16")).passages)
    assert fragment.isascii()
    assert "Նորլանդ “–” 😀" in Page(fragment).text_of("p.text")


def test_hostile_text_stays_text(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(json.dumps({"id": "<b onclick=x>", "text": HOSTILE}))
    fragment = invoke("explain", "--passages", str(path), "--html", "-w", str(trained)).stdout
    page = Page(fragment)
    assert not page.open
    assert page.text_of("p.text") == HOSTILE
    assert "<b onclick=x>" in page.text_of("h3.m")
    assert not {"script", "img"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_hostile_labels_stay_text() -> None:
    evil = "\"'><script>x</script>"
    label = {"id": evil, "score": 0.5, "state": evil, "voice": evil, "speaker": evil, "accused": evil}
    reasons = {
        "rules": [{"pattern": evil, "start": 0, "end": 2, "text": evil}],
        "score": {"for": [{"words": evil, "weight": 1.0}], "against": [], "others": 0.0, "n_others": 0}
        | {"base": 0.0, "logit": 1.0, "left_open_from": 0.1, "threshold": 0.3},
        "voice": {"quoted": False, "over": evil, "lead": 1.0, "weighed": [{"words": evil, "weight": 1.0}]}
        | {"cues": [{"kind": evil, "start": 1, "end": 3, "text": evil, "quoted": True, "speaker": evil, "reaches": True}]},
        "accused": {"names": "both", "lead": 1.0, "scores": [{"side": evil, "score": 1.0}, {"side": "b", "score": 0.0}]}
        | {"weighed": [{"side": evil, "words": evil, "weight": -1.0}]},
    }  # fmt: skip
    mention = {"referent": evil, "wording": evil, "start": 1, "end": 4, "text": evil, "voice": evil, "speaker": evil}
    passage = {"id": evil, "text": evil, "relevant": True, "relevance": 1.0, "mentions": [mention]} | {
        "narratives": [label | {"evidence": [evil], "reasons": reasons}, label | {"evidence": [evil]}],
        "mixed_scripts": [{"text": evil, "read_as": evil}],
    }
    fragment = render_html([passage], problem=evil, note=evil)
    page = Page(fragment)
    assert not page.open
    assert "script" not in page.tags
    assert "<script" not in fragment
    assert fragment.count("script&gt;") > 30


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted), max_size=6)


@given(text=st.text(min_size=30, max_size=40), rules=SPANS, mentions=SPANS)
def test_the_pieces_are_the_text(text: str, rules: list[list[int]], mentions: list[list[int]]) -> None:
    told = {"referent": "r", "wording": "w", "voice": "asserted"}
    passage = {
        "text": text,
        "mentions": [{"start": a, "end": b, **told} for a, b in mentions],
        "narratives": [
            {
                "id": "n",
                "reasons": {
                    "rules": [{"start": a, "end": b, "pattern": "p"} for a, b in rules],
                    "voice": {"cues": []},
                },
            }
        ],
    }
    pieces = find_pieces(passage)
    assert "".join(piece.text for piece in pieces) == text
    marked = "".join("x" if "rule" in piece.marks else " " for piece in pieces for _ in piece.text)
    assert marked == "".join("x" if any(a <= i < b for a, b in rules) else " " for i in range(len(text)))


def test_a_notebook_shows_what_html_prints(trained: Path) -> None:
    printed = invoke("explain", "-", "--html", "-w", str(trained), "--now", NOW, text=THEFT).stdout
    assert explain(trained, THEFT)._repr_html_() == printed


def test_json_and_html_go_not_together(trained: Path) -> None:
    result = invoke("explain", "-", "--json", "--html", "-w", str(trained), text=THEFT)
    assert result.exit_code == 2
    assert "--json and --html go not together" in result.output


def test_a_stored_article_has_its_reasons(stored: Workspace, trained: Path) -> None:
    found = explain_article(stored, "1")
    assert found.note is None
    (passage,) = found.passages
    assert passage["id"] == "1.0"
    assert passage["narratives"][0]["reasons"]["score"]["for"]
    shown = json.loads(invoke("articles", "show", "1", "--json", "-w", str(stored.config.folder)).stdout)[0]
    for label in passage["narratives"]:
        label.pop("reasons")
    (kept,) = shown["passages"]
    for label in (*passage["narratives"], *kept["narratives"]):
        label["score"] = round(label["score"], 6)
    assert passage | {"relevance": 0} == kept | {"relevance": 0}


def test_labels_of_a_model_that_is_gone_are_shown_as_stored(stored: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = stored.config.folder
    monkeypatch.chdir(folder)
    (models,) = (folder / "models").iterdir()
    models.rename(folder / "away")
    result = invoke("explain", "1", "-w", str(folder))
    assert result.exit_code == 0
    assert result.stdout.startswith("note: These labels are by dam/1-")
    assert "not by what labels now: no weights." in result.stdout.splitlines()[0]
    assert "water_theft  score" in result.stdout
    assert "      rule: water theft" in result.stdout
    assert "for: " not in result.stdout
    fragment = invoke("explain", "1", "--html", "-w", str(folder)).stdout
    assert "not by what labels now" in Page(fragment).text_of("p.note")
    rows = invoke("explain", "1", "--json", "-w", str(folder))
    assert "note: " in rows.stderr
    assert set(json.loads(rows.stdout)["narratives"][0]) == OLD_LABEL_KEYS


def test_labels_of_rules_have_reasons_until_there_is_a_model(tmp_path: Path) -> None:
    folder = str(tmp_path / "watch")
    invoke("init", folder, "--seeds", str(write_seeds(tmp_path / "seeds")), "--no-train", "--now", NOW)
    found = explain_article(label_an_article(tmp_path / "watch"), "1")
    assert found.note is None
    reasons = found.passages[0]["narratives"][0]["reasons"]
    assert (reasons["rules"][0]["pattern"], reasons["score"]) == ("water theft", None)
    assert invoke("train", "--no-scores", "-w", folder).exit_code == 0
    output = invoke("explain", "1", "-w", folder).stdout
    assert output.startswith("note: These labels are by rules alone, not by what labels now: no weights.")


def test_labels_that_would_come_out_otherwise_now_are_shown_as_stored(stored: Workspace) -> None:
    from sqlalchemy import update

    from framewire.store.schema import narratives

    with transaction(stored.engine) as conn:
        conn.execute(update(narratives).values(voice="denied"))
    found = explain_article(stored, "1")
    assert found.note == "These labels are by another version of Framewire: no weights."
    assert found.passages[0]["narratives"][0]["voice"] == "denied"


def test_an_article_without_labels_says_so(stored: Workspace) -> None:
    with transaction(stored.engine) as conn:
        poll(
            conn, entry("b", "New", "Nothing has been labelled here."), feed=OURS, at=datetime(2026, 11, 25, tzinfo=UTC)
        )
    assert explain_article(stored, "2").note == "This article has no labels yet; `framewire run` gives them."
