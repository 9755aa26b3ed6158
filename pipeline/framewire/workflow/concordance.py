"""A concordance: the stored places where a pattern stands, each with what is left and right of it."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from framewire.label.asked import Rules, build_search
from framewire.label.concordance import Find
from framewire.records import ArticleVersion
from framewire.store import get_outlets, iter_texts, reading
from framewire.text.columns import keep_end, keep_start, on_one_line
from framewire.workflow.articles import check_known
from framewire.workflow.codebooks import check_language
from framewire.workflow.workspace import Workspace

__all__ = ["Concordance", "Line", "Rules", "Scope"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles are searched: those first seen in [since, until). None = all of the kind."""

    language: str | None = None
    outlet: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """True if it leaves articles out."""
        return any((self.language, self.outlet, self.since, self.until))


@dataclass(frozen=True, slots=True)
class Line:
    """One place in context; `left`, `text` and `right` are the text, on one line. `reason` None = it counts, else why not."""

    article: int
    first_seen: datetime
    outlet: str
    language: str
    left: str
    text: str
    right: str
    pattern: str
    reason: str | None
    start: int
    end: int
    url: str | None

    def as_row(self) -> dict[str, Any]:
        """The line as `terms test` shows a match."""
        return {
            "article": self.article,
            "first_seen": self.first_seen.isoformat(timespec="seconds"),
            "outlet": self.outlet,
            "language": self.language,
            "left": self.left,
            "text": self.text,
            "right": self.right,
            "pattern": self.pattern,
            "matches": f"no: {self.reason}" if self.reason else "yes",
            "start": self.start,
            "end": self.end,
            "url": self.url,
        }


class Concordance:
    """A search through the store. What it has counted is complete when its lines have been taken to the last."""

    def __init__(self, workspace: Workspace, asked: str, *, rules: Rules, scope: Scope, width: int) -> None:
        """`width` is the most letters of context on a side.

        Raises:
            InputError: an unknown language, outlet, wording or reference, or words that are no pattern.
            StoreError: there is no store.
        """
        if scope.language:
            check_language(workspace.codebook, scope.language)
        self._search = build_search(workspace.codebook, asked, rules, language=scope.language)
        self._engine, self._width = workspace.engine, width
        if scope.outlet:
            with reading(self._engine) as conn:
                stored = [outlet.id for outlet in get_outlets(conn)]
            check_known("outlet", scope.outlet, [item.id for item in workspace.outlets], stored)
        self.scope = scope
        self.languages = self._search.languages
        self.n_searched = 0
        self.n_articles = 0
        self.n_hits = 0
        self.n_misses = 0

    def iter_lines(self, *, misses: bool = False) -> Generator[Line]:
        """The places that count, newest article first, each article's in the order of its text.

        With `misses`, also those that a rule keeps from counting.
        """
        scope = self.scope
        with reading(self._engine) as conn:
            for version in iter_texts(
                conn,
                languages=self.languages,
                outlet=scope.outlet,
                since=scope.since,
                until=scope.until,
            ):
                finds = self._search.find(version)
                self._count(finds)
                for find in finds:
                    if misses or not find.reason:
                        yield _build_line(version, find, self._width)

    def _count(self, finds: list[Find]) -> None:
        n_hits = sum(not find.reason for find in finds)
        self.n_searched += 1
        self.n_articles += n_hits > 0
        self.n_hits += n_hits
        self.n_misses += len(finds) - n_hits


def _build_line(version: ArticleVersion, find: Find, width: int) -> Line:
    before, behind = version.text[: find.start], version.text[find.end :]
    # Hidden letters and spare spaces go, so more is read than is shown; what is left of a word at its edge goes, too.
    reach = 2 * width
    if len(before) > reach:
        before = before[-reach:].partition(" ")[2] or before[-reach:]
    if len(behind) > reach:
        behind = behind[:reach].rpartition(" ")[0] or behind[:reach]
    return Line(
        article=version.article_id,
        first_seen=version.first_seen_at,
        outlet=version.outlet_id,
        language=version.language,
        left=keep_end(on_one_line(before), width),
        text=on_one_line(version.text[find.start : find.end]),
        right=keep_start(on_one_line(behind), width),
        pattern=find.pattern,
        reason=find.reason,
        start=find.start,
        end=find.end,
        url=version.url,
    )
