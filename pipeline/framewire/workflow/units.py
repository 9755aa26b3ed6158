"""What to schedule: fetch every 15 minutes, one daily run shortly after the day has ended."""

import shlex
import shutil
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from framewire.config import Config

# The daily run waits a little, so that the last fetch of the day is in.
AFTER_DAY_END = timedelta(minutes=20)
# What a mail server did not take at once; between the fetches.
_WAITING = "send --waiting"

# What a host is for, where several share a database; alone it is for everything.
WHOLE, POLL, SUMMARY = "whole", "poll", "summary"


def render_crontab(config: Config, *, part: str = WHOLE) -> str:
    """Lines for `crontab -e` that hold in whichever time zone cron runs: `run --if-due` knows the workspace's own.

    Debian's cron ignores CRON_TZ, and an hour converted once is wrong after the next change to summer time.
    """
    minute, hour = _run_time(config)
    command = _command(config)
    every = f"*/{config.poll_interval_minutes}" if config.poll_interval_minutes < 60 else "0"
    lines = {
        "fetch": f"{every} * * * * {command.format(verb='fetch')}\n",
        "label": f"7-59/15 * * * * {command.format(verb='label')}\n",
        "run": f"# Called hourly, works once a day: in the first hour after {hour:02}:{minute:02} {config.timezone}; a missed or failed\n"
        "# run is made up for in the next hour.\n"
        f"{minute} * * * * {command.format(verb=_run_verb(config))}\n",
        "send": f"10-59/15 * * * * {command.format(verb=_WAITING)}\n",
    }
    return f"# Framewire: {config.title}\n" + "".join(lines[name] for name in _list_jobs(config, part))


def render_systemd(config: Config, *, part: str = WHOLE) -> str:
    """A service and a timer for each job; each block begins with the name of its file."""
    minute, hour = _run_time(config)
    every = min(config.poll_interval_minutes, 60)
    jobs = {
        "fetch": ("fetch", f"OnCalendar=*:0/{every}"),
        "label": ("label", "OnCalendar=*:7/15"),
        "run": (_run_verb(config), f"OnCalendar=*-*-* {hour:02}:{minute:02}:00 {config.timezone}"),
        "send": (_WAITING, "OnCalendar=*:10/15"),
    }
    command = _command(config)
    return "".join(
        _render_job(config, f"framewire-{name}", jobs[name][0], jobs[name][1], command=command)
        for name in _list_jobs(config, part)
    )


def _list_jobs(config: Config, part: str) -> tuple[str, ...]:
    """What a host does: all of it, or its part where several share a database."""
    if part == POLL:
        return ("fetch", "label")
    send = ("send",) if config.mail else ()
    return ("run", *send) if part == SUMMARY else ("fetch", "run", *send)


def _render_job(config: Config, name: str, verb: str, when: str, *, command: str) -> str:
    return (
        f"# ~/.config/systemd/user/{name}.service\n[Unit]\nDescription=Framewire {verb}: {config.title}\n"
        "After=network-online.target\n\n"
        f"[Service]\nType=oneshot\nWorkingDirectory={config.folder}\nExecStart={command.format(verb=verb)}\n"
        "TimeoutStartSec=50min\nNoNewPrivileges=true\nPrivateTmp=true\n\n"
        f"# ~/.config/systemd/user/{name}.timer\n[Unit]\nDescription=Framewire {verb}: {config.title}\n\n"
        f"[Timer]\n{when}\nPersistent=true\nRandomizedDelaySec=60\n\n[Install]\nWantedBy=timers.target\n\n"
    )


def _run_verb(config: Config) -> str:
    return "run --if-due --send" if config.mail else "run --if-due"


def _run_time(config: Config) -> tuple[int, int]:
    moment = datetime.combine(date(2000, 1, 1), config.day_starts_at) + AFTER_DAY_END
    return moment.minute, moment.hour


def _command(config: Config) -> str:
    """The installed command by its full path, since cron has a short PATH, without the verb."""
    found = Path(sys.executable).with_name("framewire")
    command = found if found.exists() else Path(shutil.which("framewire") or "framewire")
    return f"{_quoted(command)} {{verb}} --workspace {_quoted(config.folder)} --quiet"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
