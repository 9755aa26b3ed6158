"""A whole summary: its sections in every state of the data, and that it says nothing it does not know."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from framewire.codebook import Codebook
from framewire.summarise import (
    Summary,
    build_numbers,
    build_summary,
    render_html,
    render_json,
    render_markdown,
    render_text,
)
from framewire.summarise.audit import AuditedArticle
from framewire.summarise.summary import NO_CHANGE, TOO_EARLY
from summarise_cases import NOW, WINDOW, Desk, Mention, own_words

THEFT: Mention = ("filling", "theft", "water theft")
FILLING: Mention = ("filling", "filling", "planned filling")
BY_NORLAND = {"narrative": "water_theft", "accused": "norland", "evidence": ["rule: water theft"]}
CARD: dict[str, Any] = {
    "version": "1-abc",
    "passages": {"n": 96},
    "thresholds": {"water_theft": 0.6},
    "cross_validation": {
        "narratives": {
            "by_id": {
                "water_theft": {"precision": 0.5, "recall": 0.25, "support": 40},
                "lawful_use": {"precision": 1.0, "recall": 0.5, "support": 20},
                "neglect": {"precision": 0.0, "recall": 0.0, "support": 0},
            }
        },
        "relevance": {"precision": 0.91, "recall": 0.82},
        "voice": {"macro_f1": 0.7},
        "accused": {"accuracy": None},
    },
}


def build(desk: Desk, codebook: Codebook, **other: Any) -> Summary:
    settings: dict[str, Any] = {"title": "Dam watch", "now": NOW, "model_card": CARD, "model_error": None}
    return build_summary(desk.tables(), codebook, WINDOW, **(settings | other))


def with_history(desk: Desk) -> Desk:
    for ago in range(1, 29):
        for outlet in ("north", "south", "world"):
            title = f"Of the planned filling {own_words(ago, outlet)}"
            desk.article(outlet, title, "Gauges were read.", ago=ago, mentions=[FILLING])
    return desk


def test_no_articles(small_codebook: Codebook) -> None:
    summary = build(Desk(), small_codebook)
    assert summary.subject == "Dam watch: Mon 23 Nov 2026 · too little history to compare · 0 articles"
    assert (summary.headline, summary.n_articles, summary.changes) == (TOO_EARLY, 0, ())
    assert (summary.referents, summary.narratives, summary.reading, summary.checks) == ((), (), (), ())
    assert summary.emerging is None
    assert "0 of 28 days of history" in summary.comparison.line
    assert build_numbers(summary)["n"].tolist() == [0]


def test_one_article(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.article(
        "north",
        "Talk of water theft",
        "The fields lie dry, and farmers speak of it as robbery.",
        mentions=[THEFT],
        narratives=[BY_NORLAND],
    )
    summary = build(desk, small_codebook)
    assert "1 article" in summary.subject
    (table,) = summary.referents
    (row,) = table.rows
    assert (row.title, row.share.n, row.share.total, row.share.share) == ("water theft", 1, 1, None)
    (item,) = summary.reading
    assert (item.where, item.confidence, item.labels) == (
        "1.0",
        "likely",
        ("Water theft, laid to Norland (asserted)", "“water theft” (asserted)"),
    )
    assert summary.unnamed == ("The name of the lake",)


def test_a_day_like_the_others_has_no_notable_change(small_codebook: Codebook) -> None:
    desk = with_history(Desk())
    for outlet in ("north", "south", "world"):
        for i in range(4):
            desk.article(outlet, f"Of the planned filling {own_words(outlet, i)}", mentions=[FILLING])
    summary = build(desk, small_codebook)
    assert (summary.headline, summary.comparison.line) == (NO_CHANGE, "the last 4 Mondays")
    assert summary.comparison.tested >= 1
    assert summary.health.usual == (3, 3)


def test_a_change_leads_the_subject_and_its_articles_are_read_first(small_codebook: Codebook) -> None:
    desk = with_history(Desk())
    for outlet in ("north", "south", "world"):
        for i in range(4):
            title = f"Wells {own_words(outlet, i)}"
            lead = own_words("lead", outlet, i)
            desk.article(outlet, title, f"{lead}\n\nThey call it water theft here.", mentions=[THEFT])
        desk.article(outlet, "More", "The planned filling.", mentions=[FILLING, FILLING])
    summary = build(desk, small_codebook, max_articles=6)
    assert summary.headline == "“water theft” up 80 points"
    assert summary.subject == "Dam watch: Mon 23 Nov 2026 · “water theft” up 80 points · 15 articles"
    assert len(summary.reading) == 6
    assert [item.group for item in summary.reading] == ["norland", "sudland", "world"] * 2
    assert all("Wells" in item.title for item in summary.reading)
    assert all("water theft" in [piece.text for piece in item.evidence if piece.strong] for item in summary.reading)


def test_the_subject_holds_no_text_of_a_feed(small_codebook: Codebook) -> None:
    desk = with_history(Desk())
    desk.article("north", "BUY NOW\r\nBcc: everyone", mentions=[("filling", "theft", "BUY")])
    summary = build(desk, small_codebook, title="Dam\r\nBcc: watch")
    assert "BUY" not in summary.subject
    assert not set("\r\n") & set(summary.subject + summary.preheader + summary.headline)


def test_copies_are_shown_once_with_their_number(small_codebook: Codebook) -> None:
    desk = Desk()
    wire = "The League of Rivers asked both banks to stop all talk of water theft before the spring, officials said."
    for i, outlet in enumerate(("north", "south", "world")):
        desk.article(outlet, "League calls", wire, mentions=[THEFT], hour=i, copy_of=1 if i else None)
    summary = build(desk, small_codebook)
    (item,) = summary.reading
    assert (item.n_copies, summary.health.n_copies) == (2, 2)
    (row,) = summary.referents[0].rows
    assert (row.share.n, row.once.n) == (3, 1)


def test_a_story_shows_who_says_what(small_codebook: Codebook) -> None:
    desk = Desk()
    for outlet, surface, wording, voice in (
        ("north", "planned filling", "filling", "asserted"),
        ("south", "water theft", "theft", "attributed"),
        ("world", "water theft", "theft", "scare_quoted"),
    ):
        lead = (
            f"On Monday morning the water board of {outlet} opened the spillway of the dam after heavy rain: {surface}."
        )
        desk.article(outlet, "Spillway of the dam opened", lead, mentions=[("filling", wording, surface, voice)])
    (story,) = build(desk, small_codebook).stories
    assert (story.n_outlets, story.contrast) == (3, ("the filling of the lake",))
    assert [(article.group, article.wordings) for article in story.articles] == [
        ("norland", ("“filling”",)),
        ("sudland", ("“water theft” (quoted)",)),
        ("world", ("“water theft” (quoted)",)),
    ]


def test_copies_whose_original_does_not_count_are_counted_once(small_codebook: Codebook) -> None:
    desk = Desk()
    original = desk.article("world", "League calls", "Of no subject.")
    for outlet in ("north", "south", "east"):
        desk.article(outlet, "League calls", "They stop all talk of water theft.", mentions=[THEFT], copy_of=original)
    desk.article("west", "League calls", "They stop all talk of water theft.", mentions=[THEFT], copy_of=99)
    summary = build(desk, small_codebook)
    (row,) = summary.referents[0].rows
    assert (row.share.n, row.once.n, summary.health.n_copies) == (4, 2, 2)


REVISIONS = [
    ("Old words on the planned filling", "New words on the planned filling", {}, None, "a word of six"),
    ("Old  words", " Old words ", {}, None, "layout"),
    ("“Old” words", '"OLD" words | The North', {}, None, "what nobody reads"),
    (
        "Board opens dam",
        "Water rises at last",
        {},
        ("100\u00a0% of the words of both headlines differ",),
        "another headline",
    ),
    (
        "Board speaks of water theft",
        "Board speaks of the filling",
        {"old_wordings": ["filling:theft"], "new_wordings": ["filling:filling"]},
        ("no longer “water theft”", "now “filling”"),
        "another wording",
    ),
    (
        "Board speaks of water theft",
        "Board speaks of the theft",
        {"old_narratives": ["water_theft"], "new_narratives": []},
        ("no longer: Water theft",),
        "a narrative that is gone",
    ),
    (
        "Board speaks of water theft",
        "Board speaks of the theft",
        {"old_narratives": ["water_theft"]},
        None,
        "the new headline has no labels yet",
    ),
    (
        "Board speaks of water theft",
        "Board speaks of the theft",
        {"old_narratives": ["water_theft"], "new_narratives": ["water_theft"], "old_wordings": [], "new_wordings": []},
        None,
        "nothing that is labelled changed",
    ),
]


@pytest.mark.parametrize(("old", "new", "labels", "why", "reason"), REVISIONS)
def test_which_changed_headlines_are_shown(
    small_codebook: Codebook, old: str, new: str, labels: dict[str, list[str]], why: tuple[str, ...] | None, reason: str
) -> None:
    desk = Desk()
    relevant = desk.article("north", new, "On the planned filling.", mentions=[FILLING])
    desk.revision(relevant, old, new, **labels)
    told = [item.why for item in build(desk, small_codebook).revisions]
    assert told == ([why] if why else []), reason


def test_changed_headlines_of_articles_on_the_subject(small_codebook: Codebook) -> None:
    desk = Desk()
    relevant = desk.article("north", "Water rises at last", "On the planned filling.", mentions=[FILLING])
    other, once = desk.article("north", "Sports"), desk.article("south", "Board speaks")
    desk.revision(relevant, "Board opens dam", "Water rises at last")
    desk.revision(other, "Sport", "Weather")
    desk.revision(once, "Board speaks of theft", "Board speaks", old_wordings=["filling:theft"], new_wordings=[])
    summary = build(desk, small_codebook)
    assert [item.outlet for item in summary.revisions] == ["The South", "The North"]
    assert [piece.text.strip() for piece in summary.revisions[0].old if piece.strong] == ["speaks of theft"]
    assert (summary.health.n_revisions, summary.health.n_headlines_changed) == (3, 3)


def test_the_least_sure_passages_are_to_be_checked(small_codebook: Codebook) -> None:
    desk = Desk()
    for score, state in ((0.95, "labelled"), (0.62, "labelled"), (0.3, "abstained"), (0.55, "abstained")):
        desk.article(
            "north", f"Words of {score} on water theft", narratives=[BY_NORLAND | {"score": score, "state": state}]
        )
    desk.article("north", "By rules", narratives=[BY_NORLAND | {"state": "rules-only"}])
    checks = build(desk, small_codebook).checks
    # Two are drawn for the audit, and their labels are not shown; of the others those left open come first.
    drawn = {check.where for check in checks if "drawn" in check.why}
    assert [check.where for check in checks[:-2]] == [f"{n}.0" for n in (4, 3, 2, 1) if str(n) not in drawn]
    assert "Water theft" not in "".join(check.question for check in checks if "drawn" in check.why)
    assert checks[0].question == "Is this “Water theft, laid to Norland”?"
    assert [check.why.startswith("drawn at random") for check in checks[-3:]] == [False, True, True]
    assert len(drawn) == 2


def test_a_check_asks_one_thing_that_yes_or_no_answers(small_codebook: Codebook) -> None:
    desk = Desk()
    left_open = {"score": 0.3, "state": "abstained"}
    for i in range(4):
        told = [BY_NORLAND | left_open, *([{"narrative": "neglect", **left_open}] if i % 2 else [])]
        desk.article("north", f"Words {i} on water theft", narratives=told)
    for _ in range(2):
        desk.article("north", "Nothing on it")
    checks = [check for check in build(desk, small_codebook).checks if not check.is_audit]
    assert checks
    assert {check.where for check in checks} <= {"1.0", "3.0"}
    assert {check.narrative for check in checks} == {"water_theft"}


def test_the_draw_does_not_depend_on_the_order_in_which_articles_were_stored(small_codebook: Codebook) -> None:
    told = []
    for order in (range(8), reversed(range(8))):
        desk = Desk()
        for n in order:
            desk.article(
                "north", f"Report {n} on water theft", url=f"https://north.example/{n}", narratives=[BY_NORLAND]
            )
        told.append([(check.url, check.is_audit) for check in build(desk, small_codebook).checks])
    assert told[0] == told[1]


def test_at_most_four_and_two_to_check_the_same_ones_each_time(small_codebook: Codebook) -> None:
    desk = Desk()
    for i in range(30):
        desk.article("north", f"Words {i} on water theft", narratives=[BY_NORLAND | {"score": 0.6 + i / 100}])
    first, second = (build(desk, small_codebook).checks for _ in range(2))
    assert first == second
    assert [check.why.startswith("drawn") for check in first] == [False] * 4 + [True] * 2
    assert len({check.where for check in first}) == 6


def test_silence_is_explained(small_codebook: Codebook) -> None:
    desk = with_history(Desk())
    desk.article("north", "Of the planned filling", mentions=[FILLING])
    desk.feed("north")
    desk.feed("south")
    desk.feed("world", status="timeout", message="no answer in 30 s", succeeded=False)
    desk.cover("north", "as usual", n=1)
    desk.cover("south", "quiet", usual=3.0)
    desk.cover("world", "dead", usual=None)
    desk.cover("rarely", "as usual", usual=0.0)
    health = build(desk, small_codebook).health
    assert (health.n_feeds, health.n_answered) == (3, 2)
    (failing,) = health.failing
    assert (failing.outlet, failing.reason, failing.since) == ("The World", "timeout: no answer in 30 s", None)
    assert [(item.outlet, item.why, item.usual) for item in health.silent] == [
        ("The South", "quiet: why quiet", 3.0),
        ("The World", "dead: why dead", None),
    ]


def test_what_was_read_in_part_is_named_and_a_pause_of_ours_is_told_once(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.cover("north", "overrun", n=4)
    desk.cover("south", "partly asked", n=2, hours_down=5.5)
    desk.cover("world", "new", n=1)
    health = build(desk, small_codebook).health
    assert [(item.outlet, item.why) for item in health.partial] == [("The North", "overrun: why overrun")]
    assert (health.hours_down, health.silent) == (5.5, ())


def test_outlets_silent_for_the_very_same_reason_share_a_line(small_codebook: Codebook) -> None:
    desk = Desk()
    for outlet, usual in (("north", 2.0), ("south", 1.5), ("nowhere", None)):
        desk.cover(outlet, "not asked", usual=usual)
    (silent,) = build(desk, small_codebook).health.silent
    assert (silent.outlet, silent.group, silent.usual) == ("The North, The South, The Nowhere", "norland, sudland", 3.5)


def test_a_feed_that_answered_in_the_window_and_fails_now(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.feed("north", status="http error", message="503", succeeded=False)
    poll = {"poll_id": 1, "url": "http://north.example/rss", "outlet": "north", "status": "ok", "seconds": 1.0}
    counts = dict.fromkeys(("n_entries", "n_new", "n_changed", "n_skipped", "n_dropped"), 0)
    desk.rows["polls"].append(poll | counts | {"started_at": WINDOW.start + timedelta(hours=8)})
    health = build(desk, small_codebook).health
    assert health.n_answered == 1
    assert [feed.since for feed in health.failing] == [WINDOW.start + timedelta(hours=8)]


def test_what_was_not_labelled_is_counted_apart(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.article(
        "north", "Su hırsızlığı", language="tr", state="rules-only", narratives=[BY_NORLAND | {"state": "rules-only"}]
    )
    desk.article("north", "Vol d'eau", language="fr", state="rules-only")
    desk.article("north", "", state="not-extracted")
    desk.article("north", "Later", state="unlabelled")
    desk.article("north", "Open", narratives=[BY_NORLAND | {"state": "abstained"}])
    desk.article("north", "When?", first_poll=True, published_at=None)
    summary = build(desk, small_codebook)
    health = summary.health
    assert (health.n_not_extracted, health.n_unlabelled, health.n_abstained, health.n_undated) == (1, 1, 1, 1)
    assert summary.n_articles == 5
    assert summary.languages == (
        "fr: 1 article, labelled not at all: no patterns for it",
        "tr: 1 article, labelled by the codebook's patterns only",
    )
    assert [(row.label, row.share.n, row.share.total) for row in summary.narratives] == [("Water theft", 1, 2)]
    assert summary.reading[0].confidence == "by rules"


def test_words_that_mix_scripts_are_counted_by_outlet_beside_the_days_before(small_codebook: Codebook) -> None:
    desk = Desk()
    mixed = desk.article("north", "Of water theft by the l\u0430ke", mentions=[THEFT])
    desk.article("north", "Of water theft", mentions=[THEFT])
    desk.article("south", "Of water theft", mentions=[THEFT])
    for ago in range(1, 12):
        desk.article(
            "north", "Of water theft by the l\u0430ke" if ago == 5 else "Of water theft", ago=ago, mentions=[THEFT]
        )
    summary = build(desk, small_codebook)
    (item,) = summary.health.mixing
    assert (item.outlet, item.article, summary.health.n_mixing_scripts) == ("The North", mixed, 1)
    assert ((item.share.n, item.share.total), (item.before.n, item.before.total)) == ((1, 2), (1, 11))
    told = "1 article on the subject with words that mix scripts by letters that look alike: The North 1 of 2 (before: 1 of 11, 9 %)."
    for render in (render_text, render_html, render_markdown):
        assert told in " ".join(render(summary).replace("\u00a0", " ").replace("&nbsp;", " ").split())


def test_without_words_that_mix_scripts_nothing_is_told(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.article("north", "Of water theft", mentions=[THEFT])
    assert "mix scripts" not in render_text(build(desk, small_codebook))


def test_an_outlet_without_group_counts(small_codebook: Codebook) -> None:
    desk = Desk()
    desk.article("north", "Of water theft", mentions=[THEFT])
    desk.article("x", "Of water theft", mentions=[THEFT], group=None)
    (row,) = build(desk, small_codebook).referents[0].rows
    assert [(group, share.n) for group, share in row.groups] == [("no group", 1), ("norland", 1)]


def test_the_method_says_how_good_the_model_was_and_on_what(small_codebook: Codebook) -> None:
    text = " ".join(build(Desk(), small_codebook).method.lines)
    # 10 of 40 and 10 of 20 found; 20 and 10 said.
    assert "narratives precision 0.67, recall 0.33" in text
    assert "on the passages that it learnt from, not on the coverage shown here" in text
    assert "relevance precision 0.91, recall 0.82" in text


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (None, "by the codebook's indicator patterns alone"),
        ({}, "by the codebook's indicator patterns alone"),
        ({"version": "1", "passages": {"n": 5}, "cross_validation": None}, "was not cross-validated"),
    ],
)
def test_the_method_says_what_was_not_measured(small_codebook: Codebook, card: dict[str, Any], words: str) -> None:
    method = build(Desk(), small_codebook, model_card=card, model_error="the manifest\nis gone").method
    assert words in " ".join(method.lines)
    assert method.model_error == "the manifest — is gone"


def test_the_digest_knows_all_but_the_time_of_making(small_codebook: Codebook) -> None:
    desk = with_history(Desk())
    desk.article("north", "Of water theft", mentions=[THEFT])
    first = build(desk, small_codebook)
    later = build(desk, small_codebook, now=NOW + timedelta(hours=5))
    assert first.digest == later.digest
    assert replace(first, headline="another").digest != first.digest
    desk.article("north", "Off the subject")
    assert build(desk, small_codebook).digest != first.digest


def test_the_order_of_the_rows_changes_nothing(small_codebook: Codebook) -> None:
    desk = with_history(Desk())
    desk.article("north", "Of water theft", mentions=[THEFT])
    desk.article("south", "Of the planned filling", mentions=[FILLING], narratives=[BY_NORLAND])
    before = build(desk, small_codebook).digest
    for rows in desk.rows.values():
        rows.reverse()
    assert build(desk, small_codebook).digest == before


def test_the_json_holds_every_number(small_codebook: Codebook) -> None:
    desk = with_history(Desk())
    for i in range(12):
        desk.article("north", f"Of water theft {own_words(i)}", mentions=[THEFT], narratives=[BY_NORLAND])
    summary = build(desk, small_codebook)
    plain = json.loads(render_json(summary))
    assert (plain["digest"], plain["n_articles"], plain["day"]) == (summary.digest, 12, "2026-11-23")
    table = build_numbers(summary)
    assert len(plain["numbers"]) == len(table)
    row = table.query("wording == 'theft' and group == '' and voice == 'any' and copies == 'raw'").iloc[0]
    assert (row["n"], row["total"], row["share"], row["baseline_share"]) == (12, 12, 1.0, 0.0)
    # Twelve stories count as 12 cases, by Student's quantile for eleven degrees as fewer.
    cases = 12 * (1.959964 / 2.200985) ** 2
    assert row["lo"] == pytest.approx(cases / (cases + 1.959964**2), abs=1e-6)
    assert set(table["note"]) == {"", "raw"}
    narrative = table.query(
        "narrative == 'water_theft' and accused == 'norland' and voice == 'asserted' and group == ''"
    )
    assert set(narrative["n"]) == {12}


@pytest.mark.parametrize(
    ("card", "reliable", "note"),
    [
        (None, False, "were not measured here"),
        ({"cross_validation": None}, False, "were not measured here"),
        ({"cross_validation": {"accused": {"accuracy": 0.63}}}, False, "were right in 63% of measured cases"),
        ({"cross_validation": {"accused": {"accuracy": 0.8, "n": 1000}}}, False, "were right in 80% of measured cases"),
        ({"cross_validation": {"accused": {"accuracy": 0.83, "n": 1000}}}, True, ""),
        ({"cross_validation": {"accused": {"accuracy": 0.9, "n": 20}}}, False, "were right in 90% of measured cases"),
    ],
)
def test_no_change_is_announced_on_sides_that_are_not_reliable(
    small_codebook: Codebook, card: dict[str, Any] | None, reliable: bool, note: str
) -> None:
    from framewire.summarise.method import describe_accused, is_accused_reliable
    from framewire.summarise.testable import select_testable

    assert is_accused_reliable(card) is reliable
    assert note in describe_accused(card)
    assert bool(describe_accused(card)) is not reliable
    tested = {narrative.id for narrative in select_testable(small_codebook, card).narratives}
    assert tested == {"water_theft", "lawful_use", "neglect"} - (set() if reliable else {"water_theft"})


def test_a_large_audit_prints_the_corrected_share_beside_the_raw_one(small_codebook: Codebook) -> None:
    desk = Desk()
    for i in range(20):
        own = [{"narrative": "neglect", "evidence": []}] if i < 5 else []
        title = f"Of the planned filling {own_words(i)}"
        desk.article("north", title, "Gauges were read.", mentions=[FILLING], narratives=own)
    yes = frozenset({("neglect", "")})
    audited = [AuditedArticle(yes, yes)] * 30 + [AuditedArticle(frozenset(), yes)] * 10
    audited += [AuditedArticle(frozenset(), frozenset())] * 60
    settings: dict[str, Any] = {"title": "Dam watch", "now": NOW, "model_card": CARD, "model_error": None}

    def build_with(n: int) -> Summary:
        tables = replace(desk.tables(), audited=tuple(audited[:n]))
        return build_summary(tables, small_codebook, WINDOW, **settings)

    (few,) = build_with(99).narratives
    assert few.corrected is None
    assert "99 of 100 articles audited" in render_text(build_with(99))
    summary = build_with(100)
    (row,) = summary.narratives
    assert row.corrected is not None
    assert row.share.share == pytest.approx(0.25)
    assert row.corrected.share == pytest.approx(0.25 + 0.75 * 10 / 70)
    text = " ".join(render_text(summary).split())
    assert "corrected by the audit 36" in text
    assert "Corrected by 100 audited articles where a share says so." in text
    assert "corrected by the audit 36" in render_html(summary)
    assert "(corrected 36" in render_markdown(summary)
    numbers = build_numbers(summary)
    own = numbers[(numbers["narrative"] == "neglect") & (numbers["group"] == "") & (numbers["voice"] == "any")]
    told = own[own["copies"] == "raw"].set_index("note")["share"]
    assert told["raw"] == pytest.approx(0.25)
    assert told["corrected"] == pytest.approx(row.corrected.share, abs=1e-4)
