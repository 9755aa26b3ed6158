"""Two models' labels of one store: movements told as of two folders, planted parts found, what one alone labelled left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from framewire.errors import InputError, ModelMissing
from framewire.records import ArticleVersion, LabelledVersion, Voice
from framewire.store import (
    PROMOTED,
    Extract,
    LabelledBy,
    add_codebook,
    add_event,
    add_labels,
    add_model,
    claim_every_version_to_label,
    count_labelled_by,
    get_models,
    iter_article_rows,
    iter_narrative_rows,
    reading,
    transaction,
)
from framewire.workflow.decomposition import COLUMNS, Span
from framewire.workflow.relabelled import decompose_store
from framewire.workflow.workspace import Workspace, init_workspace, open_workspace
from store_cases import add_pair, entry, labelled, poll

OLD, NEW, UNUSED = "dam/1-old", "dam/2-new", "dam/3-unused"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
N_DAYS, PER_DAY = 5, 10
BEFORE = Span(date(2026, 3, 1), date(2026, 3, 5))
AFTER = Span(date(2026, 3, 6), date(2026, 3, 10))
# The planted shares of a narrative: how many of ten articles a day carry it by each model in each period.
PLANTED = {OLD: (2, 4), NEW: (3, 6)}


@pytest.fixture
def here(tmp_path: Path, store_url: str) -> Iterator[Workspace]:
    """A workspace on an empty store of either kind."""
    seeds = tmp_path / "seeds"
    (seeds / "passages").mkdir(parents=True)
    (seeds / "codebook.yaml").write_bytes(Path(__file__).with_name("small_codebook.yaml").read_bytes())
    init_workspace(tmp_path / "watch", seeds=seeds)
    settings = tmp_path / "watch" / "framewire.toml"
    settings.write_text(f'database = "{store_url}"\n{settings.read_text()}')
    opened = open_workspace(tmp_path / "watch")
    yield opened
    opened.engine.dispose()
    opened.readonly_engine.dispose()


def add_used_model(conn: Connection, name: str, *, version: int = 1) -> dict[str, int]:
    """The rows of a model that was promoted, with a codebook of its own."""
    at = START + timedelta(days=version)
    about = {"codebook": {"id": "dam", "version": version}, "version": name, "passages": {"n": 1}}
    model = add_model(conn, name=name, digest=name, card=about, now=at)
    add_event(conn, model, what=PROMOTED, now=at, by="tester", why="it is newer")
    codebook = add_codebook(conn, codebook_id="dam", version=version, digest=f"book {version}", text="", now=at)
    return {"codebook_row_id": codebook, "model_row_id": model}


def say(version: ArticleVersion, *, carries: bool, wording: str = "one") -> LabelledVersion:
    """Labels of a version: one mention, and the narrative or not."""
    one = labelled(version)
    label = one.passages[0]
    mention = replace(label.mentions[0], wording=wording)
    narratives = (replace(label.narratives[0], voice=Voice.ASSERTED),) if carries else ()
    return replace(one, passages=(replace(label, mentions=(mention,), narratives=narratives),))


def add_days(conn: Connection, n_days: int = 2 * N_DAYS, *, first: int = 0) -> None:
    """Ten articles a day; the number of an article within its day is the last digit of its headline."""
    for day in range(first, first + n_days):
        at = START + timedelta(days=day)
        own = [entry(f"{day}-{n}", f"Dam {day} {n}", "A body.", published_at=at) for n in range(PER_DAY)]
        poll(conn, *own, at=at)


def label_planted(conn: Connection, name: str, rows: dict[str, int], versions: Sequence[ArticleVersion]) -> None:
    """Labels as `PLANTED` has them. Half of the new model's mentions are of another wording."""
    said = []
    for version in versions:
        day, n = map(int, version.title.split()[1:3])
        wording = "two" if name == NEW and n % 2 else "one"
        said.append(say(version, carries=n < PLANTED[name][day >= N_DAYS], wording=wording))
    add_labels(conn, said, **rows, labelled_at=START + timedelta(days=20))


