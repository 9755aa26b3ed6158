"""A PostgreSQL server of our own for the tests: an ordinary user, a temporary folder, a socket in it, no network."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60


class NoPostgresError(Exception):
    """The server programs are not installed, or there is no user to run them as."""


def find_programs() -> Path:
    """The folder of `initdb` and `pg_ctl`: that of the PATH, else the newest of /usr/lib/postgresql."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    for folder in reversed(folders):
        if (folder / "pg_ctl").exists():
            return folder
    raise NoPostgresError("no pg_ctl in the PATH or in /usr/lib/postgresql/*/bin")


@contextmanager
def postgres_url(tmp: Path | None = None) -> Iterator[str]:
    """The address of a running, empty server, whose database is `postgres`. It stops when the block ends.

    `tmp` is the folder to work in; it must be short, since a socket's path has at most 107 bytes, and open to the
    server's user. None means a fresh one. Raises NoPostgresError if there is no server to start.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="fw-pg-", dir=tmp))
    try:
        user = _give_to_ordinary_user(folder)
        run = ["runuser", "-u", user, "--"] if user else []
        settings = ["-U", "framewire", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        _call([*run, programs / "initdb", "-D", folder / "data", *settings], folder)
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=40"
        control = [*run, programs / "pg_ctl", "-D", folder / "data", "-w", "-t", str(START_SECONDS)]
        _call([*control, "-l", folder / "log", "-o", options, "start"], folder)
        try:
            yield f"postgresql+psycopg://framewire@/postgres?host={folder}"
        finally:
            _call([*control, "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restart_command(url: str) -> tuple[str, ...]:
    """The program that stops the server of this address without a word to anybody, and starts it again."""
    folder = Path(url.rpartition("host=")[2].replace("%2F", "/"))
    owner = folder.owner()
    run = ("runuser", "-u", owner, "--") if os.geteuid() == 0 else ()
    control = f"{find_programs()}/pg_ctl -D {folder}/data -w -t {START_SECONDS} -m immediate -l {folder}/log restart"
    return (*run, "sh", "-c", f"cd {folder} && exec {control} >/dev/null 2>&1")


def _give_to_ordinary_user(folder: Path) -> str | None:
    """The user to run the server as, who gets the folder; None if we are ordinary ourselves (root is refused)."""
    if os.geteuid() != 0:
        return None
    if shutil.which("runuser") is None:
        raise NoPostgresError("PostgreSQL does not run as root, and there is no runuser to become somebody else")
    for user in ("postgres", "nobody"):
        try:
            shutil.chown(folder, user)
        except LookupError:
            continue
        return user
    raise NoPostgresError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _call(command: list[str | Path], folder: Path) -> None:
    """Run a server program. Its words are shown only if it fails."""
    # To a file, not a pipe: the server inherits it and would keep a pipe open.
    with (folder / "calls.log").open("a+") as log:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode:
            log.seek(0)
            raise RuntimeError(f"{Path(command[-1])} failed in {folder}: {log.read()[-2000:]}")
