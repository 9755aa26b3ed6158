"""From labelled pieces to days: each article once, the first one in the order of the sources, Parquet partitioned by day.

Pieces hold articles of any days. They are gathered into runs of bounded size that are sorted by day; then each day is read
from all runs. Each row is read and written twice, however many days and pieces there are.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from framewire.backfill.labelled import TABLES, unfold
from framewire.backfill.manifest import Manifest, Round
from framewire.backfill.worker import SET_ASIDE, STAGED, list_paths, open_anew
from framewire.errors import OutputError
from framewire.files import describe_refusal

# Articles that are in memory at once, with all their labels. Source: some 6 kB each as Arrow, and twice that while sorted.
RUN_ROWS = 10_000
NO_DAY = "__HIVE_DEFAULT_PARTITION__"
"""What stands for a missing day in the name of a folder. Source: Hive, and whoever reads its partitions."""
_RUNS = "runs"
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class _Run:
    """A file of sorted rows: which of its batches holds which day."""

    path: Path
    days: tuple[date | None, ...]


def settle(
    manifest: Manifest, pieces: Sequence[str], *, progress: Callable[[int, int], None] = lambda *_: None
) -> Round | None:
    """Puts the articles of labelled pieces into days; None if they are in days already. `pieces` is the order of the sources.

    Killed, and called again with the same pieces, it writes the same files; what a killed one left goes first.

    Raises:
        OutputError: they cannot be written.
    """
    folder = manifest.folder
    try:
        remove_unfinished(manifest)
        settled = manifest.settled
        fresh = [piece for piece in pieces if piece not in settled]
        if not fresh:
            return None
        digest = hashlib.sha256("\n".join(fresh).encode()).hexdigest()[:12]
        name = f"{len(manifest.rounds) + 1:05d}-{digest}"
        kept, n_doubles, n_versions = _choose_rows(manifest, fresh)
        runs = _write_runs(folder, fresh, kept)
        _write_days(folder, name, runs, progress)
    except OSError as error:
        raise OutputError(describe_refusal(error, folder)) from error
    # All of them at once: a thousand files one by one take a minute on a slow disk.
    os.sync()
    n_articles = int(sum(one.sum() for one in kept))
    done = Round(name, tuple(fresh), n_articles, n_doubles, n_versions)
    manifest.add_round(done)
    _remove_staged(folder, fresh)
    return done


def remove_unfinished(manifest: Manifest) -> None:
    """Removes what rounds that were killed have left: files in days that no finished round has, and runs."""
    finished = {one.name for one in manifest.rounds}
    for piece in manifest.settled:
        list_paths(piece, manifest.folder)[0].unlink(missing_ok=True)
    shutil.rmtree(manifest.folder / STAGED / _RUNS, ignore_errors=True)
    for partial in (*manifest.folder.glob(f"{STAGED}/*/.*"), *manifest.folder.glob(f"{SET_ASIDE}/.*")):
        partial.unlink(missing_ok=True)
    for table in TABLES:
        for path in (manifest.folder / table).glob("day=*/*"):
            if path.name.removesuffix(".parquet") not in finished:
                path.unlink()
        for empty in (manifest.folder / table).glob("day=*"):
            if not any(empty.iterdir()):
                empty.rmdir()


def _remove_staged(folder: Path, pieces: Sequence[str]) -> None:
    """Removes the labels of pieces that are in days now; those of other sources stay."""
    shutil.rmtree(folder / STAGED / _RUNS, ignore_errors=True)
    for piece in pieces:
        list_paths(piece, folder)[0].unlink(missing_ok=True)
    for place in (*(folder / STAGED).glob("*"), folder / STAGED):
        with suppress(OSError):
            place.rmdir()


def list_files(manifest: Manifest, table: str, days: Sequence[date | None] | None = None) -> list[Path]:
    """The files of a table, of some days or of all, day after day; only those of finished rounds."""
    folders = (
        sorted((manifest.folder / table).glob("day=*"))
        if days is None
        else [manifest.folder / table / f"day={_name_day(day)}" for day in days]
    )
    paths = [folder / f"{one.name}.parquet" for folder in folders for one in manifest.rounds]
    return [path for path in paths if path.exists()]


def list_days(manifest: Manifest) -> list[date]:
    """The days that have articles, oldest first."""
    names = {path.parent.name.removeprefix("day=") for path in list_files(manifest, "articles")}
    return sorted(date.fromisoformat(name) for name in names - {NO_DAY})


def find_first(*keys: Keys) -> npt.NDArray[np.bool_]:
    """For each row of some (n, 2) arrays, put behind each other, whether no row before it is equal."""
    rows = np.concatenate(keys)
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    ordered = rows[order]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[order[1:]] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return is_first


def _choose_rows(manifest: Manifest, pieces: Sequence[str]) -> tuple[list[npt.NDArray[np.bool_]], int, int]:
    """Which rows of each piece stay; how many are doubles of a record, and how many tell an article once more, otherwise."""
    known = [_read_keys(path) for path in list_files(manifest, "articles")]
    staged = [_read_keys(list_paths(piece, manifest.folder)[0]) for piece in pieces]
    articles, records = ([pair[i] for pair in (*known, *staged)] for i in (0, 1))
    if not articles:
        return [], 0, 0
    first, first_record = find_first(*articles), find_first(*records)
    edges = np.cumsum([len(one) for one in articles])
    parts = np.split(first, edges[:-1])[len(known) :]
    n_dropped = int(sum((~part).sum() for part in parts))
    doubles = np.split(first_record, edges[:-1])[len(known) :]
    n_doubles = int(sum((~part).sum() for part in doubles))
    return parts, n_doubles, n_dropped - n_doubles


def _read_keys(path: Path) -> tuple[Keys, Keys]:
    """The digests of articles and of records in a file, each shaped (n_rows, 2)."""
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read(columns=["article", "record"])
    return _as_keys(table["article"]), _as_keys(table["record"])


def _as_keys(column: Any) -> Keys:
    digits = "".join(column.to_pylist())
    return np.frombuffer(bytes.fromhex(digits), dtype=">u8").astype(np.uint64).reshape(-1, 2)


def _write_runs(folder: Path, pieces: Sequence[str], kept: Sequence[npt.NDArray[np.bool_]]) -> list[_Run]:
    """Files of at most `RUN_ROWS` rows or one piece, sorted by day, a batch a day."""
    import pyarrow

    runs: list[_Run] = []
    waiting: list[Any] = []
    n_waiting = 0
    for piece, mask in zip(pieces, kept, strict=True):
        if not mask.any():
            continue
        rows = _read_rows(list_paths(piece, folder)[0]).filter(pyarrow.array(mask))
        if waiting and n_waiting + rows.num_rows > RUN_ROWS:
            runs.append(_write_run(folder, len(runs), waiting))
            waiting, n_waiting = [], 0
        waiting.append(rows)
        n_waiting += rows.num_rows
    if waiting:
        runs.append(_write_run(folder, len(runs), waiting))
    return runs


def _read_rows(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(path).read()


def _write_run(folder: Path, number: int, tables: Sequence[Any]) -> _Run:
    import pyarrow
    from pyarrow import ipc

    rows = pyarrow.concat_tables(tables).combine_chunks()
    days = rows["day"].to_pylist()
    order = sorted(range(len(days)), key=lambda i: (days[i] is None, days[i] or date.min))
    rows = rows.take(order)
    ordered = [days[i] for i in order]
    starts = [i for i, day in enumerate(ordered) if i == 0 or day != ordered[i - 1]]
    path = folder / STAGED / _RUNS / f"{number:06d}.arrow"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Arrow's own format: a batch is found without reading about all the others.
    options = ipc.IpcWriteOptions(compression="lz4")
    with path.open("wb") as file, ipc.new_file(file, rows.schema, options=options) as writer:
        for start, end in zip(starts, [*starts[1:], len(ordered)], strict=True):
            writer.write_batch(rows.slice(start, end - start).combine_chunks().to_batches()[0])
    return _Run(path, tuple(ordered[start] for start in starts))


def _write_days(folder: Path, name: str, runs: Sequence[_Run], progress: Callable[[int, int], None]) -> None:
    """Each day's file of each table, whole or not at all."""
    days = sorted({day for run in runs for day in run.days}, key=lambda day: (day is None, day or date.min))
    for done, day in enumerate(days, start=1):
        _write_day(folder, name, day, runs)
        progress(done, len(days))


