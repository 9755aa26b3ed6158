"""Articles found by words and labels, a page at a time, with how many there are of each kind."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from framewire.errors import InputError
from framewire.records import ArticleVersion, LabelState, Voice
from framewire.store import (
    FoundArticle,
    Only,
    Wanted,
    count_labels,
    explore_mentions,
    explore_narratives,
    find_articles,
    list_outlets,
    read_texts,
    reading,
)
from framewire.summarise import find_window, window_of
from framewire.summarise.excerpts import clean_line, cut_excerpt
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

# How far back is looked unless a day is named. Source: a quarter, in which a question of today still is one.
DEFAULT_DAYS = 90
PAGE_SIZE = 25
# So many articles are counted at most; what is beyond is told as "more". Source: SQLite takes twice as many values in a query.
MAX_COUNTED = 15_000
MAX_WORDS = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. Words are parted by space, all must stand in the text; a day is one of the workspace, both included."""

    words: str = ""
    outlet: str = ""
    group: str = ""
    language: str = ""
    narrative: str = ""
    wording: str = ""
    voice: str = ""
    relevant: bool = False
    since: date | None = None
    until: date | None = None


class Facet(NamedTuple):
    """One value that the articles found may be narrowed to, in how many of them it stands."""

    value: str
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class FoundLine:
    """An article in the list: with its labels in words, and an excerpt around the first word looked for."""

    version: ArticleVersion
    outlet: str
    group: str
    narratives: tuple[str, ...]
    wordings: tuple[str, ...]
    excerpt: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, all facets by kind, and how many there are; `is_more`: than were counted."""

    lines: tuple[FoundLine, ...]
    n: int
    is_more: bool
    page: int
    n_pages: int
    facets: dict[str, tuple[Facet, ...]]


def find_default_since(workspace: Workspace, now: datetime) -> date:
    """The day from which on is looked unless one is named."""
    config = workspace.config
    return find_window(now, zone=config.zone, day_starts_at=config.day_starts_at).day - timedelta(days=DEFAULT_DAYS)


def search_articles(workspace: Workspace, question: Question, *, page: int = 1) -> Found:
    """The articles that are as asked, newest first.

    Raises:
        InputError: an outlet, group, narrative, wording or voice that there is not; too many words.
    """
    with reading(workspace.readonly_engine) as conn:
        found = find_articles(conn, _read_question(conn, workspace, question), limit=MAX_COUNTED + 1)
        counted = found[:MAX_COUNTED]
        n_pages = max(1, -(-len(counted) // PAGE_SIZE))
        page = min(max(page, 1), n_pages)
        shown = counted[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return Found(
            _describe(conn, workspace, shown, question.words.split()[:1]),
            len(counted),
            len(found) > MAX_COUNTED,
            page,
            n_pages,
            _count(conn, workspace, counted),
        )


def spell_word(word: str) -> tuple[str, ...]:
    """The ways a word may be written: as it is, small, capital, with a capital letter in front."""
    return tuple(dict.fromkeys((word, word.lower(), word.upper(), word.capitalize())))


def _read_question(conn: Connection, workspace: Workspace, asked: Question) -> Wanted:
    codebook, outlets = workspace.codebook, list_outlets(conn)
    wordings = [f"{referent.id}/{wording.id}" for referent in codebook.terminology for wording in referent.wordings]
    for kind, word, known in (
        ("outlet", asked.outlet, [name for name, _ in outlets]),
        ("group", asked.group, sorted({group for _, group in outlets})),
        ("narrative", asked.narrative, list(codebook.narrative_ids)),
        ("wording", asked.wording, [*wordings, *(referent.id for referent in codebook.terminology)]),
        ("voice", asked.voice, [voice.value for voice in Voice]),
    ):
        if word and word not in known:
            raise InputError(unknown_message(kind, word, known))
    words = asked.words.split()
    if len(words) > MAX_WORDS:
        raise InputError(f"{len(words)} words are looked for, and {MAX_WORDS} at most can be; leave some out")
    referent, _, wording = asked.wording.partition("/")
    config = workspace.config
    edges = [
        window_of(day, zone=config.zone, day_starts_at=config.day_starts_at) if day else None
        for day in (asked.since, asked.until)
    ]
    only = Only(
        edges[0].start if edges[0] else None,
        edges[1].end if edges[1] else None,
        (asked.outlet,) if asked.outlet else None,
        (asked.group,) if asked.group else None,
        (asked.language,) if asked.language else None,
    )
    return Wanted(
        only,
        tuple(map(spell_word, words)),
        asked.narrative or None,
        referent or None,
        wording or None,
        asked.voice or None,
        asked.relevant,
    )


def _describe(
    conn: Connection, workspace: Workspace, shown: Sequence[FoundArticle], words: Sequence[str]
) -> tuple[FoundLine, ...]:
    if not shown:
        return ()
    codebook = workspace.codebook
    texts = read_texts(conn, [one.version_id for one in shown])
    only = Only(articles=tuple(one.article_id for one in shown))
    told, named = explore_narratives(conn, only), explore_mentions(conn, only)
    firm = told[told["state"] != LabelState.ABSTAINED.value]
    labels = {narrative.id: narrative.label for narrative in codebook.narratives}
    titles, outlets = _title_wordings(workspace), _name_outlets(workspace)
    narratives = _group(firm["article_id"], [labels.get(name, name) for name in firm["narrative"]])
    keys = zip(named["referent"], named["wording"], strict=True)
    wordings = _group(named["article_id"], [titles.get(f"{a}/{b}", b.replace("_", " ")) for a, b in keys])
    return tuple(
        FoundLine(
            texts[one.version_id],
            outlets.get(one.outlet, one.outlet),
            one.group,
            narratives.get(one.article_id, ()),
            wordings.get(one.article_id, ()),
            _cut(texts[one.version_id], words),
        )
        for one in shown
    )


def _group(keys: Iterable[Any], values: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """The values by key, each once, in their order."""
    found: dict[int, dict[str, None]] = {}
    for key, value in zip(keys, values, strict=True):
        found.setdefault(int(key), {})[value] = None
    return {key: tuple(values) for key, values in found.items()}


def _cut(version: ArticleVersion, words: Sequence[str]) -> Sequence[Any]:
    """The sentence in which the first word stands; without one, the beginning of the text."""
    match = re.search(re.escape(words[0]), version.text, re.IGNORECASE) if words else None
    if match is None or match.end() <= version.title_end:
        return cut_excerpt(version.text[version.title_end :], None)
    return cut_excerpt(version.text, match.span())


def _title_wordings(workspace: Workspace) -> dict[str, str]:
    return {
        f"{referent.id}/{wording.id}": f"“{wording.title}”"
        for referent in workspace.codebook.terminology
        for wording in referent.wordings
    }


def _name_outlets(workspace: Workspace) -> dict[str, str]:
    return {outlet.id: clean_line(outlet.name, limit=60) for outlet in workspace.outlets}


def _count(conn: Connection, workspace: Workspace, found: Sequence[FoundArticle]) -> dict[str, tuple[Facet, ...]]:
    """How many of the articles are of each kind, most first."""
    labels = count_labels(conn, [one.labelling_id for one in found if one.labelling_id is not None])
    names = {narrative.id: narrative.label for narrative in workspace.codebook.narratives}
    outlets = _name_outlets(workspace)
    wordings = Counter({f"{referent}/{wording}": n for (referent, wording), n in labels.wordings.items()})
    return {
        "outlet": _rank(Counter(one.outlet for one in found), outlets),
        "group": _rank(Counter(one.group for one in found), {}),
        "language": _rank(Counter(one.language for one in found), {}),
        "narrative": _rank(labels.narratives, names),
        "wording": _rank(wordings, _title_wordings(workspace)),
        "voice": _rank(labels.voices, {voice.value: voice.value.replace("_", " ") for voice in Voice}),
    }


def _rank(counts: "Counter[str]", labels: dict[str, str]) -> tuple[Facet, ...]:
    return tuple(
        Facet(value, labels.get(value, value), n) for value, n in sorted(counts.items(), key=lambda it: (-it[1], it[0]))
    )
