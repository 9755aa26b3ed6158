"""Counts by day and outlet from the result of a backfill, a file at a time: what is counted fits into memory, articles need not."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from framewire.backfill.days import list_files
from framewire.backfill.manifest import Manifest, load_manifest
from framewire.errors import InputError, OutputError
from framewire.exports import get_table, write_csv
from framewire.files import describe_refusal, open_whole
from framewire.records import Voice
from framewire.workflow.export_rows import FIRM, DailyCounts, list_daily

SERIES = "series.csv"


def open_result(folder: Path) -> Manifest:
    """What a backfill left in a folder.

    Raises:
        InputError: nothing is there that can be counted.
    """
    manifest = load_manifest(folder)
    if not manifest.rounds:
        raise InputError(
            f"{folder}: no backfill that has come to its end. Run `framewire backfill SOURCE --out {folder}` to its end."
        )
    return manifest


def count_days(manifest: Manifest, days: Sequence[date]) -> tuple[DailyCounts, dict[str, str]]:
    """What is counted on some days, and the groups of their outlets."""
    counts, groups = DailyCounts(), dict[str, str]()
    for day in days:
        for path in list_files(manifest, "articles", [day]):
            _count_articles(counts, groups, day, path)
        for path in list_files(manifest, "mentions", [day]):
            _count_mentions(counts, day, path)
        for path in list_files(manifest, "narratives", [day]):
            _count_narratives(counts, day, path)
    return counts, groups


def write_series(counts: DailyCounts, groups: Mapping[str, str], path: Path) -> int:
    """How many rows of shares by day and outlet were written: the table `daily` of `framewire export`.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        with open_whole(path) as out:
            return write_csv(list_daily(counts, groups), get_table("daily").columns, out)
    except OSError as error:
        raise OutputError(describe_refusal(error, path)) from error


def _count_articles(counts: DailyCounts, groups: dict[str, str], day: date, path: Path) -> None:
    for (outlet, group, state, relevant), n in _count(path, ("outlet", "group", "state", "relevant")):
        groups.setdefault(outlet, group)
        counts.articles[(day, outlet)] += n
        counts.known[(day, outlet)] += n * (state in FIRM)
        counts.relevant[(day, outlet)] += n * bool(relevant)


def _count_mentions(counts: DailyCounts, day: date, path: Path) -> None:
    for (outlet, referent, wording, relevant), n in _count(path, ("outlet", "referent", "wording", "relevant")):
        if relevant:
            counts.wordings[(day, outlet), referent, wording] += n


def _count_narratives(counts: DailyCounts, day: date, path: Path) -> None:
    """Articles that carry a narrative and do not only deny it."""
    columns = ("record", "outlet", "narrative", "accused", "state", "voice")
    carriers = {
        (record, outlet, narrative, accused or "")
        for (record, outlet, narrative, accused, state, voice), _ in _count(path, columns)
        if state in FIRM and voice != Voice.DENIED.value
    }
    for _, outlet, narrative, accused in carriers:
        counts.narratives[(day, outlet), narrative, accused] += 1


def _count(path: Path, columns: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
    """How many rows of a file have each combination of values."""
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read(columns=list(columns))
    grouped = table.group_by(list(columns)).aggregate([([], "count_all")])
    values = [grouped[name].to_pylist() for name in columns]
    return list(zip(zip(*values, strict=True), grouped["count_all"].to_pylist(), strict=True))
