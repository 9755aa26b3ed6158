"""What an outlet changed in a text that it took from another one, word by word."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import pandas as pd

from framewire.records import ArticleVersion
from framewire.summarise.cases import Cases
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import Edit, Piece
from framewire.summarise.reading import Shelf
from framewire.summarise.tables import Tables, get_row, iter_rows, text_or_none
from framewire.text.changes import fold_wording

MAX_EDITS = 4
MAX_PLACES = 2
# Words shown beside a change, and of a change itself.
CONTEXT_WORDS = 5
MAX_CHANGED_WORDS = 14
# Changes with so few words between them are read as one.
NEAR_WORDS = 4
# Aligning grows with the square of the words; longer texts are compared as far as this. Source: text/changes.py.
MAX_WORDS = 2_000
# Copies looked at on a day; of an agency's text in a hundred outlets the first show what is done to it.
MAX_COPIES = 80
_WORD = re.compile(r"\S+")


class Hunk(NamedTuple):
    """Words that differ: `old` and `new` are half-open ranges of words of the one text and the other.

    `within` are the words of the newer text among which it stands: its headline, or all below it.
    """

    old: tuple[int, int]
    new: tuple[int, int]
    within: tuple[int, int]


class _Side(NamedTuple):
    """A text with where its words stand, and where it mentions what."""

    version: ArticleVersion
    spans: list[tuple[int, int]]
    mentions: list[tuple[int, int]]

    def touches(self, words: tuple[int, int]) -> int:
        """How many mentions these words touch."""
        if words[0] == words[1]:
            return 0
        start, end = self.spans[words[0]][0], self.spans[words[1] - 1][1]
        return sum(a < end and b > start for a, b in self.mentions)


def build_edits(shelf: Shelf, cases: Cases, tables: Tables) -> tuple[Edit, ...]:
    """The edits of a wire text that touch a wording of the codebook, those that touch most first.

    A copy is compared with the version of its original that it is nearest to, so that what the source itself changed
    later is laid to nobody else.
    """
    mentions: dict[Any, pd.DataFrame] = dict(list(tables.mentions.groupby("version_id")))
    versions: dict[int, list[ArticleVersion]] = defaultdict(list)
    for version in tables.texts.values():
        versions[version.article_id].append(version)
    found = []
    for copy, original in _list_pairs(cases):
        new = shelf.text_of(copy)
        if new is None or not versions[original]:
            continue
        old = min(versions[original], key=lambda version: (-_likeness(version, new), version.number))
        if (edit := _compare(shelf, (copy, original), _side(old, mentions), _side(new, mentions), cases)) is not None:
            found.append(edit)
    ranked = sorted(found, key=lambda item: (-item.n_touched, item.outlet, item.title))
    return tuple(ranked[:MAX_EDITS])


def list_hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Where two texts differ, word by word; capitals, quotation marks and dashes of another kind are no difference."""
    a, b = ([fold_wording(word) or word for word in side] for side in (old, new))
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return [Hunk((i, j), (k, m), (0, len(b))) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]


def join_near(hunks: Iterable[Hunk]) -> list[list[Hunk]]:
    """The differences in their order, those with few words between them together."""
    joined: list[list[Hunk]] = []
    for hunk in hunks:
        if joined and hunk.new[0] - joined[-1][-1].new[1] <= NEAR_WORDS:
            joined[-1].append(hunk)
        else:
            joined.append([hunk])
    return joined


def _list_pairs(cases: Cases) -> list[tuple[int, int]]:
    """The day's copies on the subject, each with its original, of another outlet and with another text."""
    today = cases.today[cases.today["relevant"] & cases.today["is_copy"]]
    by_id = cases.articles.drop_duplicates("article_id").set_index("article_id")
    pairs = [(int(copy), cases.originals[copy]) for copy in today["article_id"].tolist() if copy in cases.originals]
    known = [pair for pair in pairs if pair[1] in by_id.index]
    return [
        (copy, original)
        for copy, original in known
        if get_row(by_id, copy)["outlet"] != get_row(by_id, original)["outlet"]
        and get_row(by_id, copy)["text_hash"] != get_row(by_id, original)["text_hash"]
    ][:MAX_COPIES]


