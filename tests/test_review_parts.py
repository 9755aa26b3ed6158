"""Reviewing, its pure parts: anchors, the grammar of corrections, what is chosen for coders."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.learn.coding_files import CodingItem, render_items, render_labelling_config
from framewire.learn.coding_input import guess_format, read_items
from framewire.learn.corrections import Verdict, apply_words, parse_verdict, render_verdict
from framewire.learn.queue import STRATEGIES, TURNS, Candidate, Known, choose_items
from framewire.records import CodedNarrative, Voice
from framewire.text.anchors import Anchor, build_anchor, find_anchor

WORDS = st.text(alphabet="abé \n'=-", min_size=1, max_size=60)


@given(WORDS, st.data())
def test_an_anchor_is_found_in_its_own_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert find_anchor(text, build_anchor(text, start, end)) == (start, end)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("New start. One two. Three four. End.", "Three four."),
        ("One two.\n\nThree\n four. End.", "Three\n four."),
        ("Three four. One two. Three four. End.", "Three four."),
        ("Three four. Three four.", None),
        ("One two. Three for. End.", None),
        ("", None),
    ],
)
def test_an_anchor_in_a_changed_text(text: str, found: str | None) -> None:
    anchor = build_anchor("One two. Three four. End.", 9, 20)
    span = find_anchor(text, anchor)
    assert (text[span[0] : span[1]] if span else None) == found


VERDICTS = [
    Verdict(False),
    Verdict(True),
    Verdict(True, (CodedNarrative("water_theft", Voice.DENIED, "both"), CodedNarrative("neglect", Voice.SCARE_QUOTED))),
]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_is_read_as_it_was_written(small_codebook: Codebook, verdict: Verdict) -> None:
    assert parse_verdict(render_verdict(verdict), small_codebook) == verdict


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ("neglect=quoted", "water_theft=asserted:norland, neglect=attributed"),
        ("water_theft=denied", "water_theft=denied:norland"),
        ("water_theft=asserted:both", "water_theft=asserted:both"),
        ("-water_theft", "none"),
        ("-water_theft water_theft=denied", "water_theft=denied:unclear"),
        ("none", "none"),
        ("irrelevant", "irrelevant"),
    ],
)
def test_words_change_one_thing_each(small_codebook: Codebook, words: str, after: str) -> None:
    before = Verdict(True, (CodedNarrative("water_theft", Voice.ASSERTED, "norland"),))
    assert render_verdict(apply_words(before, words.split(), small_codebook)) == after


def test_what_takes_away_is_no_whole_coding(small_codebook: Codebook) -> None:
    with pytest.raises(InputError, match="'-neglect' takes away"):
        parse_verdict("-neglect", small_codebook)


@pytest.mark.parametrize("form", ["csv", "jsonl", "label-studio", "doccano"])
@pytest.mark.parametrize("verdict", [None, *VERDICTS])
@pytest.mark.parametrize("quote", ["Plain words.", "=SUM(A1)", "'=x", 'A "quoted", line\nand another\t- end', "-dash"])
def test_an_item_comes_back_from_every_format(
    small_codebook: Codebook, form: str, verdict: Verdict | None, quote: str
) -> None:
    anchor = Anchor(3, 3 + len(quote), quote, "=before ", "\n-after")
    about = {"url": "https://x.example/1", "coder": "anna", "coded_at": "2026-11-24T02:20:00+00:00"}
    item = CodingItem(
        "1.2:0a1b", anchor, "aa", "bb", **about, verdict=verdict, model=VERDICTS[1], note="@x", reason="why"
    )
    text = render_items([item], form, small_codebook)
    assert guess_format(text) == form
    ((line, read),), faults = read_items(text, form, small_codebook)
    assert faults == []
    assert line == (2 if form == "csv" else 1)
    if quote != "'=x" or form != "csv":
        assert read.anchor == anchor
    assert (read.id, read.verdict, read.coder, read.note, read.url) == (item.id, verdict, "anna", "@x", item.url)
    if verdict is not None or form != "label-studio":
        assert read.coded_at == item.coded_at


def test_a_format_that_there_is_not(small_codebook: Codebook) -> None:
    with pytest.raises(ValueError, match="no format is called 'xml'"):
        render_items([], "xml", small_codebook)


def test_the_configuration_offers_what_can_be_said(small_codebook: Codebook) -> None:
    text = render_labelling_config(small_codebook)
    assert '<Choice value="water_theft" hint="Water theft">' in text
    assert text.count('<Choice value="norland"/>') == len(Voice), "only of the sided narrative"


def candidate(number: int, **more: object) -> Candidate:
    place = {
        "article_id": number,
        "outlet": f"o{number % 2}",
        "side": f"s{number % 2}",
        "story": number,
        "relevant": True,
    }
    return Candidate(number, 0, 9, **(place | more))  # type: ignore[arg-type]


SURE = (("a", 0.95, False),)
NEAR = (("a", 0.52, False),)


@pytest.mark.parametrize(
    ("strategy", "one", "reason"),
    [
        ("uncertain", candidate(1, narratives=NEAR), "uncertain: 'a' assigned, but close to the line"),
        ("confident", candidate(1, narratives=SURE), "confident: 'a' with score 0.95; is that right?"),
        (
            "rules",
            candidate(1, rules=frozenset("b")),
            "against the rules: a rule of 'b' holds, the model does not assign it",
        ),
        ("rules", candidate(1, narratives=SURE), "against the rules: 'a' assigned, and no rule of it holds"),
        ("rare", candidate(1, narratives=(("b", 0.4, True),)), "rare: only 3 coded passages of 'b' so far"),
        (
            "uncertain",
            candidate(1, scores=(("a", 0.45), ("b", 0.01))),
            "uncertain: 'a' not assigned, but the model is not sure",
        ),
        ("rare", candidate(1, scores=(("a", 0.9), ("b", 0.1))), "rare: only 3 coded passages of 'b' so far"),
        (
            "noise",
            candidate(1, doubt=(0.9, "b")),
            "noise: the coding of 'b' and the model, which had not seen it, disagree",
        ),
        ("audit", candidate(1, is_whole=True), "audit: drawn at random; code the whole article"),
        (
            "second",
            candidate(1, coded_by=frozenset({"x"})),
            "second coding: another coder has coded this without seeing labels",
        ),
    ],
)
def test_each_strategy_finds_its_own_and_says_why(strategy: str, one: Candidate, reason: str) -> None:
    known = Known(thresholds={"a": 0.5, "b": 0.5}, n_coded={"a": 100, "b": 3})
    (chosen,) = choose_items([one, candidate(2)], known, size=5, strategy=strategy)
    assert (chosen.candidate, chosen.reason) == (one, reason)


def test_new_words_stand_in_several_passages_and_in_none_that_was_coded() -> None:
    candidates = [candidate(i, words=frozenset({"dam", "quota"} if i < 2 else {"dam", f"slip{i}"})) for i in range(4)]
    chosen = choose_items(candidates, Known(words=frozenset({"dam"})), size=9, strategy="vocabulary")
    assert {one.candidate.article_id for one in chosen} == {0, 1}
    assert {one.reason for one in chosen} == {"new words: quota"}


def test_mixed_takes_from_all_in_turn_and_nothing_twice() -> None:
    candidates = [candidate(i, narratives=NEAR if i % 2 else SURE) for i in range(20)]
    candidates += [candidate(100 + i, is_whole=True, narratives=()) for i in range(2)]
    known = Known(thresholds={"a": 0.5}, n_coded={"a": 100}, n_offered=TURNS.index("confident"))
    chosen = choose_items(candidates, known, size=12)
    assert len({one.candidate.span for one in chosen}) == 12
    assert {one.strategy for one in chosen} == {"uncertain", "confident", "rules", "audit"}
    assert choose_items(candidates, known, size=12) == chosen
    assert len(choose_items(candidates, known, size=99)) == 22


def test_a_mixed_queue_goes_on_where_the_last_one_ended_but_doubts_come_first() -> None:
    candidates = [candidate(i, narratives=SURE) for i in range(20)]
    candidates += [candidate(50, doubt=(0.9, "a")), candidate(51, narratives=NEAR)]
    known = Known(thresholds={"a": 0.5}, n_coded={"a": 100})
    later = replace(known, n_offered=TURNS.index("confident"))
    assert [one.strategy for one in choose_items(candidates, later, size=2)] == ["noise", "confident"]
    whole_round = replace(known, n_offered=len(TURNS))
    assert choose_items(candidates, whole_round, size=9) == choose_items(candidates, known, size=9)


def test_of_equals_the_one_in_other_words_comes_first() -> None:
    words = frozenset({"bridge", "flood", "river"}), frozenset({"court", "judge", "treaty"})
    candidates = [
        candidate(i, scores=(("a", score),), words=words[i == 2], side="x", outlet="o")
        for i, score in enumerate([0.5, 0.49, 0.4, 0.02])
    ]
    chosen = choose_items(candidates, Known(), size=3, strategy="uncertain")
    assert [one.candidate.version_id for one in chosen] == [0, 2, 1]


def test_items_are_spread_over_stories_sides_and_outlets() -> None:
    crowd = [candidate(i, narratives=NEAR, story=1, side="x", outlet="big") for i in range(6)]
    others = [
        candidate(10 + i, narratives=(("a", 0.6, False),), story=2 + i, side="y", outlet=f"small{i}") for i in range(3)
    ]
    chosen = choose_items([*crowd, *others], Known(thresholds={"a": 0.5}), size=4, strategy="uncertain")
    assert [one.candidate.outlet for one in chosen].count("big") == 1


def test_a_narrative_without_rules_is_not_against_them() -> None:
    found = choose_items([candidate(1, narratives=SURE)], Known(ruled=frozenset("b")), size=1, strategy="rules")
    assert found == []


def test_the_most_uncertain_over_all_narratives_comes_first() -> None:
    sure, one, two = (
        candidate(i, scores=scores)
        for i, scores in enumerate([(("a", 0.99), ("b", 0.0)), (("a", 0.5), ("b", 0.0)), (("a", 0.4), ("b", 0.4))])
    )
    chosen = choose_items([sure, one, two], Known(), size=3, strategy="uncertain")
    assert [item.candidate for item in chosen] == [two, one, sure]


def test_rare_narratives_are_asked_for_in_turn_each_at_its_likeliest() -> None:
    candidates = [candidate(i, scores=(("a", i / 10), ("b", 1 - i / 10), ("c", 0.9))) for i in range(8)]
    known = Known(n_coded={"a": 2, "b": 5, "c": 99})
    chosen = choose_items(candidates, known, size=4, strategy="rare")
    assert [one.candidate.version_id for one in chosen[:2]] == [7, 0]
    assert {one.candidate.version_id for one in chosen} == {7, 0, 6, 1}
    assert not any("'c'" in one.reason for one in chosen)


def test_doubts_come_first_the_farthest_before() -> None:
    candidates = [candidate(i, scores=(("a", 0.5),)) for i in range(6)]
    candidates += [candidate(11, doubt=(0.6, "a")), candidate(10, doubt=(0.95, "a"))]
    chosen = choose_items(candidates, Known(), size=3)
    assert chosen[0].candidate.version_id == 10
    assert [one.strategy for one in chosen] == ["noise", "uncertain", "uncertain"]
    doubted = choose_items(candidates, Known(), size=9, strategy="noise")
    assert [one.candidate.version_id for one in doubted] == [10, 11]


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(ValueError, match="no strategy is called 'all'; there are mixed, uncertain"):
        choose_items([], Known(), size=1, strategy="all")
    assert choose_items([], Known(), size=3) == []
    assert len(STRATEGIES) == 8
