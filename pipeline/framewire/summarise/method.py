"""The method footer: with what the numbers were made, how good it is, and what it is not."""

from collections.abc import Mapping
from typing import Any

from framewire.codebook import Codebook
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import Method
from framewire.summarise.shares import measure

_MAX_ERROR = 400

# The accused side is always shown, but a change is announced on it only if the share of right answers is above this for
# certain: the whole 95 % interval is. The measured passages are written ones, and real ones are harder.
# Source: the floor set for accused sides when the project began.
ACCUSED_FLOOR = 0.8


def describe_method(codebook: Codebook, card: Mapping[str, Any] | None, error: str | None) -> Method:
    """The codebook and the model in use, and how good the model was where it was measured."""
    return Method(
        codebook=f"{codebook.id}, version {codebook.version} ({codebook.digest[:12]})",
        codebook_title=codebook.title,
        model=f"{codebook.id}/{card['version']}" if card and "version" in card else None,
        model_error=clean_line(error, limit=_MAX_ERROR) if error else None,
        lines=(*_describe_quality(card), *_describe_counting()),
    )


def is_accused_reliable(card: Mapping[str, Any] | None) -> bool:
    """Whether the accused side is right often enough for a change to be announced on it."""
    accused = _accused_scores(card)
    accuracy, n = accused.get("accuracy"), accused.get("n", 0)
    low = measure(round(accuracy * n), n).low if accuracy is not None else None
    return low is not None and low >= ACCUSED_FLOOR


def describe_accused(card: Mapping[str, Any] | None) -> str:
    """A line for the narratives: how far the accused sides can be relied on; '' if they can."""
    if is_accused_reliable(card):
        return ""
    accuracy = _accused_scores(card).get("accuracy")
    measured = (
        "were not measured here"
        if accuracy is None
        else f"were right in {accuracy:.0%} of measured cases, not surely in {ACCUSED_FLOOR:.0%}"
    )
    return (
        f"Who is accused is not reliable yet: the sides {measured}. No change is announced on them; read the evidence."
    )


def _accused_scores(card: Mapping[str, Any] | None) -> Mapping[str, Any]:
    scores = (card or {}).get("cross_validation") or {}
    found: Mapping[str, Any] = scores.get("accused", {})
    return found


def _describe_quality(card: Mapping[str, Any] | None) -> list[str]:
    if not card or "version" not in card:
        return [
            "Narratives are labelled by the codebook's indicator patterns alone; how often these are right was not measured."
        ]
    scores = card.get("cross_validation")
    made_from = card.get("passages", {}).get("n")
    if not scores:
        return [f"The model was trained on {made_from} coded passages; it was not cross-validated in this workspace."]
    precision, recall = _pool(scores["narratives"]["by_id"])
    relevance = scores["relevance"]
    lines = [
        "Measured by cross-validation grouped by story, on the passages that it learnt from, not on the coverage shown here "
        f"({made_from} passages): narratives precision {precision:.2f}, recall {recall:.2f}; relevance precision "
        f"{relevance['precision']:.2f}, recall {relevance['recall']:.2f}."
    ]
    voice, accused = scores.get("voice", {}).get("macro_f1"), scores.get("accused", {}).get("accuracy")
    parts = [f"voice macro-F1 {voice:.2f}"] if voice is not None else []
    parts += [f"accused side right in {accused:.0%} of cases"] if accused is not None else []
    if parts:
        lines.append(f"On the same passages: {', '.join(parts)}.")
    return lines


def _pool(by_id: Mapping[str, Mapping[str, float]]) -> tuple[float, float]:
    """Precision and recall over all narratives together, from those of each."""
    hits = sum(s["recall"] * s["support"] for s in by_id.values())
    said = sum(s["recall"] * s["support"] / s["precision"] for s in by_id.values() if s["precision"])
    true = sum(s["support"] for s in by_id.values())
    return (hits / said if said else 0.0), (hits / true if true else 0.0)


def _describe_counting() -> list[str]:
    return [
        "Shares of wordings are of all mentions of the same thing in relevant passages; shares of narratives are of relevant "
        "articles. Under 10 cases no share is printed. Ranges are 95 % intervals by story: the cases of one story resemble each "
        "other.",
        "A change is announced only if it survives a test that exchanges whole stories and compares each outlet with itself "
        "(copies counted once; one question for each referent and narrative, then its parts; false discovery rate 5 %), is at "
        "least 5 points, stands in 3 outlets or in one with 5 articles, and is still there without its largest story.",
        "Shares are not corrected for the model's errors. A label says which words and account a text carries, in whose "
        "voice; it does not say whether the account is true.",
    ]
