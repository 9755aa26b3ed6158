"""What children do in the tests of their pool: a module of its own, since each child imports it."""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path


def work(order: str) -> object:
    """What the orders of the tests make a child do."""
    name, _, rest = order.partition(" ")
    return ORDERS[name](rest)


def echo(text: str) -> str:
    return text.upper()


def sleep(seconds: str) -> str:
    time.sleep(float(seconds))
    return "slept"


def spin(_: str) -> None:
    while True:
        pass


def hoard(megabytes: str) -> int:
    return len(b"x" * (int(megabytes) * 1024**2))


def keep(megabytes: str) -> int:
    KEPT.append(bytearray(int(megabytes) * 1024**2))
    return len(KEPT)


def fail(_: str) -> None:
    raise ZeroDivisionError("secret text")


def leave(code: str) -> None:
    os._exit(int(code))


def segfault(_: str) -> None:
    ctypes.string_at(0)


def write(text: str) -> str:
    print(text, flush=True)
    print(text, file=sys.stderr, flush=True)
    return "written"


def pid(_: str) -> int:
    return os.getpid()


def tell_files(_: str) -> list[str]:
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(path.readlink()))
    return found


KEPT: list[bytearray] = []
ORDERS: dict[str, Callable[[str], object]] = {
    "echo": echo,
    "sleep": sleep,
    "spin": spin,
    "hoard": hoard,
    "keep": keep,
    "fail": fail,
    "leave": leave,
    "segfault": segfault,
    "write": write,
    "pid": pid,
    "files": tell_files,
}
