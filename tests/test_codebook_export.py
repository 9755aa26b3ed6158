"""A codebook in other forms: each is read back by what people read that form with."""

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, SKOS

from framewire.cli.common import render_csv
from framewire.codebook import Codebook, load_codebook, parse_codebook
from framewire.codebook.export import build_schema, list_rows, render_markdown, render_skos
from framewire.codebook.export.markdown import MAX_PHRASES, escape, say_phrases
from framewire.codebook.export.rules import split_rules
from framewire.codebook.export.skos import write_literal
from framewire.yamlfile import read_yaml
from test_cli import invoke

# The large codebook takes half a minute; with the small one every kind of entry is there.
IS_SOAK = os.environ.get("FRAMEWIRE_SOAK") == "1"
SMALL = Path(__file__).with_name("small_codebook.yaml")
KARABAKH = Path(__file__).parents[1] / "seeds" / "karabakh" / "codebook.yaml"
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
# What each of the forms would take for its own.
HOSTILE = "=1+1 *a* _b_ `c` [d](#e) <b>f</b> # | \\ & &amp; \"g\" 'h' ~~i~~ $j$ Երկիր"
PARSER = MarkdownIt("commonmark").enable(["strikethrough", "table"])


def changed(*pairs: tuple[str, str]) -> Codebook:
    """The small codebook with other texts in it."""
    text = SMALL.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return parse_codebook(text)


@pytest.fixture(scope="module")
def hostile() -> Codebook:
    """Every kind of text is hostile, and all labels are the same."""
    quoted = json.dumps(HOSTILE, ensure_ascii=False)
    return changed(
        *((f"label: {label}\n", f"label: {quoted}\n") for label in ("Water theft", "Lawful use", "water theft")),
        ("title: The Upper Lake dam - an invented dispute", f"title: {quoted}"),
        ("coding_rules: Code what the passage carries.", f"coding_rules: {quoted}"),
        (
            "definition: The League fails to act.",
            f"definition: {quoted}\n  exclude: [{quoted}, nothing -> water_theft]",
        ),
        ('["Lake Siv is deep.", "The SIV plan failed."]', f'[{quoted}, "The SIV plan failed."]'),
        ("[Lake Siv,", f"[Lake Siv, {quoted},"),
    )


def read_words(token: Token) -> str:
    """The text of an inline token as a reader sees it."""
    return "".join(child.content for child in token.children or () if child.type != "softbreak")


def find_anchors(tokens: list[Token]) -> Iterator[str]:
    """The anchors of the headings, as GitHub makes them."""
    seen: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", read_words(inline).lower()).replace(" ", "-")
            free = next(name for name in (slug, *(f"{slug}-{n}" for n in range(1, 999))) if name not in seen)
            seen.add(free)
            yield free


def find_links(tokens: list[Token]) -> list[str]:
    """Where the links of a document lead."""
    children = [child for token in tokens for child in token.children or ()]
    return [unquote(str(child.attrs["href"])) for child in children if child.type == "link_open"]


@pytest.mark.soak
def test_every_link_of_the_document_leads_to_its_heading(hostile: Codebook, small_codebook: Codebook) -> None:
    for codebook in (hostile, small_codebook, *([load_codebook(KARABAKH)] if IS_SOAK else [])):
        tokens = PARSER.parse(render_markdown(codebook, language="en"))
        links, anchors = find_links(tokens), [f"#{anchor}" for anchor in find_anchors(tokens)]
        assert set(links) <= set(anchors)
        assert {f"#{part}" for part in ("coding-rules", "sides", "relevance", "narratives", "terminology")} <= set(
            links
        )
        assert len(links) >= 5 + len(codebook.narratives) + len(codebook.terminology)


def test_a_text_says_in_the_document_what_it_says_in_the_codebook(hostile: Codebook) -> None:
    tokens = PARSER.parse(render_markdown(hostile, language="en"))
    words = [read_words(token) for token in tokens if token.type == "inline"]
    # Title, rules, two narratives and a wording (headings; the first ones also in the contents), definition, exclude, sentence.
    assert words.count(HOSTILE) == 10
    assert f"Words: “Lake Siv”, “{HOSTILE}”, “SIV”.".replace("*", "…") in words
    assert not [token for token in tokens if token.type in ("html_block", "table_open", "hr", "blockquote_open")]


