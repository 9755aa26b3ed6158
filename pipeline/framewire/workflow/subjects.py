"""The pages of one thing named, one narrative or one outlet, built of the ledger of all days; the ledger is kept while nothing is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

import pandas as pd

from framewire.errors import InputError
from framewire.store import get_mark, reading
from framewire.summarise.archive import ArchiveTables, build_ledger
from framewire.summarise.archive.ledger import Ledger
from framewire.summarise.archive.pages import SubjectPage
from framewire.summarise.archive.subjects import (
    build_narrative_page,
    build_referent_page,
    list_accused,
    list_examples,
)
from framewire.summarise.excerpts import clean_line
from framewire.summarise.shares import Share, count_only
from framewire.workflow.archive import read_archive
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message


@dataclass(frozen=True, slots=True)
class OutletShare:
    """What an outlet has of an item: n of all that it could be. A sided narrative has a share for each accused side."""

    outlet: str
    name: str
    group: str
    shares: tuple[Share, ...]
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """The page of a referent or a narrative, with the outlets, those with most first, and the breaks of its series."""

    page: SubjectPage
    outlets: tuple[OutletShare, ...]
    first: date
    last: date
    breaks: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    mark: tuple[object, ...]
    ledger: Ledger
    tables: ArchiveTables


class LedgerShelf:
    """Keeps the newest ledger, so that a page is built in hundredths of a second and not in whole ones."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None
        self._lock = Lock()

    def get(self, workspace: Workspace, *, now: datetime) -> tuple[Ledger, ArchiveTables]:
        """The ledger of a workspace and what it was built from. Raises InputError if nothing was asked yet."""
        with reading(workspace.readonly_engine) as conn:
            mark = (*get_mark(conn), workspace.codebook.digest, now.date())
        with self._lock:
            if self._kept is None or self._kept.mark != mark:
                tables, windows, _ = read_archive(workspace, now=now)
                self._kept = _Kept(mark, build_ledger(tables, windows, sided=workspace.codebook.sided_ids), tables)
            return self._kept.ledger, self._kept.tables


def list_subjects(workspace: Workspace, shelf: LedgerShelf, *, now: datetime) -> dict[str, list[SubjectPage]]:
    """The pages of all referents and narratives that were ever found, what is spoken of most now first."""
    ledger, _ = shelf.get(workspace, now=now)
    found = {
        "referents": [
            build_referent_page(one, ledger, workspace.codebook, ()) for one in workspace.codebook.terminology
        ],
        "narratives": [build_narrative_page(one, ledger, workspace.codebook) for one in workspace.codebook.narratives],
    }
    return {
        kind: sorted((page for page in pages if page), key=lambda page: -page.weight) for kind, pages in found.items()
    }


def get_referent_page(workspace: Workspace, shelf: LedgerShelf, referent_id: str, *, now: datetime) -> Subject | None:
    """The page of a referent; None if it was never named.

    Raises:
        InputError: the codebook has none of this id.
    """
    codebook = workspace.codebook
    _check_known("referent", referent_id, [referent.id for referent in codebook.terminology])
    ledger, tables = shelf.get(workspace, now=now)
    examples = list_examples(tables.newest, tables.texts, codebook, workspace.config.zone).get(referent_id, [])
    page = build_referent_page(codebook.get_referent(referent_id), ledger, codebook, examples)
    titles = {wording.id: wording.title for wording in codebook.get_referent(referent_id).wordings}
    return _build(page, ledger, _share_referent(ledger, referent_id, titles))


def get_narrative_page(workspace: Workspace, shelf: LedgerShelf, narrative_id: str, *, now: datetime) -> Subject | None:
    """The page of a narrative; None if it was never found.

    Raises:
        InputError: the codebook has none of this id.
    """
    _check_known("narrative", narrative_id, list(workspace.codebook.narrative_ids))
    ledger, _ = shelf.get(workspace, now=now)
    codebook, narrative = workspace.codebook, workspace.codebook.get_narrative(narrative_id)
    page = build_narrative_page(narrative, ledger, codebook)
    accused = list_accused(narrative, codebook, ledger.find_accused(narrative_id))
    return _build(page, ledger, _share_narrative(ledger, [(narrative_id, one) for one in accused]))


def _build(page: SubjectPage | None, ledger: Ledger, outlets: Sequence[OutletShare]) -> Subject | None:
    if page is None:
        return None
    ranked = sorted(outlets, key=lambda one: (-one.shares[0].total, one.name))
    return Subject(page, tuple(ranked), ledger.days[0], ledger.days[-1], ledger.breaks)


def _share_referent(ledger: Ledger, referent_id: str, titles: dict[str, str]) -> list[OutletShare]:
    """Of each outlet: its mentions of the thing, its own leading wording among them, and how many of each wording."""
    rows = ledger.wordings[ledger.wordings["referent"] == referent_id]
    rows = rows[rows["wording"].isin(list(titles))]
    found = []
    for outlet, own in rows.groupby("outlet", sort=True):
        counts = own.groupby("wording")["n"].sum().sort_values(ascending=False, kind="stable")
        parts = tuple((f"“{titles[str(name)]}”", int(n)) for name, n in counts.items())
        share = count_only(parts[0][1], sum(n for _, n in parts))
        found.append(_outlet_share(str(outlet), own, (share,), parts))
    return found


def _share_narrative(ledger: Ledger, items: Sequence[tuple[str, str]]) -> list[OutletShare]:
    """Of each outlet: its articles that carry each (narrative, accused), among those on the subject."""
    holding = [set(ledger.find_holding(*item)) for item in items]
    return [
        _outlet_share(
            str(outlet),
            own,
            tuple(count_only(int(own["article_id"].isin(one).sum()), len(own)) for one in holding),
        )
        for outlet, own in ledger.articles.groupby("outlet", sort=True)
    ]


def _outlet_share(
    outlet: str, own: pd.DataFrame, shares: tuple[Share, ...], parts: tuple[tuple[str, int], ...] = ()
) -> OutletShare:
    return OutletShare(
        outlet, clean_line(str(own["outlet_name"].iloc[-1]), limit=60), str(own["group"].iloc[-1]), shares, parts
    )


def _check_known(kind: str, word: str, known: list[str]) -> None:
    if word not in known:
        raise InputError(unknown_message(kind, word, known))
