"""Agreement of codings in the store, the gate it is for the summary, and the audit that corrects the shares."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from framewire.records import CodedNarrative, CodingOrigin
from framewire.store import get_queue_items, reading
from framewire.summarise.audit import AuditedArticle, compare_audited, correct_share
from framewire.workflow.agreement import MIN_UNITS, with_stored_agreement
from framewire.workflow.audit import read_audited
from framewire.workflow.models import load_model_in_use
from framewire.workflow.review_queue import offer_audit
from framewire.workflow.workspace import Workspace
from review_cases import AT, code, codings_of, copy_watch, review, spans_of
from test_cli import invoke, trained

__all__ = ["trained"]

THEFT = CodedNarrative("water_theft", accused="norland")
NEGLECT = CodedNarrative("neglect")


@pytest.fixture(scope="module")
def filled(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Fifty-four passages of eighteen articles; not to be changed."""
    return copy_watch(trained, tmp_path_factory.mktemp("filled") / "watch", n=18)


@pytest.fixture
def watch(filled: Workspace, tmp_path: Path) -> Workspace:
    import shutil

    from framewire.workflow.workspace import open_workspace

    shutil.copytree(filled.config.folder, tmp_path / "watch")
    return open_workspace(tmp_path / "watch")


def test_agreement_counts_blind_codings_and_marks_what_is_low(watch: Workspace) -> None:
    folder = str(watch.config.folder)
    alone = invoke("agreement", "-w", folder)
    assert alone.exit_code == 1
    assert "no passage was coded by two coders without seeing labels" in alone.output
    for article in range(1, 13):
        for coder, says in (("anna", THEFT), ("ben", NEGLECT if article % 2 else THEFT)):
            code(watch, spans_of(watch, article)[1], coder=coder, narratives=[says])
    code(watch, spans_of(watch, 13)[1], coder="anna", narratives=[THEFT], blind=False)
    code(watch, spans_of(watch, 13)[1], coder="ben", narratives=[THEFT], blind=False)
    rows = {row["category"]: row for row in json.loads(invoke("agreement", "-w", folder, "--json").output)}
    assert rows["water_theft"]["units"] == 12
    assert rows["water_theft"]["note"] == "below 0.667"
    assert rows["water_theft"]["low"] is not None
    seen = json.loads(invoke("agreement", "-w", folder, "--json", "--with-seen").output)
    assert next(row for row in seen if row["category"] == "water_theft")["units"] == 13
    pairs = json.loads(invoke("agreement", "-w", folder, "--json", "--by", "coders").output)
    assert {row["coders"] for row in pairs} == {"anna - ben", "model - anna", "model - ben"}
    languages = json.loads(invoke("agreement", "-w", folder, "--json", "--by", "language").output)
    assert {row["language"] for row in languages} == {"en"}


@pytest.mark.parametrize("n", [1, 2, 9, 10])
def test_a_handful_of_units_is_not_judged(watch: Workspace, n: int) -> None:
    for article in range(1, n + 1):
        for coder, says in (("anna", THEFT), ("ben", NEGLECT if article % 2 else THEFT)):
            code(watch, spans_of(watch, article)[1], coder=coder, narratives=[says])
    folder = str(watch.config.folder)
    rows = {row["category"]: row for row in json.loads(invoke("agreement", "-w", folder, "--json").output)}
    assert all(row["units"] == n for row in rows.values())
    theft = rows["water_theft"]
    if n < 10:
        assert {row["note"] for row in rows.values()} == {"too few: 10 units are needed"}
        assert {row[name] for row in rows.values() for name in ("alpha", "low", "high")} == {None}
        assert "too few: 10 units are needed" in invoke("agreement", "-w", folder).output
    else:
        assert theft["note"] == "below 0.667"
        assert theft["alpha"] < 0.667