@pytest.mark.parametrize("before", ["", "- ", "# "])
@given(text=TEXT)
def test_an_escaped_text_is_nothing_but_text(before: str, text: str) -> None:
    line = " ".join(text.split())
    inline = [token for token in PARSER.parse(before + escape(text)) if token.type == "inline"]
    assert "".join(map(read_words, inline)) == line
    assert {child.type for token in inline for child in token.children or ()} <= {"text", "text_special"}
    assert len(inline) <= 1


def test_escapes_are_few() -> None:
    assert (
        escape("- 20 % of snake_case, a-b (c) -> d; AT&T says 1. 2.")
        == r"\- 20 % of snake_case, a-b (c) -> d; AT&T says 1. 2."
    )
    assert escape("__0__") == r"\_\_0\_\_"
    assert escape("1. one\n  two") == r"1\. one two"
    assert escape("C # and C #") == r"C # and C \#"


def test_the_document_shows_few_phrases_and_counts_the_others() -> None:
    codebook = load_codebook(KARABAKH)
    document = render_markdown(codebook, language="en")
    assert max(line.count("“") for line in document.splitlines()) == MAX_PHRASES
    shown = say_phrases(codebook.get_narrative("ethnic_cleansing").indicators, "en")
    assert shown.startswith("“ethnic… cleans…”, ")
    assert re.search(r", and \d+ more$", shown)
    assert "@" not in document
    assert "*" not in document.replace("**", "")


def test_the_document_has_what_a_coder_needs(small_codebook: Codebook) -> None:
    document = render_markdown(changed(("sided: true", "sided: true\n  mirror: lawful_use")), language="en")
    for part in (
        "# The Upper Lake dam - an invented dispute\n",
        "- `norland`: Norland. For it act: Norland\n",
        "Code: `water_theft`; code also who is accused; counterpart: [Lawful use](#lawful-use).\n",
        "Code: `lawful_use`; tied to Norland.\n",
        "Code: `filling`; in articles since 2025-03-01.\n",
        "Code: `filling/theft`; used by Sudland (as the source says).\n",
        "Code: `place`; names of a place.\n",
        "Words: “water theft”, “theft of water”, “grab…”.\n",
        "**Examples:**\n\n- They called it water theft.\n- Sudland spoke of a theft of water.\n\n**Counter-examples:**\n\n- The theft",
    ):
        assert part in document
    assert "\n\n\n" not in document
    turkish = render_markdown(small_codebook, language="tr")
    assert "- Bu açık bir su hırsızlığıdır.\n" in turkish
    assert "They called it water theft." not in turkish


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n  goes on\nTwo.", ["One. goes on", "Two."]),
        ("Voices:\n  a - one\n    goes on\n  b - two\nEnd.", ["Voices:", "- a - one goes on", "- b - two", "End."]),
        ("Voices:\n  a, as in:\n  this\n  b", ["Voices:", "- a, as in: this", "- b"]),
        ("- a\n  goes on\n* b\n\n  c", ["- a goes on", "- b", "c"]),
        ("", []),
    ],
)  # fmt: skip
def test_coding_rules_keep_their_layout(text: str, expected: list[str]) -> None:
    assert [("- " if block.is_item else "") + block.text for block in split_rules(text)] == expected


def read_turtle(text: str) -> Graph:
    return Graph().parse(data=text, format="turtle")


