"""Reading a codebook, its errors with their places, its own sentences, and what changed between two versions."""

from pathlib import Path

import pytest

from framewire.codebook import Codebook, diff_codebooks, load_codebook, parse_codebook
from framewire.codebook.load import MAX_KEPT
from framewire.codebook.model import spell_out
from framewire.errors import CodebookError
from framewire.label.check import check_sentences, find_one_sided, find_untested

SMALL = Path(__file__).with_name("small_codebook.yaml")
KARABAKH = Path(__file__).parents[1] / "seeds" / "karabakh" / "codebook.yaml"


CONTEXT = "contexts: [{id: wet, words: {en: [river*, '@lak']}}]\n"


def changed(old: str, new: str) -> str:
    text = SMALL.read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "not_match: {en",
            "not_mach: {en",
            "codebook.yaml:59:5: terminology.0.wordings.0.not_mach: unknown key 'not_mach' (did you mean 'not_match'?)",
        ),
        ("version: 1", "versoin: 1", "unknown key 'versoin' (did you mean 'version'?)"),
        ("version: 1", "version: one", "codebook.yaml:3:1: version: expected a whole number such as 1"),
        ("bound_to: norland", "bound_to: nord", "unknown side 'nord' (known: norland, sudland)"),
        ('["@league"]', '["@leage"]', "unknown reference '@leage' (did you mean '@league'?)"),
        ("languages: [en, tr, hy]", "languages: [en, tr]", "'hy' is not among the codebook's languages (en, tr)"),
        (
            "- id: neglect",
            "- id: water_theft",
            "narrative id 'water_theft' stands here a second time; give one of the two another id",
        ),
        ("relevance:\n", f"{CONTEXT}relevance:\n", "unknown reference '@lak' (did you mean '@lake'?)"),
        (
            "any: [water], within: 3",
            'any: ["@wet"], within: 3',
            "unknown reference '@wet'",
        ),
        (
            "relevance:\n",
            "contexts: [{id: wet, words: {fr: [eau]}}]\nrelevance:\n",
            "'fr' is not among the codebook's languages (en, tr, hy)",
        ),
        (
            "relevance:\n",
            "contexts: [{id: lake, words: {en: [wet]}}]\nrelevance:\n",
            "codebook.yaml:26:13: actor, place or context id 'lake' stands here a second time",
        ),
        ("pattern: grab*", "pattern: [grab*, x]", "patterns.en.2.pattern.1: expected at least 2 letters, found 'x'"),
        (
            "pattern: grab*",
            "pattern: [grab*, snatch*|seize* water, '*']",
            "patterns.en.2.pattern.3: '*' has no letter or digit",
        ),
        ("pattern: grab*", "pattern: 'a| b|'", "'a| b|': each of its words may be left out"),
        (
            "pattern: grab*",
            "pattern: a|b|c|d|e|f|g a|b|c|d|e|f|g a|b|c|d|e|f|g",
            "stands for 343 phrases, and 250 at most are allowed",
        ),
        ("pattern: grab*", "pattern: []", "patterns.en.2.pattern: expected at least one, and the list is empty"),
        ("pattern: grab*", "pattern: 5", "patterns.en.2.pattern: expected a list such as [one, another]"),
        (
            "water theft, theft of water",
            "wat*er theft, theft of water",
            "a * stands only at the start or the end of a word",
        ),
        ("  - id: siv\n    usage", "  - usage", "the key 'id' is missing"),
        ("within: 6}}\n    tr", "within: 0}}\n    tr", "greater than or equal to 1"),
        ("id: dam\n", "id: dam\nid: dam\n", "codebook.yaml:3:1"),
        ("title: The Upper", "title: [The Upper", "codebook.yaml:"),
        ("{pattern: SIV, case: exact}", "{pattern: SIV, case: loose}", "Input should be 'exact'"),
        ("since: '2025-03-01'", "since: soon", "since"),
    ],
)
def test_faults_are_told_with_their_place(old: str, new: str, expected: str) -> None:
    with pytest.raises(CodebookError) as caught:
        parse_codebook(changed(old, new))
    assert expected in str(caught.value)
    assert str(caught.value).startswith("codebook.yaml:")


