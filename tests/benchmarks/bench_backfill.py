"""Backfills of growing archives: articles a second, memory, growth; a cluster beside processes of one machine.

Short by default; `make scale` runs the whole, up to a million articles. FRAMEWIRE_SCALE names other sizes, FRAMEWIRE_SCALE_SHARE how
many of the articles are on the subject, FRAMEWIRE_SCALE_WATCH a workspace with a trained model to spare the training. Where
the machine is shared, trust the seconds of CPU.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from archive_press import write_archive
from measure import SEEDS, run_apart, show_table

SIZES = tuple(int(size) for size in os.environ.get("FRAMEWIRE_SCALE", "500,1500").split(","))
# Sizes up to this one are labelled by clusters, too: a cluster is compared on one archive, not on all.
CLUSTER_SIZE = int(os.environ.get("FRAMEWIRE_SCALE_CLUSTER", str(SIZES[0])))
# Source: a guess on the high side for archives of outlets that report on a conflict; in a crawl of all news it is far less.
SHARE = float(os.environ.get("FRAMEWIRE_SCALE_SHARE", "0.1"))
HEADER = ("articles", "by", "seconds", "articles/s", "CPU s", "CPU s a million", "peak MB", "MB out", "load")


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a trained model."""
    named = os.environ.get("FRAMEWIRE_SCALE_WATCH")
    if named:
        return Path(named)
    from datetime import UTC, datetime

    from framewire.workflow.models import train_in_workspace
    from framewire.workflow.workspace import init_workspace, open_workspace

    folder = tmp_path_factory.mktemp("scale") / "watch"
    init_workspace(folder, seeds=SEEDS)
    train_in_workspace(open_workspace(folder), now=datetime(2026, 11, 26, tzinfo=UTC), with_scores=False)
    return folder


def test_backfill(watch: Path, tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = []
    for size in SIZES:
        write_archive(tmp_path / f"archive{size}", size, share=SHARE)
        runs = [("jobs", 2), *((("dask", 2), ("dask", 4)) if size == CLUSTER_SIZE else ())]
        for who, n in runs:
            out = tmp_path / f"{who}{n}" / "out"
            told = run_apart("backfill_once.py", watch, tmp_path / f"archive{size}" / "*.jsonl", out, who, n)
            assert told["articles"] == size
            rows.append(describe(size, f"{who} {n}", told, out))
            shutil.rmtree(out.parent)
        shutil.rmtree(tmp_path / f"archive{size}")
    show_table(f"Backfill, {SHARE:.0%} of the articles on the subject", HEADER, rows)


def describe(size: int, by: str, told: dict[str, Any], out: Path) -> tuple[object, ...]:
    """A row of the table."""
    held = sum(path.stat().st_size for path in out.rglob("*.parquet")) / 2**20
    return (
        f"{size:,}",
        by,
        f"{told['seconds']:.1f}",
        f"{size / told['seconds']:.1f}",
        f"{told['cpu']:.1f}",
        f"{told['cpu'] / size * 1e6:,.0f}",
        f"{told['peak_mb']:.0f}",
        f"{held:.1f}",
        f"{told['load']:.1f}",
    )
