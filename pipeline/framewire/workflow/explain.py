"""Labels with their reasons, for texts that are in no feed and for stored articles."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from framewire.errors import InputError
from framewire.files import read_text
from framewire.ingest.language import find_language
from framewire.label import Labeller
from framewire.label.reasons import LabelReasons, PassageReasons, explain_passage
from framewire.label.reasons import explain_text as find_reasons
from framewire.records import ArticleVersion
from framewire.store import RULES, get_labelling, read_texts, reading
from framewire.workflow.articles import show_article
from framewire.workflow.codebooks import check_language
from framewire.workflow.disguises import list_mixed_words
from framewire.workflow.explain_html import render_html
from framewire.workflow.models import load_model_or_reason
from framewire.workflow.workspace import Workspace

# Scores that are nearer than this are the same: sums of floats in another order. Source: float arithmetic, with room.
SAME_SCORE = 1e-6


@dataclass(frozen=True, slots=True)
class Explanation:
    """Labelled passages as plain values; why no model was used (None = one was); why stored labels have no reasons beside them.

    A notebook shows it as `render_html` does.
    """

    passages: tuple[dict[str, Any], ...]
    problem: str | None = None
    note: str | None = None

    def _repr_html_(self) -> str:
        return render_html(self.passages, problem=self.problem, note=self.note)


def explain_text(workspace: Workspace, text: str, *, language: str | None = None, now: datetime) -> Explanation:
    """The labels of a text, passage by passage; the first line is the headline if a blank line or line end follows it.

    Without a language the text tells it, among the codebook's; a note says so if it is not the first of these.

    Raises:
        InputError: the text is empty, or the codebook has not this language.
    """
    if not text.strip():
        raise InputError(
            "there is no text to label; give one on standard input, such as: echo 'A sentence.' | framewire explain -"
        )
    language, note = _choose_language(workspace, text, language)
    labeller, problem = _labeller(workspace)
    found = find_reasons(labeller, text.strip(), language=language, published_on=now.date())
    told = tuple(_as_values(str(item.labels.passage.position), item, language) for item in found)
    return Explanation(told, problem, note)


def _choose_language(workspace: Workspace, text: str, language: str | None) -> tuple[str, str | None]:
    """The language to read a text in, and a note if the text alone tells that it is not the codebook's first one."""
    first, *_ = known = workspace.codebook.languages
    if language is not None:
        check_language(workspace.codebook, language)
        return language, None
    told = find_language(text, declared=first, candidates=known)
    return told, None if told == first else f"read as '{told}', as its words tell; `--lang` says otherwise."


def explain_passages(workspace: Workspace, path: Path, *, language: str | None = None, now: datetime) -> Explanation:
    """The labels of each text of a JSON Lines file, one passage each, in the codebook's first language if none is named.

    Raises:
        InputError: the file cannot be read or holds no passage, or a line has no id and text; names the line.
    """
    language = language or workspace.codebook.languages[0]
    check_language(workspace.codebook, language)
    texts = _read_texts(path)
    labeller, problem = _labeller(workspace)
    found = [
        _as_values(passage_id, explain_passage(labeller, text, language=language, published_on=now.date()), language)
        for passage_id, text in texts
    ]
    return Explanation(tuple(found), problem)


def explain_article(workspace: Workspace, number: str) -> Explanation:
    """The stored labels of an article, with their reasons if what labels now gives the same; else a note says why there are none.

    Raises:
        InputError: there is no article of this number.
    """
    if not number.isdigit():
        raise InputError(
            f"'{number}' is no article's number; use - for standard input, or see `framewire articles list`."
        )
    stored = tuple(show_article(workspace, int(number))["passages"])
    with reading(workspace.engine) as conn:
        labelling = get_labelling(conn, int(number))
        version = read_texts(conn, [labelling["version_id"]])[labelling["version_id"]] if labelling else None
    if labelling is None or version is None:
        return Explanation(stored, note="This article has no labels yet; `framewire run` gives them.")
    model, row, _ = load_model_or_reason(workspace)
    if not _is_in_use(workspace, labelling, row):
        by = "rules alone" if labelling["model"] == RULES else labelling["model"]
        return Explanation(stored, note=f"These labels are by {by}, not by what labels now: no weights.")
    passages = _read_again(Labeller(workspace.codebook, model), version)
    if len(stored) != len(passages) or not all(map(_is_same, stored, passages)):
        return Explanation(stored, note="These labels are by another version of Framewire: no weights.")
    told = zip(passages, stored, strict=True)
    return Explanation(tuple({**again, "codings": old["codings"]} for again, old in told))


