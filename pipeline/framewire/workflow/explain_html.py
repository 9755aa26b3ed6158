"""Labelled passages and their reasons as one HTML fragment: no script, nothing fetched, every text escaped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from framewire.label.reason_words import say_cue
from framewire.workflow.explain_text import say_accused, say_band, say_coding, say_cue_of, sort_cues


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a passage's text, what marks it (`rule`, `mention`, `cue`) and what is said of it; nothing for plain text."""

    text: str
    marks: tuple[str, ...] = ()
    told: str = ""


def render_html(passages: Sequence[dict[str, Any]], *, problem: str | None = None, note: str | None = None) -> str:
    """The passages with their labels and reasons as a fragment that stands in a page, in a notebook, or alone.

    Letters beyond ASCII are references, so that no encoding can spoil it.
    """
    text = _template().render(
        passages=[(passage, find_pieces(passage)) for passage in passages], problem=problem, note=note
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def find_pieces(passage: dict[str, Any]) -> list[Piece]:
    """A passage's text cut where rules, mentions and cues begin and end; together the pieces are the text."""
    text = passage["text"]
    spans = sorted(set(_list_spans(passage)))
    cuts = sorted({0, len(text), *(place for start, end, _, _ in spans for place in (start, end))})
    pieces = []
    for start, end in pairwise(cuts):
        over = [span for span in spans if span[0] <= start and end <= span[1]]
        marks = tuple(dict.fromkeys(mark for _, _, mark, _ in over))
        pieces.append(Piece(text[start:end], marks, "; ".join(dict.fromkeys(told for *_, told in over))))
    return pieces


def _list_spans(passage: dict[str, Any]) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, mark, what is said of it) of everything that is marked in a passage."""
    for mention in passage["mentions"]:
        told = f"mention {mention['referent']}/{mention['wording']}, {mention['voice']}"
        yield mention["start"], mention["end"], "mention", told
    for label in passage["narratives"]:
        reasons = label.get("reasons") or {"rules": (), "voice": {"cues": ()}}
        for rule in reasons["rules"]:
            yield rule["start"], rule["end"], "rule", f"rule of {label['id']}: {rule['pattern']}"
        for cue in reasons["voice"]["cues"]:
            if cue["kind"] != "quotation":
                by = f" by {cue['speaker']}" if cue["speaker"] else ""
                yield cue["start"], cue["end"], "cue", f"{say_cue(cue['kind'])}{by}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("framewire.workflow", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        signed=lambda value: f"{value:+.2f}".replace("-", "−"),
        percent=lambda score: f"{100 * min(max(score, 0.0), 1.0):.1f}",
        cues=sort_cues,
        cue=say_cue_of,
        accused=say_accused,
        band=say_band,
        coding=say_coding,
    )
    return environment.get_template("explain.html.j2")
