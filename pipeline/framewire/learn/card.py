"""The model card: what a model was made from, how good it is and where it fails."""

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment

from framewire.codebook import Codebook
from framewire.label import NarrativeModel
from framewire.learn.passages import digest_passages
from framewire.records import CodedPassage

# Below so many coded examples a narrative's scores say little. Source: ecosystem anchors, section 4.
FEW_EXAMPLES = 30


def model_version(codebook: Codebook, passages: Sequence[CodedPassage]) -> str:
    """The version's name, the same for the same codebook and passages: `<codebook version>-<digest of passages and codebook>`."""
    return f"{codebook.version}-{digest_passages(passages)[:6]}{codebook.digest[:4]}"


def build_card(
    model: NarrativeModel,
    passages: Sequence[CodedPassage],
    *,
    about: Sequence[str] = (),
    scores: dict[str, Any] | None,
    agreement: dict[str, Any] | None,
    tried: Sequence[Sequence[str]] = (),
    random_state: int,
) -> dict[str, Any]:
    """The card as plain values.

    `about` is what the passage files say of themselves. `scores` is the report of cross-validation, None where it was not run;
    `agreement` that of a second coding, None without one. `tried` is a table of what was compared beforehand, its head first.
    """
    return {
        "codebook": {"id": model.codebook.id, "version": model.codebook.version, "digest": model.codebook.digest},
        "version": model_version(model.codebook, passages),
        "language": model.language,
        "passages": {
            "about": list(about),
            "digest": digest_passages(passages),
            "n": len(passages),
            "relevant": sum(p.relevant for p in passages),
            "stories": len({p.story or p.id for p in passages}),
            "by_coder": _count(p.coder or "unknown" for p in passages),
            "by_register": _count(p.register or "unknown" for p in passages),
            "by_side": _count(p.side or "unknown" for p in passages),
            "by_narrative": {n: sum(c.id == n for p in passages for c in p.narratives) for n in model.narratives},
            "by_voice": _count(c.voice.value for p in passages for c in p.narratives),
        },
        "random_state": random_state,
        "relevance_threshold": model.relevance_threshold,
        "thresholds": dict(zip(model.narratives, model.thresholds_, strict=True)),
        "abstain_from": dict(zip(model.narratives, [round(value, 4) for value in model.abstain_from_], strict=True)),
        "agreement": _rounded(agreement),
        "cross_validation": _rounded(scores),
        "few_examples": FEW_EXAMPLES,
        "tried": [list(row) for row in tried],
    }


def render_card(card: dict[str, Any]) -> str:
    """The card as Markdown."""
    source = files("framewire.learn").joinpath("card.md.j2").read_text(encoding="utf-8")
    environment = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - Markdown of our own numbers
    environment.filters["alpha"] = lambda value: "not defined" if value is None else f"{value:.2f}"
    environment.filters["figure"] = lambda value: "not measured" if value is None else f"{value:.3f}"
    return environment.from_string(source).render(card=card, narratives=sorted(card["thresholds"]))


def _count(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _rounded(value: Any) -> Any:
    """Numbers to four places, so that a card stays the same where the last bits differ."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value