def test_a_fault_of_a_phrase_is_told_once_in_plain_words() -> None:
    with pytest.raises(CodebookError) as caught:
        parse_codebook(changed("pattern: grab*", "pattern: '*'"))
    place = "terminology.0.wordings.0.patterns.en.2.pattern.0"
    assert caught.value.problems == [f"codebook.yaml:57:51: {place}: '*' has no letter or digit"]


def test_an_id_that_stands_twice_is_told_where_it_stands_the_second_time() -> None:
    text = changed("- id: neglect", "- id: water_theft")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith("- id: water_theft")]
    with pytest.raises(CodebookError) as caught:
        parse_codebook(text)
    (problem,) = caught.value.problems
    assert problem.startswith(f"codebook.yaml:{lines[1]}:3: narrative id 'water_theft' ")


def test_every_fault_is_told_at_once() -> None:
    text = changed("bound_to: norland", "bound_to: nord").replace('["@league"]', '["@leage"]')
    with pytest.raises(CodebookError) as caught:
        parse_codebook(text)
    assert len(caught.value.problems) == 2


def test_a_missing_codebook_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match="framewire init"):
        load_codebook(tmp_path / "codebook.yaml")


def test_a_codebook_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CodebookError, match="UTF-8"):
        load_codebook(path)


def test_yaml_12_reads_no_as_a_text() -> None:
    assert parse_codebook(changed("label: Norland}", "label: no}")).sides[0].label == "no"


def test_its_own_sentences_pass(small_codebook: Codebook) -> None:
    report = check_sentences(small_codebook)
    assert (report.n_match, report.n_not_match, report.faults) == (8, 6, ())


def test_a_failing_sentence_is_told() -> None:
    codebook = parse_codebook(
        changed("They called it water theft.", "They called it something.").replace(
            "He grabbed a coat.", "It was water theft."
        )
    )
    reasons = [fault.reason for fault in check_sentences(codebook).faults]
    assert reasons == ["no mention found (found: nothing)", "'water theft' is found, but must not be"]


def test_one_sided_referents_are_reported(small_codebook: Codebook) -> None:
    assert find_one_sided(small_codebook) == {}
    assert find_one_sided(parse_codebook(changed("usage: [norland]", "usage: [press]"))) == {"filling": "sudland"}


def test_untested_wordings_are_reported(small_codebook: Codebook) -> None:
    assert find_untested(small_codebook) == []
    without = changed('    not_match: {en: ["A siv is a sieve."]}\n', "")
    assert find_untested(parse_codebook(without)) == ["place/siv"]


@pytest.mark.parametrize(
    ("old", "new", "kind", "place"),
    [
        ("[water theft, theft of water,", "[water theft,", "narrowed", "terminology.filling.theft.patterns.en"),
        ("[planned filling,", "[planned filling, slow filling,", "widened", "terminology.filling.filling.patterns.en"),
        (
            "definition: The League fails to act.",
            "definition: The League does nothing.",
            "reworded",
            "narratives.neglect.definition",
        ),
        ("- id: neglect", "- id: silence", "renamed", "narratives.neglect"),
        ("bound_to: norland", "bound_to: sudland", "changed", "narratives.lawful_use.bound_to"),
        ("version: 1", "version: 2", "changed", "version"),
    ],
)
def test_changes_are_named_by_their_effect(small_codebook: Codebook, old: str, new: str, kind: str, place: str) -> None:
    changes = diff_codebooks(small_codebook, parse_codebook(changed(old, new)))
    assert (kind, place) in [(change.kind, change.place) for change in changes]


