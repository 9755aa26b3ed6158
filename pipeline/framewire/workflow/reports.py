"""What a run and each of its stages did: a line for people, figures for the record, and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framewire.workflow.summaries import WrittenSummary

# Exit codes. Source: design, section 8.
DONE, FAILED, REDUCED = 0, 1, 3

Progress = Callable[[str, int, int], None]


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Shows nothing."""


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one stage did: one line for people, figures for the record, and what was reduced (None = nothing).

    `lasting` is what was reduced before and still is: it counts as much, and a quiet run does not tell it again.
    """

    stage: str
    line: str
    figures: dict[str, Any] = field(default_factory=dict)
    reduced: str | None = None
    lasting: str | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did."""

    stages: tuple[StageReport, ...]
    summary: WrittenSummary | None = None

    @property
    def exit_code(self) -> int:
        """0 done, 3 done but reduced."""
        return REDUCED if self.reasons or self.lasting else DONE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the run counts as reduced, and was not before."""
        return tuple(stage.reduced for stage in self.stages if stage.reduced)

    @property
    def lasting(self) -> tuple[str, ...]:
        """Why it counts as reduced as before."""
        return tuple(stage.lasting for stage in self.stages if stage.lasting)
