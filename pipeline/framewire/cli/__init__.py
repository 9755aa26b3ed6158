"""The command line: arguments in, workflow called, results out. The only place that exits."""

from framewire.cli.main import main

__all__ = ["main"]
