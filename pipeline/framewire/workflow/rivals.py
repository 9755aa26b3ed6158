"""The model in use as the rival of one that was trained anew: what it says of passages that it has not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from framewire.codebook import Codebook
from framewire.errors import ModelError
from framewire.label import NarrativeModel
from framewire.learn import digest_passages, load_model
from framewire.learn.comparison import Pairing, compare_models, find_worse, list_flips, list_unseen, pair_models
from framewire.learn.held_out import HeldOut, decide_held_out, load_held_out, save_held_out, score_unseen
from framewire.learn.readings import read_held_out, read_unseen
from framewire.learn.training import train_with_held_out
from framewire.records import CodedPassage

Records = Callable[[], Sequence[Sequence[CodedPassage]]]


@dataclass(frozen=True)
class Rival:
    """The model in use, and what it was trained on with what was said of it held out."""

    name: str
    model: NarrativeModel
    held_out: HeldOut


def find_rival(
    row: dict[str, Any] | None, models: Path, codebook: Codebook, *, version: str, guesses: Records
) -> Rival | str:
    """The model in use as a rival of a new `version`; or why there is none to compare with.

    Args:
        row: the row of the model in use; None if there is none.
        models: the folder of all models.
        codebook: the one in use.
        version: the name of the new model's version.
        guesses: what it may have been trained on, if it has no record of that; the right one is known by its digest.
    """
    if row is None:
        return "the first model of this codebook"
    if row["name"] == f"{codebook.id}/{version}":
        return "built anew from the same passages and codebook"
    folder = models / row["name"]
    try:
        model = load_model(folder, codebook=codebook, trusted_digest=row["digest"])
    except ModelError as error:
        return f"the model in use before cannot label: {error}"
    held_out = load_record(folder, row["card"]) or _rebuild(row["card"], guesses, model)
    if held_out is None:
        return f"what {row['name']} was trained on is not on record"
    if not held_out.readings:
        held_out = read_held_out(held_out, model, random_state=row["card"]["random_state"])
    save_held_out(folder, held_out)
    return Rival(row["name"], model, held_out)


def load_record(folder: Path, card: dict[str, Any]) -> HeldOut | None:
    """What a model was trained on, if it is on record as its card says."""
    return load_held_out(folder, narratives=list(card["thresholds"]), digest=card["passages"]["digest"])


def pair_with(rival: Rival, held_out: HeldOut) -> Pairing:
    """The passages of which the rival and a new model both speak unseen."""
    later = list_unseen(rival.held_out, held_out.passages)
    parts = [rival.held_out, read_unseen(score_unseen(rival.model, later), rival.model)] if later else [rival.held_out]
    return pair_models(parts, held_out)


def build_comparison(rival: Rival, held_out: HeldOut, *, language: str, random_state: int) -> dict[str, Any]:
    """The comparison as it stands in the new model's card: with whom, on how many passages, by part, and how many labels change."""
    pairing = pair_with(rival, held_out)
    rows = compare_models(pairing, language=language, random_state=random_state)
    flips = [flip["flip"] for flip in list_flips(pairing)]
    return {
        "with": rival.name,
        "n": len(pairing.passages),
        "coded_since": int(pairing.is_later.sum()),
        "left_out": pairing.n_left_out,
        "mended": flips.count("mended"),
        "spoilt": flips.count("spoilt"),
        "rows": [{**row, **_rounded(row)} for row in rows],
        "worse": find_worse(rows),
    }


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """The figures of a part to four places, as everything in a card."""
    figures: dict[str, Any] = {key: round(row[key], 4) for key in ("before", "after", "difference", "p")}
    return {**figures, "interval": [round(bound, 4) for bound in row["interval"]]}


def _rebuild(card: dict[str, Any], guesses: Records, model: NarrativeModel) -> HeldOut | None:
    """What was said held out of the passages that a model was trained on, by training once more; None if none is right."""
    for passages in guesses():
        if digest_passages(passages) == card["passages"]["digest"]:
            again, scores = train_with_held_out(
                passages, model.codebook, language=model.language, random_state=card["random_state"]
            )
            return decide_held_out(again, passages, scores)
    return None


def coded_before(corrections: Sequence[CodedPassage], moment: datetime) -> list[CodedPassage]:
    """The corrections that were made up to a moment."""
    return [one for one in corrections if datetime.fromisoformat(str(one.extra["coded_at"])) <= moment]
