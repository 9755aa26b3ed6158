"""Sends a workspace's summary in a child that kills itself at step k; asked and answered by lines, for test_mail_kills.

A step is a statement or commit of SQL, or one side of a line or answer of SMTP. Reads `FOLDER TAB K`; writes `killed`, or
`done N` with the number of steps that a whole sending takes.
"""

import os
import signal
import smtplib
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from framewire.store import reading
from framewire.workflow.send import send_summary
from framewire.workflow.workspace import open_workspace

DAY, NOW = date.fromisoformat(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
steps = 0
last = 0


def step(*_: Any) -> None:
    """Counts, and kills this process when it is time."""
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)


def watch_smtp() -> None:
    """Makes each line that is sent, and each answer that is awaited and read, a step."""
    send, getreply = smtplib.SMTP.send, smtplib.SMTP.getreply

    def counted_send(self: smtplib.SMTP, line: Any) -> None:
        step()
        send(self, line)

    def counted_getreply(self: smtplib.SMTP) -> tuple[int, bytes]:
        step()
        reply = getreply(self)
        step()
        return reply

    smtplib.SMTP.send, smtplib.SMTP.getreply = counted_send, counted_getreply  # type: ignore[method-assign]


def attempt(folder: str, k: int) -> None:
    """Sends until step k; 0 = to the end. Never returns."""
    global last
    last = k
    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    watch_smtp()
    send_summary(open_workspace(Path(folder)), DAY, now=NOW)
    print(f"done {steps}", flush=True)
    os._exit(0)


def warm_up(folder: str) -> None:
    """Imports what the children need, so that each is a bare fork."""
    with reading(open_workspace(Path(folder)).readonly_engine):
        pass


for line in sys.stdin:
    folder, k = line.split("\t")
    warm_up(folder)
    child = os.fork()
    if not child:
        attempt(folder, int(k))
    status = os.waitpid(child, 0)[1]
    if status:
        print("killed" if os.WTERMSIG(status) == signal.SIGKILL else f"failed {status}", flush=True)