def test_files_are_compared_by_id(watch: Workspace, tmp_path: Path) -> None:
    line = {"text": "x", "relevant": True}
    for name, carried in (("a", ["neglect", "neglect", ""]), ("b", ["neglect", "", ""])):
        lines = [line | {"id": str(i), "narratives": [{"id": n}] if n else []} for i, n in enumerate(carried)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "c.jsonl").write_text(json.dumps(line | {"id": "other", "narratives": []}), encoding="utf-8")
    ask = ("agreement", "-w", str(watch.config.folder), "--json", "--files", str(tmp_path / "a.jsonl"))
    rows = json.loads(invoke(*ask, str(tmp_path / "b.jsonl")).output)
    assert [(row["units"], row["alpha"]) for row in rows] == [(3, None)] * 3
    apart = invoke(*ask, str(tmp_path / "c.jsonl"))
    assert apart.exit_code == 1
    assert "have no passage id in common" in apart.output


def test_enough_stored_agreement_takes_the_place_of_the_cards(watch: Workspace) -> None:
    card = {"version": "1", "agreement": {"narratives": {"water_theft": {"alpha": 0.9}, "neglect": {"alpha": 0.8}}}}
    spans = [span for article in range(1, 19) for span in spans_of(watch, article)]
    for place, span in enumerate(spans[: MIN_UNITS - 1]):
        for coder in ("anna", "ben"):
            code(watch, span, coder=coder, narratives=[THEFT] if (place + (coder == "ben")) % 2 else [])
    assert with_stored_agreement(watch, card) == card
    for coder in ("anna", "ben"):
        code(watch, spans[MIN_UNITS - 1], coder=coder, narratives=[])
    told = with_stored_agreement(watch, card)
    assert told is not None
    assert told["agreement"]["narratives"]["water_theft"]["n"] == MIN_UNITS
    assert told["agreement"]["narratives"]["water_theft"]["alpha"] < 0
    assert card["agreement"]["narratives"]["water_theft"] == {"alpha": 0.9}, "the card itself stays"
    assert with_stored_agreement(watch, None) is None


def test_a_second_coder_is_offered_what_the_first_coded_blind(watch: Workspace) -> None:
    span = spans_of(watch, 1)[1]
    code(watch, span, coder="anna", narratives=[THEFT])
    code(watch, spans_of(watch, 2)[1], coder="anna", blind=False)
    (row,) = json.loads(review(watch, "queue", "--strategy", "second", "--json", "--coder", "ben").output)
    assert row["item"].startswith("1.0:")
    assert row["blind"]


def test_the_audit_is_offered_whole_and_blind_and_its_codings_correct_shares(watch: Workspace) -> None:
    in_use = load_model_in_use(watch, AT)
    assert offer_audit(watch, [1, 2], day="2026-11-23", now=AT) == 2
    assert offer_audit(watch, [1, 2], day="2026-11-23", now=AT) == 0
    offered = json.loads(review(watch, "queue", "--strategy", "audit", "--json", "--coder", "anna").output)
    assert sorted(row["item"].partition(":")[0] for row in offered) == ["1", "2"]
    assert all(row["blind"] for row in offered)
    review(watch, "fix", "1", "neglect=asserted", "--coder", "anna")
    assert {(c.origin, c.blind) for c in codings_of(watch)} == {(CodingOrigin.AUDIT, True)}
    (audited,) = read_audited(watch, in_use)
    assert audited.coded == {("neglect", "")}
    assert ("water_theft", "norland") in audited.labelled
    assert read_audited(watch, replace(in_use, name="another")) == ()
    review(watch, "fix", "1", "-neglect", "--coder", "anna", at=AT + timedelta(hours=1))
    assert read_audited(watch, in_use)[0].coded == {("neglect", "")}, "the coder has seen the labels by then"
    with reading(watch.readonly_engine) as conn:
        assert all(
            item.done_at is None
            for item in get_queue_items(conn)
            if item.version_id == spans_of(watch, 2)[0].version_id
        )


def test_audited_articles_become_pairs_for_the_corrected_share() -> None:
    both, none, missed = (("a", ""),), (), (("a", ""),)
    articles = [AuditedArticle(frozenset(both), frozenset(both))] * 40
    articles += [AuditedArticle(frozenset(none), frozenset(none))] * 50
    articles += [AuditedArticle(frozenset(none), frozenset(missed))] * 10
    found = correct_share(30, 100, compare_audited(articles, ("a", "")))
    assert found is not None
    assert found.share == pytest.approx(0.3 * 1 + 0.7 * 10 / 60)
    assert correct_share(30, 100, compare_audited(articles[:99], ("a", ""))) is None
