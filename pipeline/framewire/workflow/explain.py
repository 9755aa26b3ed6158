"""Labels for texts that are in no feed, and their rendering for a terminal."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from framewire.errors import InputError
from framewire.files import read_text
from framewire.label import Labeller
from framewire.records import PassageLabels
from framewire.workflow.articles import show_article
from framewire.workflow.codebooks import check_language
from framewire.workflow.disguises import list_mixed_words
from framewire.workflow.models import load_model_or_reason
from framewire.workflow.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Explanation:
    """Labelled passages as plain values, and why no model was used (None = one was)."""

    passages: tuple[dict[str, Any], ...]
    problem: str | None = None


def explain_text(workspace: Workspace, text: str, *, language: str, now: datetime) -> Explanation:
    """The labels of a text, passage by passage; the first line is the headline if a blank line or line end follows it.

    Raises:
        InputError: the text is empty.
    """
    if not text.strip():
        raise InputError(
            "there is no text to label; give one on standard input, such as: echo 'A sentence.' | framewire explain -"
        )
    check_language(workspace.codebook, language)
    labeller, problem = _labeller(workspace)
    labels = labeller.label_text(text.strip(), language=language, published_on=now.date())
    return Explanation(tuple(_as_values(str(item.passage.position), item, language) for item in labels), problem)


def explain_passages(workspace: Workspace, path: Path, *, language: str, now: datetime) -> Explanation:
    """The labels of each text of a JSON Lines file, one passage each.

    Raises:
        InputError: the file cannot be read, or a line has no id and text; names the line.
    """
    check_language(workspace.codebook, language)
    labeller, problem = _labeller(workspace)
    found = [
        _as_values(passage_id, labeller.label_passage(text, language=language, published_on=now.date()), language)
        for passage_id, text in _read_texts(path)
    ]
    return Explanation(tuple(found), problem)


def explain_article(workspace: Workspace, number: str) -> Explanation:
    """The stored labels of an article. Raises InputError if there is none of this number."""
    if not number.isdigit():
        raise InputError(
            f"'{number}' is no article's number; use - for standard input, or see `framewire articles list`."
        )
    return Explanation(tuple(show_article(workspace, int(number))["passages"]))


def render_passages(passages: Sequence[dict[str, Any]]) -> str:
    """The passages with their labels, for a terminal of 80 columns."""
    return "\n\n".join("\n".join(_render_passage(passage)) for passage in passages)


def _render_passage(passage: dict[str, Any]) -> list[str]:
    text = textwrap.wrap(" ".join(passage["text"].split()), 78, initial_indent="| ", subsequent_indent="| ")
    lines = [f"[{passage['id']}] {'relevant' if passage['relevant'] else 'not relevant'}", *text]
    for label in passage["narratives"]:
        who = f", accused: {label['accused']}" if label["accused"] else ""
        said_by = f", said by {label['speaker']}" if label["speaker"] else ""
        lines.append(f"  {label['id']}  {label['voice']}{said_by}{who}  score {label['score']:.2f} ({label['state']})")
        lines += [f"      {item}" for item in label["evidence"]]
    for mention in passage["mentions"]:
        said_by = f", said by {mention['speaker']}" if mention["speaker"] else ""
        lines.append(f'  "{mention["text"]}"  {mention["referent"]}/{mention["wording"]}  {mention["voice"]}{said_by}')
    for word in passage["mixed_scripts"]:
        lines.append(f'  note: "{word["text"]}" mixes scripts by letters that look alike; read as "{word["read_as"]}"')
    return lines


def _labeller(workspace: Workspace) -> tuple[Labeller, str | None]:
    model, _, problem = load_model_or_reason(workspace)
    return Labeller(workspace.codebook, model), str(problem) if problem else None


def _as_values(passage_id: str, labels: PassageLabels, language: str) -> dict[str, Any]:
    start = labels.passage.start
    return {
        "id": passage_id,
        "text": labels.passage.text,
        "relevant": labels.relevant,
        "relevance": labels.relevance,
        "narratives": [
            {
                "id": label.narrative,
                "score": label.score,
                "voice": label.voice.value,
                "accused": label.accused,
                "state": label.state.value,
                "speaker": label.speaker,
                "evidence": list(label.evidence),
            }
            for label in labels.narratives
        ],
        "mentions": [
            {
                "referent": mention.referent,
                "wording": mention.wording,
                "start": mention.start - start,
                "end": mention.end - start,
                "text": mention.text,
                "voice": mention.voice.value,
                "speaker": mention.speaker,
            }
            for mention in labels.mentions
        ],
        "mixed_scripts": list_mixed_words(labels.passage.text, language=language),
    }


def _read_texts(path: Path) -> list[tuple[str, str]]:
    text = read_text(path, error=InputError, missing="Name a file of texts, one JSON object a line.")
    texts = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            texts.append((str(fields["id"]), str(fields["text"])))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise InputError(
                f'{path}:{number}: expected a line such as {{"id": "1", "text": "..."}} ({_describe_fault(error)})'
            ) from error
    return texts


def _describe_fault(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return f"no JSON: {error}" if isinstance(error, json.JSONDecodeError) else "no object"