def _is_in_use(workspace: Workspace, labelling: dict[str, Any], row: dict[str, Any] | None) -> bool:
    """Whether stored labels are by the codebook and the model (None = rules alone) that label now."""
    by = None if labelling["model"] == RULES else labelling["model_row_id"]
    return bool(labelling["codebook_digest"] == workspace.codebook.digest and by == (row["id"] if row else None))


def _read_again(labeller: Labeller, version: ArticleVersion) -> tuple[dict[str, Any], ...]:
    """The labels of a stored text as they were found when it was labelled, with their reasons."""
    found = find_reasons(
        labeller,
        version.text,
        title_end=version.title_end,
        language=version.language,
        published_on=(version.published_at or version.first_seen_at).date(),
    )
    return tuple(
        _as_values(f"{version.article_id}.{item.labels.passage.position}", item, version.language) for item in found
    )


def _is_same(stored: dict[str, Any], again: dict[str, Any]) -> bool:
    """Whether a passage that is read again has the labels that are stored; scores may differ by rounding."""
    if any(stored[key] != again[key] for key in ("id", "text", "relevant", "mentions")):
        return False
    keys = ("id", "voice", "accused", "state", "speaker")
    old, new = ([[label[key] for key in keys] for label in item["narratives"]] for item in (stored, again))
    scores = zip(stored["narratives"], again["narratives"], strict=False)
    return old == new and all(abs(a["score"] - b["score"]) < SAME_SCORE for a, b in scores)


def _labeller(workspace: Workspace) -> tuple[Labeller, str | None]:
    model, _, problem = load_model_or_reason(workspace)
    return Labeller(workspace.codebook, model), str(problem) if problem else None


def _as_values(passage_id: str, found: PassageReasons, language: str) -> dict[str, Any]:
    labels = found.labels
    start = labels.passage.start
    return {
        "id": passage_id,
        "text": labels.passage.text,
        "relevant": labels.relevant,
        "relevance": labels.relevance,
        "narratives": [_narrative_as_values(reasons) for reasons in found.narratives],
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


def _narrative_as_values(reasons: LabelReasons) -> dict[str, Any]:
    label = reasons.label
    return {
        "id": label.narrative,
        "score": label.score,
        "voice": label.voice.value,
        "accused": label.accused,
        "state": label.state.value,
        "speaker": label.speaker,
        "evidence": list(label.evidence),
        "reasons": _reasons_as_values(reasons),
    }


def _reasons_as_values(reasons: LabelReasons) -> dict[str, Any]:
    score, accused = reasons.score, reasons.accused
    values: dict[str, Any] = {
        "rules": [asdict(rule) for rule in reasons.rules],
        "score": asdict(score) if score else None,
        "voice": asdict(reasons.voice),
        "accused": asdict(accused) if accused else None,
    }
    if reasons.voice.over:
        values["voice"]["over"] = reasons.voice.over.value
    if score:
        told = values["score"]
        values["score"] = {"for": told.pop("weighed_for"), "against": told.pop("weighed_against"), **told}
    if accused:
        values["accused"]["scores"] = [{"side": side, "score": value} for side, value in accused.scores]
    return values


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
    if not texts:
        raise InputError(f'{path}: holds no passage; write one a line, such as {{"id": "1", "text": "..."}}')
    return texts


def _describe_fault(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return f"no JSON: {error}" if isinstance(error, json.JSONDecodeError) else "no object"