def test_the_vocabulary_is_a_concept_scheme() -> None:
    codebook = changed(("sided: true", "sided: true\n  mirror: lawful_use"))
    base = "https://example.org/dam#"
    graph = read_turtle(render_skos(codebook, language="en", base=base))
    theft, filling = URIRef(f"{base}wording/filling/theft"), URIRef(f"{base}referent/filling")
    scheme = URIRef("https://example.org/dam")
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert graph.value(scheme, OWL.versionInfo) == Literal("1")
    assert graph.value(theft, SKOS.prefLabel) == Literal("water theft", lang="en")
    assert set(graph.objects(theft, SKOS.altLabel)) == {Literal("theft of water", lang="en")}
    assert Literal("Bu açık bir su hırsızlığıdır.", lang="tr") in set(graph.objects(theft, SKOS.example))
    assert graph.value(theft, SKOS.note) == Literal("Usage: Sudland (source: document)", lang="en")
    assert (filling, SKOS.narrower, theft) in graph
    assert (theft, SKOS.broader, filling) in graph
    water, lawful = URIRef(base + "narrative/water_theft"), URIRef(base + "narrative/lawful_use")
    assert {(water, lawful), (lawful, water)} == set(graph.subject_objects(SKOS.related))
    assert (
        len(set(graph.subjects(RDF.type, SKOS.Concept))) == 3 + 2 + 4 == len(set(graph.subjects(SKOS.inScheme, scheme)))
    )


def test_the_vocabulary_keeps_the_rules_of_skos() -> None:
    codebook = load_codebook(KARABAKH)
    graph = read_turtle(render_skos(codebook, language="en"))
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        (preferred,) = graph.objects(concept, SKOS.prefLabel)
        assert preferred not in set(graph.objects(concept, SKOS.altLabel))
        assert (concept, SKOS.topConceptOf, None) in graph or (concept, SKOS.broader, None) in graph
    assert {(b, a) for a, b in graph.subject_objects(SKOS.broader)} == set(graph.subject_objects(SKOS.narrower))
    rules = [rule for part in codebook.narratives for rule in (*part.include, *part.exclude)]
    notes = {str(note).partition(": ")[2] for note in graph.objects(None, SKOS.scopeNote)}
    assert set(rules) <= notes


def test_hostile_texts_stay_themselves_in_the_vocabulary(hostile: Codebook) -> None:
    graph = read_turtle(render_skos(hostile, language="en"))
    assert list(graph.objects(None, SKOS.definition)).count(Literal(HOSTILE, lang="en")) == 1
    assert Literal(HOSTILE, lang="en") in set(graph.objects(None, SKOS.example))


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_literal_is_read_back_as_it_was(text: str) -> None:
    (value,) = read_turtle(f"<urn:a> <urn:b> {write_literal(text, 'pt-BR')} .").objects()
    assert isinstance(value, Literal)
    assert (str(value), str(value.language).lower()) == (text.strip(), "pt-br")


def test_a_name_that_is_no_language_tag_is_left_out() -> None:
    assert write_literal("a", "old norse") == '"a"'


@pytest.mark.parametrize(
    "base", ["", "example.org/", "https://example.org", "https://", "urn:", "urn:a b:", "urn:<x>/", "urn:x:\n"]
)
def test_what_no_uri_may_begin_with_is_refused(small_codebook: Codebook, base: str) -> None:
    with pytest.raises(ValueError, match="is no base such as"):
        render_skos(small_codebook, language="en", base=base)


def test_the_table_has_a_row_a_narrative_and_a_wording(small_codebook: Codebook) -> None:
    text = render_csv(list_rows(small_codebook))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [
        "water_theft", "lawful_use", "neglect", "filling/theft", "filling/filling", "place/upper_lake", "place/siv",
    ]  # fmt: skip
    theft = rows[3]
    expected = {"kind": "wording", "label": "water theft", "referent": "The filling of the lake", "usage": "sudland"}
    expected |= {
        "usage_source": "document",
        "since": "2025-03-01",
        "sided": "",
        "n_patterns_en": "3",
        "n_patterns_tr": "1",
    }
    expected |= {"n_patterns_hy": "0", "n_match": "3", "n_not_match": "2"}
    assert theft | expected == theft
    assert rows[5]["label"] == "upper lake"
    assert (rows[0]["sided"], rows[0]["usage"], rows[0]["n_patterns_en"]) == ("True", "", "3")
    assert text.count("\r\n") == 1 + len(rows)


