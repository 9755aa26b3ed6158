"""What a notebook asks for, checked: names that there are, spans of time, and the filter for the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from framewire.analysis.days import Calendar, When
from framewire.codebook import Codebook
from framewire.store import BY, MAX_IDS, Only, has_language, list_outlets, reading
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import nearest

Names = str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Filter:
    """The filters that every table takes, as they were given; None = all."""

    since: When = None
    until: When = None
    outlet: Names = None
    group: Names = None
    language: Names = None
    articles: Sequence[int] | None = None


class Filters(TypedDict, total=False):
    """What every table may be held to: time, outlets, groups, languages (one or several), numbers of articles.

    A date is a whole day of the workspace, `until` included; a time is exact, without zone the workspace's, `until` excluded.
    """

    since: When
    until: When
    outlet: Names
    group: Names
    language: Names
    articles: Sequence[int] | None


def choose(workspace: Workspace, calendar: Calendar, given: Filter) -> Only:
    """The filter for the database.

    Raises:
        ValueError: no such outlet, group or language; a time that cannot be read; too many numbers of articles.
    """
    since, until = calendar.read_start("since", given.since), calendar.read_end("until", given.until)
    if since and until and since >= until:
        raise ValueError(f"since={given.since!r} is not before until={given.until!r}: no article can lie between them")
    numbers = None if given.articles is None else tuple(int(number) for number in given.articles)
    if numbers is not None and len(numbers) > MAX_IDS:
        raise ValueError(f"articles: {len(numbers)} numbers are more than {MAX_IDS}; choose by since= and until=")
    return Only(since, until, *_check_places(workspace, given), numbers)


def check_name(kind: str, name: str, known: Iterable[str]) -> str:
    """The name. Raises ValueError if it is not among the known ones; names the nearest."""
    names = list(known)
    if name not in names:
        guess = nearest(name, names)
        hint = f"did you mean '{guess}'? " if guess else ""
        raise ValueError(f"unknown {kind} '{name}' ({hint}known: {', '.join(names) or 'none'})")
    return name


def check_referent(codebook: Codebook, referent: str | None) -> str | None:
    """The referent's id, None for all. Raises ValueError if the codebook has no such referent."""
    return referent and check_name("referent", referent, [item.id for item in codebook.terminology])


def check_narrative(codebook: Codebook, narrative: str | None) -> str | None:
    """The narrative's id, None for all. Raises ValueError if the codebook has no such narrative."""
    return narrative and check_name("narrative", narrative, codebook.narrative_ids)


def check_by(by: str | Sequence[str], known: Sequence[str] = BY) -> list[str]:
    """The columns to count by. Raises ValueError for one that there is not, or that is named twice."""
    names = [by] if isinstance(by, str) else list(by)
    for name in names:
        check_name("column in by=", name, known)
    if len(set(names)) < len(names):
        raise ValueError(f"by={names!r} names a column twice")
    return names


def _check_places(workspace: Workspace, given: Filter) -> tuple[Any, Any, Any]:
    """(outlets, groups, languages) as tuples of names that there are, None = all."""
    asked = [_as_names(value) for value in (given.outlet, given.group, given.language)]
    if all(names is None for names in asked):
        return None, None, None
    outlets, groups, languages = asked
    with reading(workspace.engine) as conn:
        pairs = list_outlets(conn)
        for name in outlets or ():
            check_name("outlet", name, [outlet for outlet, _ in pairs])
        for name in groups or ():
            check_name("group", name, sorted({group for _, group in pairs}))
        for name in languages or ():
            if not has_language(conn, name):
                check_name("language", name, workspace.codebook.languages)
    return outlets, groups, languages


def _as_names(value: Names) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)
