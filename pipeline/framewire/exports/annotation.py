"""Articles with their labels for annotation tools: Label Studio and doccano. Spans are code points of the text beside them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from framewire.exports.files import encode_line, to_plain

# What the places in Label Studio's labelling interface are called.
_TEXT, _LABEL = "text", "label"

LABELLING_INTERFACE = """<View>
  <Header value="$title"/>
  <Labels name="label" toName="text">
{labels}
  </Labels>
  <Text name="text" value="$text"/>
</View>
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled span of an article's text. `score` in [0, 1]."""

    start: int
    end: int
    label: str
    score: float
    voice: str


@dataclass(frozen=True, slots=True)
class MarkedArticle:
    """An article, its text and what is marked in it; `about` are the columns that go along."""

    about: Mapping[str, Any]
    text: str
    marks: Sequence[Mark]


def write_doccano(articles: Iterable[MarkedArticle], out: IO[bytes]) -> int:
    """How many articles were written, as JSON Lines for doccano's sequence labelling: `text`, `label`, and their columns."""
    n = 0
    for n, article in enumerate(articles, start=1):  # noqa: B007 - counted
        label = [[mark.start, mark.end, mark.label] for mark in article.marks]
        about = {name: to_plain(value) for name, value in article.about.items()}
        out.write(encode_line({"text": article.text, "label": label, **about}))
    return n


def write_label_studio(articles: Iterable[MarkedArticle], out: IO[bytes]) -> int:
    """How many articles were written, as one JSON list of Label Studio's tasks; our labels are its predictions."""
    out.write(b"[")
    n = 0
    for n, article in enumerate(articles, start=1):
        out.write((b",\n" if n > 1 else b"\n") + encode_line(build_task(article)).rstrip(b"\n"))
    out.write(b"\n]\n")
    return n


def build_task(article: MarkedArticle) -> dict[str, Any]:
    """The article as a task of Label Studio. Each span carries its words, so that a shifted one is noticed.

    Source: Label Studio counts code points since its front end's pull request 308; before, UTF-16 units.
    """
    data = {name: to_plain(value) for name, value in article.about.items()}
    results = [_build_result(article.text, number, mark) for number, mark in enumerate(article.marks)]
    scores = [mark.score for mark in article.marks]
    prediction: dict[str, Any] = {"model_version": article.about.get("model") or "none", "result": results}
    if scores:
        prediction["score"] = sum(scores) / len(scores)
    return {"data": {**data, "text": article.text}, "predictions": [prediction]}


def render_labelling_interface(labels: Sequence[str]) -> str:
    """The labelling interface that goes with the tasks, for the project's settings."""
    lines = "\n".join(f"    <Label value={json.dumps(label)}/>" for label in labels)
    return LABELLING_INTERFACE.format(labels=lines)


def _build_result(text: str, number: int, mark: Mark) -> dict[str, Any]:
    value = {"start": mark.start, "end": mark.end, "text": text[mark.start : mark.end], "labels": [mark.label]}
    return {
        "id": f"m{number}",
        "from_name": _LABEL,
        "to_name": _TEXT,
        "type": "labels",
        "score": mark.score,
        "value": value,
        "meta": {"text": [mark.voice]},
    }
