"""Plays the sample press day by day through the real path: polled over HTTP, labelled, summed up.

python seeds/sample/demo.py [FOLDER]
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

SEEDS = Path(__file__).resolve().parents[1]
SAMPLE = SEEDS / "sample"
ZONE = "Asia/Yerevan"
FIRST_DAY, LAST_DAY = date(2026, 10, 20), date(2026, 11, 23)
# The daily run comes 20 minutes after the day has ended. Before it the feeds are asked late in the evening, and on the
# last days, when headlines change within hours, at noon as well.
DAY_START, RUN_AFTER = time(6), timedelta(minutes=20)
EVENING, NOON = timedelta(hours=8), timedelta(hours=16)
N_CLOSE_DAYS = 3
# The feeds are asked once before the first day, so that no day begins with what a first poll brings.
OPENING = timedelta(hours=1)


def main(folder: Path) -> int:
    """Builds the demo workspace anew, plays the days and says what was found."""
    from server import PressServer

    from framewire.workflow.models import train_in_workspace
    from framewire.workflow.workspace import init_workspace, open_workspace

    started = monotonic()
    _remove_old(folder)
    first_run = _run_time(FIRST_DAY - timedelta(days=1))
    _say(f"A workspace in {folder}/, made as `framewire init` makes it.")
    workspace = init_workspace(folder, seeds=SEEDS / "karabakh", title="Karabakh watch (sample press)", timezone=ZONE)
    _say("Training the model on the coded passages of seeds/karabakh (a minute) ...")
    trained = train_in_workspace(workspace, now=first_run, with_scores=False)
    _say(f"Trained {trained.name} on {trained.card['passages']['n']:,} passages.")
    with PressServer(SAMPLE, now=first_run) as press:
        feeds = (SAMPLE / "feeds.yaml").read_text(encoding="utf-8").replace("{base}", press.address)
        (folder / "feeds.yaml").write_text(feeds, encoding="utf-8")
        workspace = open_workspace(folder, allow_private=(f"127.0.0.1/32:{press.port}",))
        n_days = (LAST_DAY - FIRST_DAY).days + 1
        _say(f"Playing {n_days} days of {len(workspace.outlets)} invented outlets, asked over HTTP on this machine.")
        with _progress(n_days) as show:
            report = _play(workspace, press, show)
    _tell(report, folder, monotonic() - started)
    return 0


def _play(workspace: Any, press: Any, show: Callable[[date], None]) -> Any:
    """The report of the last day's run. Feeds with planted faults make some runs end reduced, as they would for real."""
    from framewire.workflow.run import run_all, run_fetch

    press.now = _run_time(FIRST_DAY - timedelta(days=1)) - OPENING
    run_fetch(workspace, now=press.now)
    day = FIRST_DAY
    while day <= LAST_DAY:
        run_at = _run_time(day)
        is_close = (LAST_DAY - day).days < N_CLOSE_DAYS
        for before in (NOON, EVENING) if is_close else (EVENING,):
            press.now = run_at - before
            run_fetch(workspace, now=press.now)
        press.now = run_at
        # The archive is of all days, so it is enough to write it once.
        report = run_all(workspace, now=run_at, with_archive=day == LAST_DAY)
        show(day)
        day += timedelta(days=1)
    return report


def _run_time(day: date) -> datetime:
    """When the run that sums up this day is made, in UTC."""
    local = datetime.combine(day + timedelta(days=1), DAY_START, tzinfo=ZoneInfo(ZONE)) + RUN_AFTER
    return local.astimezone(UTC)


def _remove_old(folder: Path) -> None:
    """Removes an earlier demo, and nothing that is no Framewire workspace."""
    if not folder.exists():
        return
    if not (folder / "framewire.toml").exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder}: exists and is no Framewire workspace; name another folder.")
    shutil.rmtree(folder)


def _say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def _progress(n_days: int) -> Iterator[Callable[[date], None]]:
    """Shows each day that was played: a bar on a terminal, a line a week elsewhere."""
    if not sys.stdout.isatty():
        yield lambda day: _say(f"  played {day:%a %d %b %Y}") if (day - FIRST_DAY).days % 7 == 6 else None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task(f"{FIRST_DAY:%a %d %b}", total=n_days)
        yield lambda day: bar.update(task, advance=1, description=f"{day:%a %d %b}")


def _tell(report: Any, folder: Path, seconds: float) -> None:
    """What was found, where it lies, and what to try next."""
    out = report.summary.folder
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    _say(f"\n{_count_articles(folder)}\n\nThe newest summary, {LAST_DAY:%A %d %B %Y}: {report.summary.headline}.")
    for change in summary["changes"]:
        now, before = change["now"], change["before"]
        _say(
            f"  “{change['title']}”: {now['n']} of {now['total']} {change['among']}; before {before['n']} of {before['total']}"
        )
    _say(f"\nDone in {seconds:.0f} s. Open the summary in a browser, or read it here:")
    _say(f"  {out / 'summary.html'}\n  less {out / 'summary.txt'}")
    _say("\nThen try, in this order:")
    for what, command in (
        ("the last articles with their labels", "articles list --limit 10"),
        ("one article, label by label", f"articles show {_find_example(summary)}"),
        ("feeds that failed, and why", "feeds list --failing"),
        ("the codebook that all this rests on", "codebook show"),
    ):
        _say(f"  .venv/bin/framewire {command} -w {folder}    # {what}")
    _say("docs/first-day.md leads from here to a mail of your own feeds.")


def _count_articles(folder: Path) -> str:
    from sqlalchemy import text

    from framewire.store import open_store, reading

    with reading(open_store(f"sqlite:///{folder.resolve()}/framewire.sqlite")) as conn:
        counts = [
            conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("articles", "versions", "mentions", "polls")
        ]
    articles, versions, mentions, polls = counts
    return (
        f"{polls:,} polls brought {articles:,} articles, {versions - articles} of them changed later; "
        f"{mentions:,} times a wording of the codebook stands in them."
    )


def _find_example(summary: dict[str, Any]) -> str:
    """The first article to read of the day."""
    return str(summary["reading"][0]["where"]).partition(".")[0] if summary["reading"] else "1"


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
