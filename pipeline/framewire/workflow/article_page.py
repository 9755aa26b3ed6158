"""A stored article for reading: its text with mentions and the words behind its narratives marked, whatever else is known beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from framewire.summarise.excerpts import find_phrase
from framewire.workflow.articles import describe_text, show_article
from framewire.workflow.explain_html import Piece, find_pieces
from framewire.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage with its text in pieces, those that are marked among them."""

    values: dict[str, Any]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article as values under the keys of `framewire articles show --json`, its passages, and where its text is from.

    `headline` is taken from the first passage, with its marks; empty if that does not begin with it.
    """

    values: dict[str, Any]
    headline: tuple[Piece, ...]
    passages: tuple[ShownPassage, ...]
    source: str


def read_article_page(workspace: Workspace, number: int) -> ArticlePage:
    """The article of this number. Raises InputError if there is none."""
    values = show_article(workspace, number)
    pieces = [tuple(find_pieces(_with_evidence(one))) for one in values["passages"]]
    title = values["title"]
    headline: tuple[Piece, ...] = ()
    if pieces and title and values["passages"][0]["text"].startswith(f"{title}\n"):
        headline, pieces[0] = _split(pieces[0], len(title))
    passages = tuple(map(ShownPassage, values["passages"], pieces))
    return ArticlePage(values, headline, passages, describe_text(values, workspace.config.zone))


def _split(pieces: Sequence[Piece], place: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces before a place in their text, and those behind it without the line's end that stands there."""
    before, after, at = [], [], 0
    for piece in pieces:
        cut = min(max(place - at, 0), len(piece.text))
        before.append(replace(piece, text=piece.text[:cut]))
        after.append(replace(piece, text=piece.text[cut:]))
        at += len(piece.text)
    behind = [piece for piece in after if piece.text]
    if behind:
        behind[0] = replace(behind[0], text=behind[0].text.lstrip("\n"))
    return tuple(piece for piece in before if piece.text), tuple(piece for piece in behind if piece.text)


def _with_evidence(passage: dict[str, Any]) -> dict[str, Any]:
    """The passage with the place of each narrative's first evidence as a rule of it, as explained labels have."""
    narratives = []
    for label in passage["narratives"]:
        place = find_phrase(passage["text"], label["evidence"])
        rules = [{"start": place[0], "end": place[1], "pattern": passage["text"][slice(*place)]}] if place else []
        narratives.append({**label, "reasons": {"rules": rules, "voice": {"cues": ()}}})
    return {**passage, "narratives": narratives}
