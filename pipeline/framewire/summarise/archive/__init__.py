"""The archive: a static site of all summaries, with a page and series for each referent, narrative and outlet. No SQL, no files."""

from framewire.summarise.archive.ledger import ArchiveTables, build_ledger
from framewire.summarise.archive.render import GENERATOR, DayLine, frame_summary, render_archive

__all__ = ["GENERATOR", "ArchiveTables", "DayLine", "build_ledger", "frame_summary", "render_archive"]
