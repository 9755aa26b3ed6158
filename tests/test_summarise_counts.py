"""Shares, counts of wordings and narratives, and the changes that are announced."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook
from framewire.summarise.cases import Baseline, choose_baseline, describe_baseline, find_cases
from framewire.summarise.changes import Found, find_changes
from framewire.summarise.counts import count_narratives, count_wordings
from framewire.summarise.parts import Change
from framewire.summarise.shares import NO_SHARE, Share, compare, measure, measure_by_story
from summarise_cases import DAY, WINDOW, Desk, Mention, own_words

THEFT: Mention = ("filling", "theft", "water theft")
FILLING: Mention = ("filling", "filling", "planned filling")
BY_NORLAND = {"narrative": "water_theft", "accused": "norland"}


@pytest.mark.parametrize(
    ("n", "total", "low", "high"),
    # Source: Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_as_published(n: int, total: int, low: float, high: float) -> None:
    share = measure(n, total)
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    # Source: Newcombe 1998, Interval estimation for the difference between independent proportions, table II, method 10.
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_newcombe_interval_as_published(now: tuple[int, int], before: tuple[int, int], low: float, high: float) -> None:
    difference, lower, upper = compare(measure(*now), measure(*before))
    assert difference == pytest.approx(now[0] / now[1] - before[0] / before[1])
    assert (lower, upper) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_share_lies_in_its_interval_or_is_not_said(pair: tuple[int, int]) -> None:
    share = measure(*pair)
    if pair[1] < 10:
        assert share.share is share.low is share.high is None
    else:
        assert share.share is not None
        assert share.low is not None
        assert share.high is not None
        assert 0 <= share.low <= share.share + 1e-12
        assert share.share - 1e-12 <= share.high <= 1


def test_stories_of_one_case_each_are_independent_cases() -> None:
    n, total = {story: int(story < 30) for story in range(200)}, dict.fromkeys(range(200), 1)
    by_story, plain = measure_by_story(n, total), measure(30, 200)
    assert (by_story.low, by_story.high) == (pytest.approx(plain.low, abs=2e-3), pytest.approx(plain.high, abs=2e-3))


def test_the_more_alike_a_storys_cases_the_wider_the_interval() -> None:
    total = dict.fromkeys(range(20), 10)
    mixed, alike = dict.fromkeys(range(20), 3), {story: 10 * (story < 6) for story in range(20)}
    narrow, wide, plain = measure_by_story(mixed, total), measure_by_story(alike, total), measure(60, 200)
    assert narrow.share == wide.share == plain.share
    assert _width(wide) > 2 * _width(plain) > 0
    assert _width(wide) > _width(narrow)


@given(st.dictionaries(st.integers(0, 30), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_a_share_by_story_lies_in_its_interval_or_is_not_said(stories: dict[int, tuple[int, int]]) -> None:
    n = {story: a for story, (a, _) in stories.items()}
    total = {story: a + b for story, (a, b) in stories.items() if a + b}
    share = measure_by_story({story: count for story, count in n.items() if count}, total)
    if share.total < 10:
        assert share.share is share.low is share.high is None
    else:
        assert 0 <= share.low <= share.share <= share.high <= 1


def test_shares_without_interval_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(measure(10, 20), NO_SHARE)


def _width(share: Share) -> float:
    assert share.low is not None
    assert share.high is not None
    return share.high - share.low


@pytest.mark.parametrize("pair", [(-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is no share"):
        measure(*pair)
    with pytest.raises(ValueError, match="is no share"):
        measure_by_story({1: pair[0]}, {1: pair[1]})


@pytest.mark.parametrize(
    ("history", "basis", "days", "words"),
    [
        ((), "none", (), "0 of 28 days of history"),
        ((1, 2, 3, 4, 5, 7), "none", (), "6 of 28 days of history"),
        ((1, 2, 3, 4, 5, 6, 7), "all days", (1, 2, 3, 4, 5, 6, 7), "all 7 days of history"),
        ((7, 14, 3), "weekday", (7, 14), "the last 2 Mondays"),
        (tuple(range(1, 29)), "weekday", (7, 14, 21, 28), "the last 4 Mondays"),
    ],
)
def test_what_today_is_compared_with(history: tuple[int, ...], basis: str, days: tuple[int, ...], words: str) -> None:
    baseline = choose_baseline(history)
    assert baseline == Baseline(basis, days, tuple(sorted(history)))
    assert words in describe_baseline(baseline, DAY)


def test_wordings_are_counted_within_their_referent(small_codebook: Codebook) -> None:
    desk = Desk()
    wire = "The League of Rivers asked both banks to stop all talk of water theft before the spring, officials said."
    desk.article("north", "A planned filling", mentions=[FILLING, ("place", "siv", "filling")])
    desk.article("south", "Some water theft", mentions=[THEFT])
    desk.article("south", "A call", wire, mentions=[(*THEFT, "scare_quoted")], hour=6)
    desk.article("world", "A call", wire, mentions=[(*THEFT, "attributed")], hour=7, copy_of=3)
    desk.article("world", "No water theft", mentions=[(*THEFT, "denied")], ago=7)
    desk.rows["mentions"].append(desk.rows["mentions"][2] | {"relevant": False})
    counts = count_wordings(find_cases(desk.tables(), WINDOW, sided=[]))
    item = ("filling", "theft")
    found = {
        "raw": counts.share(item),
        "once": counts.share(item, copies="once"),
        "sudland": counts.share(item, group="sudland"),
        "asserted": counts.share(item, voice="asserted"),
        "quoted": counts.share(item, voice="quoted"),
        "denied": counts.share(item, voice="denied"),
        "norland": counts.share(item, group="norland"),
    }
    assert {name: (share.n, share.total) for name, share in found.items()} == {
        "raw": (3, 4),
        "once": (2, 3),
        "sudland": (2, 2),
        "asserted": (1, 3),
        "quoted": (2, 3),
        "denied": (0, 0),
        "norland": (0, 1),
    }


def test_narratives_are_counted_in_relevant_articles(small_codebook: Codebook) -> None:
    desk = Desk()
    plain: list[list[dict[str, Any]]] = [
        [BY_NORLAND, BY_NORLAND | {"passage": 1, "voice": "attributed"}],
        [BY_NORLAND | {"voice": "denied"}],
        [{"narrative": "water_theft", "accused": "sudland"}],
        [{"narrative": "water_theft", "accused": None}],
        [BY_NORLAND | {"state": "abstained"}],
        [{"narrative": "lawful_use", "state": "rules-only"}],
    ]
    for narratives in plain:
        desk.article("north", "Words", narratives=narratives)
    desk.article("north", "Off the subject")
    counts = count_narratives(find_cases(desk.tables(), WINDOW, sided=["water_theft"]))

    def n(narrative: str, accused: str, voice: str = "any") -> tuple[int, int]:
        share = counts.share((narrative, accused), voice=voice)
        return share.n, share.total

    assert n("water_theft", "norland") == (1, 6)
    assert n("water_theft", "norland", "asserted") == (1, 6)
    assert n("water_theft", "norland", "quoted") == (1, 6)
    assert n("water_theft", "norland", "denied") == (1, 6)
    assert n("water_theft", "sudland") == (1, 6)
    assert n("water_theft", "unclear") == (1, 6)
    assert n("lawful_use", "") == (1, 6)


def fill(desk: Desk, *, ago: int, outlet: str, n: int, wording: Mention, text: str = "") -> None:
    for i in range(n):
        title = f"{own_words(ago, i, outlet, wording)}: {wording[2]}"
        desk.article(outlet, title, text, ago=ago, mentions=[wording])


def look(desk: Desk, codebook: Codebook) -> Found:
    cases = find_cases(desk.tables(), WINDOW, sided=["water_theft"])
    return find_changes(cases, codebook, names={"north": "The North"}, random_state=DAY.toordinal())


def find(desk: Desk, codebook: Codebook) -> tuple[Change, ...]:
    return look(desk, codebook).changes


def test_a_planted_change_is_found(small_codebook: Codebook) -> None:
    desk = Desk()
    for ago in range(29):
        for outlet in ("north", "south", "world"):
            fill(desk, ago=ago, outlet=outlet, n=4 if ago == 0 else 1, wording=THEFT)
            fill(desk, ago=ago, outlet=outlet, n=2 if ago == 0 else 5, wording=FILLING)
    changes = find(desk, small_codebook)
    # "filling" falls as "theft" rises: said once.
    (change,) = changes
    assert (change.kind, change.item) == ("wording", "filling/theft")
    assert (change.now.n, change.now.total, change.before.n, change.before.total) == (12, 18, 12, 72)
    assert change.low <= change.difference <= change.high
    assert change.q < 0.05
    assert len(change.outlets) == 3
    assert "The North" in change.outlets


def test_a_narrative_that_rises_is_found_by_accused_side(small_codebook: Codebook) -> None:
    desk = Desk()
    for ago in range(29):
        for outlet in ("north", "south", "world"):
            for i in range(6):
                accused = "norland" if i < (4 if ago == 0 else 1) else "sudland"
                title = own_words(ago, outlet, i)
                desk.article(outlet, title, ago=ago, narratives=[BY_NORLAND | {"accused": accused}])
    found = {(change.item, change.accused): change.difference for change in find(desk, small_codebook)}
    assert found[("water_theft", "norland")] == pytest.approx(0.5)
    assert found[("water_theft", "sudland")] == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("outlets", "n", "is_told"),
    [(("north", "south", "world"), 4, True), (("north", "south"), 4, False), (("north",), 12, True)],
    ids=["three outlets", "two outlets of four", "one outlet of twelve"],
)
def test_a_change_needs_three_outlets_or_one_with_five_articles(
    small_codebook: Codebook, outlets: tuple[str, ...], n: int, is_told: bool
) -> None:
    desk = Desk()
    for ago in range(1, 29):
        for outlet in ("north", "south", "world"):
            fill(desk, ago=ago, outlet=outlet, n=5, wording=FILLING)
    for outlet in outlets:
        fill(desk, ago=0, outlet=outlet, n=n, wording=THEFT)
    assert bool([change for change in find(desk, small_codebook) if change.item == "filling/theft"]) == is_told


def test_one_wire_text_in_twenty_outlets_is_no_change(small_codebook: Codebook) -> None:
    desk = Desk()
    for ago in range(1, 29):
        for outlet in ("north", "south", "world"):
            fill(desk, ago=ago, outlet=outlet, n=3, wording=FILLING)
    fill(desk, ago=0, outlet="north", n=8, wording=FILLING)
    wire = "The League of Rivers asked both banks to stop all talk of water theft before the spring, officials said."
    for i in range(20):
        desk.article(f"world{i}", "League calls", wire, mentions=[THEFT], hour=1 + i / 10)
    assert find(desk, small_codebook) == ()


def test_one_story_in_many_outlets_is_no_change(small_codebook: Codebook) -> None:
    desk = Desk()
    for ago in range(1, 29):
        for outlet in ("north", "south", "world"):
            fill(desk, ago=ago, outlet=outlet, n=4, wording=FILLING)
    for outlet in ("north", "south", "world"):
        fill(desk, ago=0, outlet=outlet, n=4, wording=FILLING)
        for i in range(4):
            title = f"Spillway of the dam opened, farmers of the valley by {outlet} on water theft {'again ' * i}"
            desk.article(outlet, title, mentions=[THEFT], hour=1 + i)
    assert find(desk, small_codebook) == ()


def test_what_other_languages_wrote_may_be_the_same_story(small_codebook: Codebook) -> None:
    desk = Desk()
    for ago in range(1, 29):
        for outlet in ("north", "south", "world"):
            fill(desk, ago=ago, outlet=outlet, n=5, wording=FILLING)
    for outlet in ("north", "south", "world"):
        for i in range(2):
            title = f"Spillway of the dam opened, farmers of the valley by {outlet} on water theft {'again ' * i}"
            desk.article(outlet, title, mentions=[THEFT], hour=1 + i)
        for language in ("tr", "hy", "fr", "ru"):
            # Long enough not to be joined to the story by the words of the mention.
            title = " ".join(own_words(language, outlet, i) for i in range(5)) + ": water theft"
            desk.article(outlet, title, mentions=[THEFT], language=language)
    found = look(desk, small_codebook)
    assert found.changes == ()
    assert {change.item for change in found.of_one_story} == {"filling/theft"}


def test_a_silent_outlet_is_no_change(small_codebook: Codebook) -> None:
    desk = Desk()
    for ago in range(29):
        for outlet in ("north", "south", "world"):
            fill(desk, ago=ago, outlet=outlet, n=6, wording=FILLING)
        if ago:
            for outlet in ("sun", "sea", "storm"):
                fill(desk, ago=ago, outlet=outlet, n=6, wording=THEFT)
    assert [change for change in find(desk, small_codebook) if change.difference < 0 and "theft" in change.item] == []


def test_noise_is_no_change(small_codebook: Codebook) -> None:
    told = 0
    for seed in range(20):
        rng, desk = random.Random(seed), Desk()
        for ago in (0, 7, 14, 21, 28):
            for outlet in ("north", "south", "world"):
                for i in range(6):
                    wording = THEFT if rng.random() < 0.4 else FILLING
                    title = f"{own_words(seed, ago, outlet, i)}: {wording[2]}"
                    desk.article(outlet, title, ago=ago, mentions=[wording])
        told += bool(find(desk, small_codebook))
    # The test holds its level: at most 5 % of days by chance, and the rules on outlets come on top.
    assert told <= 2


def test_without_history_nothing_is_tested(small_codebook: Codebook) -> None:
    desk = Desk()
    fill(desk, ago=0, outlet="north", n=20, wording=THEFT)
    cases = find_cases(desk.tables(), WINDOW, sided=[])
    assert find_changes(cases, small_codebook, names={}, random_state=0) == Found()


def test_days_known_only_from_a_first_poll_are_no_history() -> None:
    desk = Desk()
    for ago in range(1, 9):
        desk.article("north", "Old news of a new feed", ago=ago, first_poll=True)
    assert find_cases(desk.tables(), WINDOW, sided=[]).baseline.history == ()