def _write_day(folder: Path, name: str, day: date | None, runs: Sequence[_Run]) -> None:
    from pyarrow import parquet

    with ExitStack() as stack:
        writers: dict[str, Any] = {}
        for rows in _iter_day(day, runs):
            for table in TABLES:
                part = unfold(rows, table)
                if table not in writers:
                    path = folder / table / f"day={_name_day(day)}" / f"{name}.parquet"
                    file = stack.enter_context(open_anew(path))
                    writers[table] = stack.enter_context(
                        parquet.ParquetWriter(file, part.schema, compression="zstd", compression_level=3)
                    )
                writers[table].write_table(part)


def _iter_day(day: date | None, runs: Sequence[_Run]) -> Iterator[Any]:
    """The rows of a day from all runs, in portions of at most `RUN_ROWS` rows or one batch, in the order of the sources."""
    import pyarrow
    from pyarrow import ipc

    waiting: list[Any] = []
    n_waiting = 0
    for run in runs:
        if day not in run.days:
            continue
        with run.path.open("rb") as file:
            rows = pyarrow.Table.from_batches([ipc.open_file(file).get_batch(run.days.index(day))])
        if waiting and n_waiting + rows.num_rows > RUN_ROWS:
            yield pyarrow.concat_tables(waiting)
            waiting, n_waiting = [], 0
        waiting.append(rows)
        n_waiting += rows.num_rows
    if waiting:
        yield pyarrow.concat_tables(waiting)


def _name_day(day: date | None) -> str:
    return day.isoformat() if day else NO_DAY
