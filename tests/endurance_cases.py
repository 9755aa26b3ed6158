"""What the endurance tests share: a small trained workspace on either database, copied for each attempt."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from server import PressServer
from sqlalchemy import create_engine, make_url, text

from dam_press import START, write_dam_press
from forked_runs import NO_TROUBLE, Run, Runner, Trouble
from run_state import State, read_state
from test_cli import write_seeds

RUN_AT = START.replace(hour=6, minute=20) + timedelta(days=2)
IS_SOAK = bool(os.environ.get("FRAMEWIRE_SOAK"))
SEED = int(os.environ.get("FRAMEWIRE_SOAK_SEED", "8"))


def chance_of(name: str) -> random.Random:
    """The dice of a test: the same every time, others for another FRAMEWIRE_SOAK_SEED."""
    return random.Random(f"{name} {SEED}")


@dataclass(frozen=True)
class Watch:
    """A workspace and its database."""

    folder: Path
    url: str
    runner: Runner

    def run(self, *more: str, at: datetime = RUN_AT, trouble: Trouble = NO_TROUBLE) -> Run:
        """`framewire run` to its end."""
        return self.runner.finish(self.start(*more, at=at, trouble=trouble))

    def start(self, *more: str, at: datetime = RUN_AT, trouble: Trouble = NO_TROUBLE) -> int:
        """The number of a run that has begun."""
        arguments = ("run", "-w", str(self.folder), "--now", at.isoformat(), *more)
        return self.runner.start(*arguments, trouble=trouble, FRAMEWIRE_DATABASE=self.url)

    def state(self) -> State:
        """What is stored and written."""
        return read_state(self.url, self.folder)

    def partial_files(self) -> list[Path]:
        """Files that were written half and forgotten."""
        return [path for path in self.folder.rglob(".*") if path.is_file() and path.name != ".framewire.lock"]


@contextmanager
def trained_watch(tmp: Path, server: str | None, runner: Runner) -> Iterator[Watch]:
    """A trained workspace that reads the dam press of two days, on SQLite or on a database of the PostgreSQL server."""
    folder = tmp / "watch"
    write_dam_press(tmp / "press", days=2)
    url = f"sqlite:///{folder}/framewire.sqlite" if server is None else _create_database(server, "fw_base", "template1")
    with PressServer(tmp / "press", now=RUN_AT) as press:
        seeds = ("--seeds", str(write_seeds(tmp / "seeds")), "--now", RUN_AT.isoformat())
        made = runner.run("init", str(folder), *seeds, FRAMEWIRE_DATABASE=url)
        assert made.code == 0, made.err
        feeds = (tmp / "press" / "feeds.yaml").read_text().replace("{base}", press.address)
        (folder / "feeds.yaml").write_text(feeds)
        settings = (folder / "framewire.toml").read_text()
        (folder / "framewire.toml").write_text(f'allow_private = ["127.0.0.1/32:{press.port}"]\n{settings}')
        yield Watch(folder, url, runner)


@contextmanager
def copied(base: Watch, tmp: Path, name: str) -> Iterator[Watch]:
    """A copy of a workspace and of its database, which goes when the block ends."""
    folder = tmp / name
    shutil.copytree(base.folder, folder)
    is_file = base.url.startswith("sqlite")
    url = (
        base.url.replace(str(base.folder), str(folder))
        if is_file
        else _create_database(base.url, f"fw_{name}", "fw_base")
    )
    try:
        yield Watch(folder, url, base.runner)
    finally:
        shutil.rmtree(folder)
        if not is_file:
            _tell(base.url, f"DROP DATABASE fw_{name} WITH (FORCE)")


def _create_database(server: str, name: str, template: str) -> str:
    _tell(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _tell(server: str, statement: str) -> None:
    engine = create_engine(make_url(server).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()