def _likeness(old: ArticleVersion, new: ArticleVersion) -> float:
    """How much two texts share, roughly: words in common, wherever they stand."""
    a, b = set(old.text.split()), set(new.text.split())
    return len(a & b) / max(1, len(a | b))


def _side(version: ArticleVersion, mentions: Mapping[Any, pd.DataFrame]) -> _Side:
    rows = mentions.get(version.version_id)
    places = [] if rows is None else [(int(row.start), int(row.end)) for row in iter_rows(rows)]
    return _Side(version, [match.span() for match in _WORD.finditer(version.text)][:MAX_WORDS], places)


def _compare(shelf: Shelf, pair: tuple[int, int], old: _Side, new: _Side, cases: Cases) -> Edit | None:
    """What changed between two texts; None if nothing of it touches a wording."""
    places = [place for is_title in (True, False) for place in join_near(_compare_part(old, new, is_title=is_title))]
    touched = [sum(old.touches(hunk.old) + new.touches(hunk.new) for hunk in place) for place in places]
    telling = [place for place, n in zip(places, touched, strict=True) if n][:MAX_PLACES]
    if not telling:
        return None
    row = get_row(shelf.articles, pair[0])
    source = cases.articles[cases.articles["article_id"] == pair[1]].iloc[0]
    return Edit(
        title=clean_line(row["title"], limit=140) or "(no headline)",
        outlet=clean_line(row["outlet_name"], limit=60),
        group=str(row["group"]),
        url=text_or_none(row["url"]),
        language=str(row["language"]),
        source=clean_line(source["outlet_name"], limit=60),
        source_url=text_or_none(source["url"]),
        places=tuple(tuple(_show(old, new, place)) for place in telling),
        n_touched=sum(touched),
        n_other=len(places) - len(telling),
    )


def _compare_part(old: _Side, new: _Side, *, is_title: bool) -> Iterator[Hunk]:
    """The differences of both headlines, or of both texts below them, so that no change reaches from one into the other."""
    parts = []
    for side in (old, new):
        n_title = sum(start < side.version.title_end for start, _ in side.spans)
        parts.append((0, n_title) if is_title else (n_title, len(side.spans)))
    words = [
        [side.version.text[start:end] for start, end in side.spans[first:last]]
        for side, (first, last) in zip((old, new), parts, strict=True)
    ]
    (a, _), (b, _) = parts
    for hunk in list_hunks(*words):
        yield Hunk((hunk.old[0] + a, hunk.old[1] + a), (hunk.new[0] + b, hunk.new[1] + b), parts[1])


def _show(old: _Side, new: _Side, place: Sequence[Hunk]) -> Iterator[Piece]:
    """Changes that stand together, with the words before, between and behind them as they stand in the newer text."""
    first, last = place[0].within
    edge = max(first, place[0].new[0] - CONTEXT_WORDS)
    for hunk in place:
        for side, words, kind in ((new, (edge, hunk.new[0]), ""), (old, hunk.old, "del"), (new, hunk.new, "ins")):
            if words[0] < words[1]:
                yield Piece(_cut(side, words), kind)
        edge = hunk.new[1]
    if edge < last:
        yield Piece(_cut(new, (edge, min(last, edge + CONTEXT_WORDS))))


def _cut(side: _Side, words: tuple[int, int]) -> str:
    """Words of a text on one line; of many the first ones, with how many more there are."""
    spans = side.spans[words[0] : words[1]]
    shown = clean_line(" ".join(side.version.text[a:b] for a, b in spans[:MAX_CHANGED_WORDS]))
    left = len(spans) - MAX_CHANGED_WORDS
    return f"{shown} … ({left} words more)" if left > 0 else shown
