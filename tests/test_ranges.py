"""Summaries of several days, of a part of the press, and of lists that want one of their own."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.codebook import Codebook
from framewire.mail_settings import MailList
from framewire.summarise import (
    EVERYTHING,
    Selection,
    Summary,
    build_summary,
    render_html,
    render_markdown,
    render_text,
    window_of,
)
from framewire.summarise.mail import build_subject
from framewire.summarise.numbers import list_numbers
from framewire.summarise.ranges import add_up_coverage, describe_gaps
from framewire.workflow.editions import find_window_of
from mail_server import MailServer
from summarise_cases import NOW, Desk, own_words
from test_cli import invoke
from test_send import DAY, RUN_AT, send, states, summed_up

__all__ = ["summed_up"]

ZONE = ZoneInfo("Asia/Yerevan")
WEEK = window_of(date(2026, 11, 17), zone=ZONE, n_days=7)
YEARS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@given(YEARS, st.integers(1, 40), st.sampled_from(["Europe/Paris", "Asia/Yerevan", "Pacific/Auckland"]))
def test_a_range_is_its_days_end_to_end_and_follows_the_one_before(day: date, n_days: int, zone: str) -> None:
    window = window_of(day, zone=ZoneInfo(zone), n_days=n_days)
    days = window.days()
    assert [one.day for one in days] == [day + timedelta(days=i) for i in range(n_days)]
    assert (days[0].start, days[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in pairwise(days))
    assert window.n_days == n_days
    assert window.last == days[-1].day
    assert window.before(1).end == window.start
    assert window.before(1).n_days == n_days


@pytest.mark.parametrize(
    ("first", "n_days", "name"), [("2026-11-17", 1, "2026-11-17"), ("2026-11-17", 7, "2026-11-17_2026-11-23")]
)
def test_a_window_is_called_by_its_dates(first: str, n_days: int, name: str) -> None:
    assert window_of(date.fromisoformat(first), zone=ZONE, n_days=n_days).name == name


def summarise(desk: Desk, codebook: Codebook, selection: Selection = EVERYTHING) -> Summary:
    return build_summary(
        desk.tables(),
        codebook,
        WEEK,
        title="Dam watch",
        now=NOW,
        model_card=None,
        model_error=None,
        selection=selection,
    )


def two_weeks(*, before: int = 7) -> Desk:
    """Two weeks in three outlets: filling in the first, theft in the second. Days are counted from the last one."""
    desk = Desk(WEEK.days()[-1])
    for ago in range(7 + before):
        wording = "theft" if ago < 7 else "filling"
        for outlet in ("north", "south", "west"):
            desk.article(
                outlet,
                f"{own_words(ago, outlet)} filling",
                ago=ago,
                mentions=[("filling", wording, "filling")],
                narratives=[{"narrative": "water_theft"}] if ago < 7 else [],
            )
    for outlet in ("north", "south", "west"):
        desk.feed(outlet)
    return desk


def test_a_range_counts_its_days_and_compares_with_as_many_before(small_codebook: Codebook) -> None:
    summary = summarise(two_weeks(), small_codebook)
    (table,) = summary.referents
    theft = next(row for row in table.rows if row.wording == "theft")
    assert (theft.share.n, theft.share.total, theft.before.n, theft.before.total) == (21, 21, 0, 21)
    assert summary.comparison.line == "the 7 days before, 2026-11-10 to 2026-11-16"
    assert summary.comparison.days[0] == date(2026, 11, 10)
    assert summary.subject.startswith("Dam watch: 17 to 23 November 2026 · ")
    assert {row[0] for row in list_numbers(summary)} == {"2026-11-17/2026-11-23"}
    assert summary.changes


def test_without_a_watched_range_before_nothing_is_compared(small_codebook: Codebook) -> None:
    summary = summarise(two_weeks(before=3), small_codebook)
    assert summary.comparison.basis == "none"
    assert "were not watched long enough" in summary.comparison.line
    assert summary.changes == ()


def test_a_range_is_rendered_without_the_sections_of_a_day(small_codebook: Codebook) -> None:
    summary = summarise(two_weeks(), small_codebook)
    for page in (render_html(summary), render_text(summary), render_markdown(summary)):
        lowered = page.lower()
        assert "17 to 23 november 2026" in lowered
        assert "articles to read" not in lowered
        assert "please check" not in lowered
        assert "emerging terms" not in lowered
        assert "today" not in lowered


def test_a_part_counts_its_outlets_and_things_alone(small_codebook: Codebook) -> None:
    part = Selection(frozenset({"north"}), frozenset({"filling"}), frozenset({"lawful_use"}))
    summary = summarise(two_weeks(), small_codebook, part)
    assert (summary.n_articles, summary.health.n_outlets, summary.health.n_feeds) == (7, 1, 1)
    assert summary.narratives == ()
    assert summary.unnamed == ()
    assert {number.referent for number in summary.numbers} <= {"filling", ""}


COVERED = pd.DataFrame(
    [
        {"outlet": outlet, "outlet_name": f"The {outlet}", "articles": n, "expected": 2.0, "is_gap": gap}
        | {"group": "g", "reason": reason, "detail": "", "hours_down": 0.0, "relevant": n}
        for outlet, n, reason, gap in [
            ("north", 3, "as usual", False),
            ("north", 0, "failing", True),
            ("north", 0, "failing", True),
            ("south", 0, "blocked", True),
        ]
    ]
)


def test_the_coverage_of_a_range_is_added_up_and_its_gaps_told_by_reason() -> None:
    added = add_up_coverage(COVERED).set_index("outlet")
    assert added.loc["north", ["articles", "expected", "reason"]].tolist() == [3, 6.0, "failing"]
    assert not added["is_gap"].any()
    assert describe_gaps(COVERED) == (
        "blocked: 1 outlet day (The south 1)",
        "failing: 2 outlet days (The north 2)",
    )
    assert describe_gaps(pd.DataFrame()) == ()


def test_the_subject_of_a_range_names_both_ends() -> None:
    told = {"headline": "no notable change", "n_articles": 2, "n_failing": 0}
    subject = build_subject("Dam", date(2026, 11, 30), last=date(2026, 12, 6), **told)
    assert subject == "Dam: 30 November to 6 December 2026 · no notable change · 2 articles"


@pytest.mark.parametrize(
    ("every", "day", "name"),
    [
        ("day", "2026-11-22", "2026-11-22"),
        ("week", "2026-11-22", "2026-11-16_2026-11-22"),
        ("week", "2026-11-23", None),
    ],
)
def test_a_weekly_list_gets_its_week_on_sunday(every: str, day: str, name: str | None) -> None:
    one = MailList(name="desk", to=("a@example.org",), every=every)  # type: ignore[arg-type]
    span = find_window_of(window_of(date.fromisoformat(day), zone=ZONE), one)
    assert (span.name if span else None) == name


@pytest.fixture
def watch(summed_up: Path, tmp_path: Path) -> Path:
    import shutil

    shutil.copytree(summed_up, tmp_path / "watch")
    return tmp_path / "watch"


def write_lists(watch: Path, lists: str, *, port: int = 9) -> None:
    path = watch / "framewire.toml"
    before = path.read_text().partition("\n[mail]")[0]
    mail = f'\n[mail]\nfrom = "watch@example.org"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    path.write_text(f"{before}{mail}{lists}")


def summarise_day(watch: Path, *more: str) -> Any:
    return invoke("summarise", "-w", str(watch), "--now", RUN_AT.isoformat(), *more)


def test_a_list_with_a_part_gets_its_own_summary(watch: Path) -> None:
    outlet = json.loads((watch / "out" / DAY / "summary.json").read_text())
    assert outlet["n_articles"]
    with MailServer() as server:
        write_lists(
            watch,
            '[[mail.list]]\nname = "whole"\nto = ["anna@example.org"]\n'
            '[[mail.list]]\nname = "words"\ntitle = "Words only"\nto = ["ben@example.org"]\nreferents = ["filling"]\n'
            '[[mail.list]]\nname = "weekly"\nto = ["cleo@example.org"]\nevery = "week"\n',
            port=server.port,
        )
        assert "No such file" not in summarise_day(watch, "--day", DAY).output
        own = json.loads((watch / "out" / DAY / "words" / "summary.json").read_text())
        assert own["title"] == "Words only"
        assert {table["referent"] for table in own["referents"]} <= {"filling"}
        result = send(watch, "--day", DAY)
        assert result.exit_code == 0, result.output
    assert states(watch) == {"anna": "sent", "ben": "sent"}


@pytest.mark.parametrize("more", [["--day", "2026-11-24"], ["--from", DAY, "--to", "2026-11-24"]])
def test_a_day_that_still_runs_is_marked_as_one(watch: Path, more: list[str]) -> None:
    result = summarise_day(watch, *more)
    what = "day" if more[0] == "--day" else "last day"
    told = f"The {what} still runs: counted until Tue 24 Nov, 06:20."
    assert f"  {told}" in result.stdout
    (folder,) = {Path(word).parent for word in result.stdout.split() if word.endswith("summary.html")}
    assert all(told in (folder / f"summary.{kind}").read_text() for kind in ("txt", "html", "md"))
    assert "still runs" not in summarise_day(watch, "--day", DAY).stdout


OWN = '[[mail.list]]\nname = "words"\nto = ["ben@example.org"]\n'
WHOLE_DAY = '[[mail.list]]\nname = "whole"\nto = ["anna@example.org"]\n'


def test_a_list_that_is_younger_than_the_summary_gets_its_own(watch: Path) -> None:
    with MailServer() as server:
        write_lists(watch, WHOLE_DAY + OWN + 'referents = ["filling"]\n', port=server.port)
        planned = send(watch, "--day", DAY, "--dry-run")
        assert (planned.exit_code, "its summary is made first" in planned.output) == (0, True), planned.output
        assert not (watch / "out" / DAY / "words").exists()
        result = send(watch, "--day", DAY)
        assert result.exit_code == 0, result.output
    assert states(watch) == {"anna": "sent", "ben": "sent"}
    own = json.loads((watch / "out" / DAY / "words" / "summary.json").read_text())
    assert {table["referent"] for table in own["referents"]} <= {"filling"}


def test_a_list_that_cannot_be_mailed_holds_none_of_the_others_up(watch: Path) -> None:
    with MailServer() as server:
        write_lists(watch, WHOLE_DAY + OWN + 'narratives = ["water_thief"]\n', port=server.port)
        for _ in range(2):
            result = send(watch, "--day", DAY)
            assert result.exit_code == 3, result.output
            assert "list 'words' was not mailed: " in result.output
            assert "unknown narrative 'water_thief'" in result.output
        alone = send(watch, "--day", DAY, "--list", "words")
        assert (alone.exit_code, "unknown narrative" in alone.output) == (1, True)
    assert states(watch) == {"anna": "sent"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('referents = ["fillin"]', "unknown referent 'fillin' (did you mean 'filling'?)"),
        ('narratives = ["water_thief"]', "unknown narrative 'water_thief' (did you mean 'water_theft'?)"),
        ('outlets = ["nobody"]', "unknown outlet 'nobody'"),
        ('groups = ["nobody"]', "unknown group 'nobody'"),
    ],
)
def test_a_list_that_names_what_is_not_there_is_refused(watch: Path, line: str, message: str) -> None:
    write_lists(watch, f'[[mail.list]]\nname = "words"\nto = ["ben@example.org"]\n{line}\n')
    for command in (["run"], ["run", "--dry-run"], ["send", "--test", "ben@example.org"]):
        result = invoke(*command, "-w", str(watch), "--now", RUN_AT.isoformat())
        assert (result.exit_code, "[[mail.list]] 'words': " + message in result.output) == (1, True), command
    found = {row["what"]: row for row in json.loads(invoke("doctor", "--json", "-w", str(watch)).stdout)}
    assert not found["mail"]["ok"]
    assert "[[mail.list]] 'words': " + message in found["mail"]["found"]


def test_every_is_day_or_week(watch: Path) -> None:
    write_lists(watch, '[[mail.list]]\nname = "words"\nto = ["ben@example.org"]\nevery = "month"\n')
    assert 'expected "day" or "week"' in summarise_day(watch).output


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--from", DAY], 2, "name either --day and --days, or --from and --to"),
        (["--from", DAY, "--to", DAY, "--days", "2"], 2, "name either --day and --days, or --from and --to"),
        (["--from", DAY, "--to", "2026-11-01"], 2, "give a --from that is not after --to"),
        (["--days", "200"], 2, "the first feed was asked on"),
        (["--outlet", "nobody"], 2, "unknown outlet 'nobody'"),
        (["--days", "0"], 2, "--days"),
    ],
)
def test_ranges_that_cannot_be_are_refused(watch: Path, options: list[str], code: int, message: str) -> None:
    result = summarise_day(watch, *options)
    assert result.exit_code == code
    assert message in result.output


def test_a_part_by_the_command_lies_in_a_folder_of_its_own(watch: Path) -> None:
    outlet = (watch / "feeds.yaml").read_text().partition("id: ")[2].split()[0].strip(",")
    result = summarise_day(watch, "--day", DAY, "--outlet", outlet)
    assert result.exit_code == 0, result.output
    own = watch / "out" / DAY / outlet
    assert json.loads((own / "summary.json").read_text())["health"]["n_outlets"] == 1
    assert (own / "coverage.csv").is_file()
