"""Plays the sample press day by day through the real path: polled over HTTP, labelled, summed up.

python seeds/sample/demo.py [FOLDER]
"""

import shutil
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

SEEDS = Path(__file__).resolve().parents[1]
SAMPLE = SEEDS / "sample"
ZONE = "Asia/Yerevan"
FIRST_DAY, LAST_DAY = date(2026, 11, 10), date(2026, 11, 23)
# The daily run comes 20 minutes after the day has ended; between the runs the feeds are asked every eight hours.
DAY_START, RUN_AFTER, FETCH_EVERY = time(6), timedelta(minutes=20), timedelta(hours=8)


def main(folder: Path) -> int:
    """Builds the demo workspace anew, plays the days and says what was found."""
    from server import PressServer

    from framewire.workflow.models import train_in_workspace
    from framewire.workflow.run import run_all, run_fetch
    from framewire.workflow.workspace import init_workspace, open_workspace

    started = monotonic()
    _remove_old(folder)
    first_run = _run_time(FIRST_DAY)
    workspace = init_workspace(folder, seeds=SEEDS / "karabakh", title="Karabakh watch (sample press)", timezone=ZONE)
    _say("training the model on the coded passages of seeds/karabakh ...")
    trained = train_in_workspace(workspace, now=first_run, with_scores=False)
    _say(f"trained {trained.name} on {trained.card['passages']['n']} passages")
    with PressServer(SAMPLE, now=first_run) as press:
        feeds = (SAMPLE / "feeds.yaml").read_text(encoding="utf-8").replace("{base}", press.address)
        (folder / "feeds.yaml").write_text(feeds, encoding="utf-8")
        workspace = open_workspace(folder, allow_private=(f"127.0.0.1/32:{press.port}",))
        day, days = FIRST_DAY, (LAST_DAY - FIRST_DAY).days + 1
        while day <= LAST_DAY:
            run_at = _run_time(day)
            moment = run_at - timedelta(days=1) + FETCH_EVERY
            while day > FIRST_DAY and moment < run_at:
                press.now = moment
                run_fetch(workspace, now=moment)
                moment += FETCH_EVERY
            press.now = run_at
            report = run_all(workspace, now=run_at)
            _show_progress((day - FIRST_DAY).days + 1, days, day)
            day += timedelta(days=1)
    _tell(report, folder, monotonic() - started)
    return report.exit_code


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


def _show_progress(done: int, total: int, day: date) -> None:
    if sys.stdout.isatty():
        bar = "#" * (30 * done // total)
        print(f"\r\033[K[{bar:<30}] {day:%a %d %b}", end="\n" if done == total else "", flush=True)
    elif done in (1, total) or done % 5 == 0:
        _say(f"played {day:%a %d %b %Y}  ({done} of {total} days)")


def _tell(report: object, folder: Path, seconds: float) -> None:
    from framewire.workflow.run import RunReport

    if not isinstance(report, RunReport) or report.summary is None:
        raise SystemExit("the last day has no summary")
    for stage in report.stages:
        _say(f"  {stage.stage:<10} {stage.line}")
    out = report.summary.folder
    _say(f"\n{report.summary.day}: {report.summary.headline}")
    _say(f"\nThe summary ({seconds:.0f} s):")
    for name in ("summary.html", "summary.txt", "summary.md", "summary.json", "numbers.csv"):
        _say(f"  {out / name}")
    command = f".venv/bin/framewire -h     # every command takes --workspace {folder}"
    _say(
        f"\nNext:\n  less {out / 'summary.txt'}\n  .venv/bin/framewire articles list --workspace {folder} --limit 10\n  {command}"
    )


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
