"""A sending process that is killed anywhere: nothing sent twice, nothing lost in silence."""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from framewire.store import reading
from framewire.store.outbox import get_mail
from framewire.workflow.send import send_summary
from framewire.workflow.workspace import open_workspace
from mail_server import MailServer
from test_send import DAY, FIVE, RUN_AT, set_up, summed_up

__all__ = ["summed_up"]

RECIPIENTS = FIVE[:4]
# Points of the short form, for each of the two settings.
FEW = 5


class Killer:
    """The process that forks the ones that are killed."""

    def __init__(self) -> None:
        folders = [str(Path(__file__).parent), *sys.path]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders), "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, str(Path(__file__).with_name("mail_killer.py")), DAY, RUN_AT.isoformat()]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def attempt(self, watch: Path, k: int) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{watch}\t{k}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait(20)


@pytest.fixture
def killer() -> Iterator[Killer]:
    killer = Killer()
    yield killer
    killer.end()


def attempt(killer: Killer, summed_up: Path, watch: Path, k: int, *, hold: bool) -> tuple[str, Counter[str], str]:
    """What a kill at step k and the next sending leave: how the attempt ended, messages by recipient, what was said."""
    shutil.copytree(summed_up, watch)
    with MailServer() as server:
        set_up(watch, server, to=RECIPIENTS, more="" if hold else "hold_uncertain = false")
        ended = killer.attempt(watch, k)
        server.wait_until_idle()
        stage = send_summary(open_workspace(watch), date.fromisoformat(DAY), now=RUN_AT + timedelta(hours=1))
        ids = {(one.recipient, one.id) for one in server.accepted}
        assert len(ids) == len({one.recipient for one in server.accepted}), "another Message-ID for the same message"
        return ended, Counter(one.recipient for one in server.accepted), stage.reduced or ""


def points(killer: Killer, summed_up: Path, tmp_path: Path) -> list[int]:
    """The steps to be killed at: all in the long form, a few by a seed in the short one."""
    ended, accepted, _ = attempt(killer, summed_up, tmp_path / "whole", 0, hold=True)
    word, number = ended.split()
    assert (word, set(accepted.values())) == ("done", {1})
    assert int(number) >= 100
    every = range(1, int(number) + 1)
    seed = int(os.environ.get("FRAMEWIRE_SOAK_SEED", "7"))
    return list(every) if os.environ.get("FRAMEWIRE_SOAK") else random.Random(seed).sample(every, FEW)


@pytest.mark.soak
@pytest.mark.parametrize("hold", [True, False])
def test_a_sending_that_is_killed_anywhere(killer: Killer, summed_up: Path, tmp_path: Path, hold: bool) -> None:
    told = Counter[str]()
    for k in points(killer, summed_up, tmp_path):
        watch = tmp_path / f"killed-{k}"
        ended, accepted, said = attempt(killer, summed_up, watch, k, hold=hold)
        assert ended == "killed"
        with reading(open_workspace(watch).readonly_engine) as conn:
            rows = get_mail(conn)
        assert [row.recipient for row in rows] == RECIPIENTS, k
        for row in rows:
            n = accepted[row.recipient]
            if row.state == "sent":
                assert n == 1 or (n == 2 and not hold), (k, row)
            else:
                assert (row.state, n <= 1) == ("uncertain", True), (k, row)
                assert hold
                assert row.message_id in said, k
            told[f"{row.state} {n}"] += 1
        shutil.rmtree(watch)
    print(dict(told))