def test_changes_of_shared_rules_and_of_contexts_are_told_by_phrase_and_word() -> None:
    base = changed("relevance:\n", "contexts: [{id: wet, words: {en: [river*, brook]}}]\nrelevance:\n")
    old = parse_codebook(base.replace("pattern: grab*", "pattern: [grab*, seiz*]"))
    wider = base.replace("pattern: grab*", "pattern: [grab*, snatch*]").replace("[river*, brook]", "[river*, pond]")
    new = parse_codebook(wider.replace("within: 3}}], tr: [su", "within: 4}}], tr: [su"))
    place = "terminology.filling.theft.patterns.en"
    assert [(change.kind, change.place, change.detail) for change in diff_codebooks(old, new)] == [
        ("changed", "contexts.wet.words.en", "+pond, -brook"),
        ("changed", place, "grab*"),
        ("widened", place, "snatch*"),
        ("narrowed", place, "seiz*"),
    ]


def test_a_model_outlives_comments_and_sentences_but_no_pattern(small_codebook: Codebook) -> None:
    text = SMALL.read_text(encoding="utf-8")
    assert parse_codebook("# seen by the desk\n" + text).digest == small_codebook.digest
    assert parse_codebook(changed('"He grabbed a coat."', '"He took a coat."')).digest == small_codebook.digest
    assert parse_codebook(changed("[planned filling,", "[planned fill,")).digest != small_codebook.digest
    assert parse_codebook(changed("version: 1", "version: 2")).digest != small_codebook.digest


def test_nothing_changed(small_codebook: Codebook) -> None:
    assert diff_codebooks(small_codebook, small_codebook) == ()


def test_a_phrase_with_bars_stands_for_all_its_forms() -> None:
    codebook = parse_codebook(
        changed(
            "pattern: grab*, near: {any: [water]",
            "pattern: [grab*, took|seized the| lake], near: {any: [spring|well water]",
        )
    )
    pattern = codebook.terminology[0].wordings[0].patterns["en"][2]
    assert pattern.phrases == ("grab*", "took the lake", "took lake", "seized the lake", "seized lake")
    assert pattern.near is not None
    assert pattern.near.any == ("spring water", "well water")
    assert spell_out("so called | word") == ("so called | word",)


def test_a_fault_in_a_phrase_with_bars_has_its_place() -> None:
    text = changed(
        "relevance:\n",
        "contexts:\n- id: wet\n  words:\n    en:\n    - river|brook\n    - sea\n    - '@lak'\nrelevance:\n",
    )
    line = text.splitlines().index("    - '@lak'") + 1
    with pytest.raises(CodebookError, match=rf"codebook.yaml:{line}:\d+: unknown reference '@lak'"):
        parse_codebook(text)


def test_the_karabakh_codebook_keeps_its_promises() -> None:
    codebook = load_codebook(KARABAKH)
    report = check_sentences(codebook)
    assert report.faults == ()
    assert report.n_match >= 3 * 50
    assert report.n_not_match >= 3 * 50
    assert len(codebook.narratives) == 16
    assert len(codebook.terminology) >= 17
    assert set(codebook.languages) == {"en", "hy", "az", "ru", "tr", "fr"}
    assert find_untested(codebook) == []


def test_a_good_codebook_is_kept_and_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "codebook.yaml"
    path.write_text(SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    first, again = load_codebook(path), load_codebook(path)
    (kept,) = (tmp_path / "cache" / "framewire" / "codebooks").iterdir()
    assert first.model_dump() == again.model_dump()
    assert (first.text, first.digest) == (again.text, again.digest)
    kept.write_text("damaged", encoding="utf-8")
    assert load_codebook(path).model_dump() == first.model_dump()
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1", "version: x"), encoding="utf-8")
    with pytest.raises(CodebookError):
        load_codebook(path)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file in the way", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert load_codebook(SMALL).id


def test_few_codebooks_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "codebook.yaml"
    for i in range(MAX_KEPT + 2):
        path.write_text(f"# {i}\n{SMALL.read_text(encoding='utf-8')}", encoding="utf-8")
        load_codebook(path)
    assert len(list((tmp_path / "cache" / "framewire" / "codebooks").iterdir())) == MAX_KEPT