def test_the_table_holds_no_formula(hostile: Codebook) -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(list_rows(hostile)), newline="")))
    assert [row["label"] for row in rows[:2]] == [f"'{HOSTILE}"] * 2
    assert rows[2]["exclude"] == f"'{HOSTILE}\nnothing -> water_theft"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def as_json(path: Path) -> Any:
    """A YAML file as the values that a language server checks."""
    return json.loads(json.dumps(read_yaml(path.read_text(encoding="utf-8")), default=str))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """Checks a codebook against the schema."""
    Draft202012Validator.check_schema(build_schema())
    return Draft202012Validator(build_schema(), format_checker=FormatChecker())


@pytest.mark.soak
@pytest.mark.parametrize("path", [KARABAKH, SMALL] if IS_SOAK else [SMALL], ids=lambda path: path.parent.name)
def test_a_good_codebook_passes_the_schema(validator: Draft202012Validator, path: Path) -> None:
    assert list(validator.iter_errors(as_json(path))) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("not_match: {en", "not_mach: {en", "'not_mach' was unexpected"),
        ("version: 1", "versoin: 1", "'versoin' was unexpected"),
        ("version: 1", "digest: x\nversion: 1", "'digest' was unexpected"),
        ("version: 1", "version: one", "'one' is not of type 'integer'"),
        ("version: 1", "version: 0", "0 is less than the minimum of 1"),
        ("title: The Upper Lake dam - an invented dispute\n", "", "'title' is a required property"),
        ("- id: neglect", "- id: Neglect", "'Neglect' does not match"),
        ("since: '2025-03-01'", "since: soon", "is not valid under any of the given schemas"),
        ("within: 6}}\n    tr", "within: 0}}\n    tr", "is not valid under any of the given schemas"),
        ("case: exact", "case: loose", "is not valid under any of the given schemas"),
        ("water theft, theft of water", "7, theft of water", "is not valid under any of the given schemas"),
        ("[Upper Lake]", "Upper Lake", "is not of type 'array'"),
    ],
)  # fmt: skip
def test_a_faulty_codebook_fails_the_schema(
    validator: Draft202012Validator, tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = SMALL.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "codebook.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert [error.message for error in validator.iter_errors(as_json(path)) if told in error.message]


def test_the_schema_describes_every_key_of_the_file() -> None:
    schema = build_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema["properties"]) == set(Codebook.model_fields) - {"text", "digest"}
    parts = {"Codebook": schema, **schema["$defs"]}
    keys = [(name, key, value) for name, part in parts.items() for key, value in part["properties"].items()]
    assert [f"{name}.{key}" for name, key, value in keys if "description" not in value and "$ref" not in value] == []


@pytest.mark.parametrize("form", ["markdown", "skos", "csv", "json-schema"])
def test_an_export_goes_to_a_new_file_or_to_standard_output(tmp_path: Path, form: str) -> None:
    path = tmp_path / "book"
    source = () if form == "json-schema" else (str(SMALL),)
    shown = invoke("codebook", "export", *source, "--as", form)
    written = invoke("codebook", "export", *source, "--as", form, "--output", str(path))
    assert (shown.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert f"written to {path}" in written.stderr
    assert path.read_bytes() == shown.stdout_bytes
    assert len(path.read_bytes()) > 500
    again = invoke("codebook", "export", *source, "--as", form, "-o", str(path))
    assert again.exit_code == 1
    assert path.read_bytes() == shown.stdout_bytes


def test_an_export_is_of_the_workspaces_codebook_in_a_language(tmp_path: Path) -> None:
    (tmp_path / "codebook.yaml").write_text(SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "framewire.toml").write_text("", encoding="utf-8")
    document = invoke("codebook", "export", "--lang", "tr", "-w", str(tmp_path)).stdout
    assert "“su hırsızlığı…”" in document
    graph = read_turtle(invoke("codebook", "export", "--as", "skos", "--lang", "de", "-w", str(tmp_path)).stdout)
    scheme = URIRef("urn:framewire:codebook:dam")
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert {str(label.language) for label in graph.objects(None, SKOS.prefLabel) if isinstance(label, Literal)} == {
        "de"
    }