def claim(conn: Connection, rows: dict[str, int]) -> list[ArticleVersion]:
    return claim_every_version_to_label(conn, **rows, limit=1000)


@pytest.fixture
def both(here: Workspace) -> Workspace:
    """Ten days that both models have labelled."""
    with transaction(here.engine) as conn:
        add_days(conn)
        for number, name in enumerate((OLD, NEW), start=1):
            rows = add_used_model(conn, name, version=number)
            label_planted(conn, name, rows, claim(conn, rows))
    return here


def test_planted_parts_are_found_in_a_store(both: Workspace) -> None:
    found = decompose_store(both, None, before=BEFORE, after=AFTER)
    assert (found.old, found.new, found.notes) == (OLD, NEW, ())
    rows = {(row["kind"], row["item"]): row for row in found.rows}
    assert [tuple(row) for row in found.rows] == [COLUMNS] * 3
    narrative = rows["narrative", "blame"]
    assert [narrative[name] for name in COLUMNS[4:8]] == [0.2, 0.4, 0.3, 0.6]
    assert (narrative["total"], narrative["world"], narrative["instrument"]) == (0.4, 0.25, 0.15)
    wording = rows["wording", "two"]
    assert (wording["total"], wording["world"], wording["instrument"], wording["only_in"]) == (0.5, 0.0, 0.5, "new")
    turned = decompose_store(both, (NEW, OLD), before=BEFORE, after=AFTER)
    (row,) = [row for row in turned.rows if row["item"] == "blame"]
    assert (row["world"], row["instrument"]) == (0.25, -0.15)


def test_what_one_model_alone_has_labelled_is_left_out_and_told(both: Workspace) -> None:
    shares = decompose_store(both, None, before=BEFORE, after=AFTER).rows
    with transaction(both.engine) as conn:
        models = {row["name"]: row["id"] for row in get_models(conn, codebook_id="dam")}
        rows = {
            name: {"codebook_row_id": number, "model_row_id": models[name]}
            for number, name in enumerate((OLD, NEW), start=1)
        }
        # One article of each kind on a day that all have, and one that both know by different texts.
        for name, by in (("old", [OLD]), ("new", [NEW]), ("none", [])):
            poll(conn, entry(name, f"Dam of {name}", "A body."), at=START)
            for model in by:
                add_labels(
                    conn,
                    [say(one, carries=True) for one in claim(conn, rows[model]) if one.title == f"Dam of {name}"],
                    **rows[model],
                    labelled_at=START,
                )
        for title, model in (("Mill and its wheel", OLD), ("Bridge, and who paid for all of it", NEW)):
            poll(conn, entry("apart", title, "A body."), at=START + timedelta(minutes=len(title)))
            own = [say(one, carries=True) for one in claim(conn, rows[model]) if one.title == title]
            add_labels(conn, own, **rows[model], labelled_at=START)
    found = decompose_store(both, (OLD, NEW), before=BEFORE, after=AFTER)
    assert found.rows == shares
    assert found.notes == (
        f"2026-03-01 to 2026-03-05: 50 articles have labels by both; left out: 1 by {OLD} alone; 1 by {NEW} alone; "
        "1 by both, but no text of theirs by both; 1 by neither",
    )


def test_of_an_article_that_changed_the_newest_text_counts_that_both_know(here: Workspace) -> None:
    with transaction(here.engine) as conn:
        rows = {name: add_used_model(conn, name, version=n) for n, name in enumerate((OLD, NEW), start=1)}
        for number, (title, by) in enumerate(
            [
                ("Dam one", (OLD, NEW)),
                ("Mill two, and nobody else", (OLD, NEW)),
                ("Bridge three, another story", (NEW,)),
            ]
        ):
            poll(conn, entry("a", title, "A body."), at=START + timedelta(hours=number))
            for name in by:
                add_labels(
                    conn,
                    [say(v, carries=name == OLD) for v in claim(conn, rows[name])],
                    **rows[name],
                    labelled_at=START,
                )
    with reading(here.engine) as conn:
        of_both = Extract(models=(OLD, NEW))
        (row,) = iter_article_rows(conn, of_both)
        assert (row["title"], row["n_versions"], row["model"]) == ("Mill two, and nobody else", 2, OLD)
        assert [row["narrative"] for row in iter_narrative_rows(conn, of_both)] == ["blame"]
        assert list(iter_narrative_rows(conn, replace(of_both, models=(NEW, OLD)))) == []
        (newest,) = iter_article_rows(conn, Extract())
        assert (newest["title"], newest["model"]) == ("Bridge three, another story", NEW)
        assert count_labelled_by(conn, Extract(), OLD, NEW) == LabelledBy(both=1)


