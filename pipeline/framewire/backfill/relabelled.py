"""Two backfills of one archive, by two models or codebooks: how much of each series' movement is the world's."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from framewire.backfill.series import count_days, open_result
from framewire.errors import InputError
from framewire.workflow.decomposition import Span, check_spans, count_articles, decompose_counts
from framewire.workflow.export_rows import DailyCounts


def decompose_change(
    old: Path, new: Path, *, before: Span, after: Span, random_state: int = 0
) -> Iterator[dict[str, Any]]:
    """The rows of `decompose_counts` for two folders of backfills of the same archive.

    Raises:
        InputError: a folder is no finished backfill, the periods overlap, or the two results are not of the same articles.
    """
    check_spans(before, after)
    folders = (old, new)
    counted = [count_days(open_result(folder), [*before.days(), *after.days()])[0] for folder in folders]
    for span in (before, after):
        _check_same(span, counted, folders)
    yield from decompose_counts(*counted, before=before, after=after, random_state=random_state)


def _check_same(span: Span, counted: Sequence[DailyCounts], folders: Sequence[Path]) -> None:
    """Raises InputError if the two results do not have the same number of articles on each day."""
    old, new = (count_articles(counts, span) for counts in counted)
    for day in span.days():
        held = old.get(day, 0), new.get(day, 0)
        if held[0] != held[1]:
            raise InputError(
                f"on {day} {folders[0]} has {held[0]} articles and {folders[1]} {held[1]}: they are not of the same archive. "
                "Backfill the same sources with both models."
            )