def test_a_model_that_was_built_anew_is_one(both: Workspace) -> None:
    """Its labels after are by another row under the same name."""
    with transaction(both.engine) as conn:
        add_days(conn, 1, first=2 * N_DAYS)
        again = add_model(conn, name=OLD, digest="built anew", card={"codebook": {"id": "dam"}}, now=START)
        for name, rows in (
            (OLD, {"codebook_row_id": 1, "model_row_id": again}),
            (NEW, {"codebook_row_id": 2, "model_row_id": 2}),
        ):
            day = [one for one in claim(conn, rows) if one.title.startswith(f"Dam {2 * N_DAYS} ")]
            label_planted(conn, name, rows, day)
    longer = Span(AFTER.first, AFTER.last + timedelta(days=1))
    found = decompose_store(both, (OLD, NEW), before=BEFORE, after=longer)
    assert found.notes == ()
    (row,) = [row for row in found.rows if row["item"] == "blame"]
    assert row["old_after"] == 0.4


FAULTS: list[tuple[tuple[str, str], dict[str, Span], str]] = [
    (("old", "new"), {}, "no model old of codebook 'dam'"),
    (("1-old", "2-new"), {"before": AFTER, "after": BEFORE}, "overlap"),
    (("1-old", "1-old"), {}, "name two models"),
    (("1-old", "3-unused"), {}, f"{UNUSED} has labelled nothing"),
    (("1-old", "rules"), {}, "rules has labelled nothing"),
    (("1-old", "2-new"), {"after": Span(date(2026, 4, 1), date(2026, 4, 9))}, "no article counts in 2026-04-01"),
]


def test_what_cannot_be_told_is_refused(both: Workspace) -> None:
    with transaction(both.engine) as conn:
        card = {"codebook": {"id": "dam", "version": 3}, "version": UNUSED, "passages": {"n": 1}}
        add_model(conn, name=UNUSED, digest=UNUSED, card=card, now=START)
    for named, spans, words in FAULTS:
        with pytest.raises((InputError, ModelMissing), match=words):
            decompose_store(both, named, **{"before": BEFORE, "after": AFTER, **spans})


def test_one_model_alone_or_none(here: Workspace) -> None:
    with transaction(here.engine) as conn:
        add_days(conn, 1)
    with pytest.raises(InputError, match="no model has labels in this store"):
        decompose_store(here, None, before=BEFORE, after=AFTER)
    with transaction(here.engine) as conn:
        rows = add_used_model(conn, NEW)
        label_planted(conn, NEW, rows, claim(conn, rows))
        add_labels(conn, [], **add_pair(conn), labelled_at=START)
    with pytest.raises(InputError, match=f"{NEW} alone has labels in this store"):
        decompose_store(here, None, before=BEFORE, after=AFTER)


def test_models_that_labelled_nothing_in_common(here: Workspace) -> None:
    with transaction(here.engine) as conn:
        add_days(conn)
        for number, name in enumerate((OLD, NEW), start=1):
            rows = add_used_model(conn, name, version=number)
            own = [one for one in claim(conn, rows) if (int(one.title.split()[1]) >= N_DAYS) == (name == NEW)]
            label_planted(conn, name, rows, own)
    with pytest.raises(InputError, match=f"no article has labels by both {OLD} and {NEW}: 50 by {OLD} alone") as told:
        decompose_store(here, None, before=BEFORE, after=AFTER)
    assert "framewire model promote" in str(told.value)
