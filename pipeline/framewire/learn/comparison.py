"""Two models on the same passages, none of which either has seen: which is better, where, and beyond chance?

What a model says of passages that it was trained on comes from a model that has not seen their stories (`held_out`); of later
passages it says itself. Both models are judged by the newer coding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from framewire.learn.held_out import HeldOut
from framewire.learn.resampling import Flags, draw_stories, find_interval, resample_f1
from framewire.records import CodedPassage

RELEVANCE, ALL, SINCE = "relevance", "all narratives", "coded since"
# A part is worse if its interval lies below zero and chance would flip labels so lopsidedly less often than this.
# With three or four flips in all a bootstrap interval is too narrow, so the exact test must agree.
# Source: McNemar 1947, exact form; Dietterich 1998 on comparing two classifiers on one set.
P_WORSE = 0.05


@dataclass(frozen=True)
class Pairing:
    """What two models say of the same passages. Codes and answers are (n_passages, 1 + n_narratives), relevance first.

    `is_later` marks passages that were coded after the first model was trained. `n_left_out` passages could not be held out.
    """

    passages: tuple[CodedPassage, ...]
    narratives: tuple[str, ...]
    coded: Flags
    before: Flags
    after: Flags
    is_later: Flags
    n_left_out: int = 0


def list_unseen(before: HeldOut, passages: Sequence[CodedPassage]) -> list[CodedPassage]:
    """The passages that a model has not seen, nor any other of their stories."""
    texts = {passage.text for passage in before.passages}
    stories = {_story_of(passage) for passage in before.passages}
    return [p for p in passages if p.text not in texts and _story_of(p) not in stories]


def pair_models(before: Sequence[HeldOut], after: HeldOut) -> Pairing:
    """The passages of which both models speak unseen.

    Args:
        before: what the first model says: of what it was trained on, then of later passages.
        after: what the second one says; its passages hold the codes that count.
    """
    names = tuple(name for name in after.narratives if all(name in part.narratives for part in before))
    said = {
        passage.text: (place == 0, part, i)
        for place, part in reversed(list(enumerate(before)))
        for i, passage in enumerate(part.passages)
    }
    rows = [i for i, passage in enumerate(after.passages) if passage.text in said]
    found = [said[after.passages[i].text] for i in rows]
    return Pairing(
        tuple(after.passages[i] for i in rows),
        names,
        _stack([_code(after.passages[i], names) for i in rows], names),
        _stack([_answer(part, i, names) for _, part, i in found], names),
        _stack([_answer(after, i, names) for i in rows], names),
        np.array([not was_trained_on for was_trained_on, _, _ in found], bool),
        len(after.passages) - len(rows),
    )


def compare_models(pairing: Pairing, *, language: str, random_state: int = 0) -> list[dict[str, Any]]:
    """One row a part: both F1s, their difference with its 95 % interval, labels mended and spoilt, McNemar's exact p.

    Parts: relevance, all narratives, each narrative that is coded or assigned, each language, each side, and what was coded
    since the first model was trained. `is_worse` is True where the second model is worse beyond chance.
    """
    if not pairing.passages:
        return []
    stories = {story: i for i, story in enumerate(dict.fromkeys(map(_story_of, pairing.passages)))}
    weights = draw_stories(np.array([stories[_story_of(p)] for p in pairing.passages]), random_state)
    return [
        {"part": part, "of": name, **_compare(pairing, rows, columns, weights)}
        for part, name, rows, columns in _list_parts(pairing, language)
    ]


def find_worse(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The parts in which the second model is worse, each in words with its figures."""
    return [
        f"{name_part(row)}: F1 {row['before']:.3f} -> {row['after']:.3f} "
        f"({row['interval'][0]:+.3f} to {row['interval'][1]:+.3f}; {row['spoilt']} labels spoilt, {row['mended']} mended)"
        for row in rows
        if row["is_worse"]
    ]


def name_part(row: dict[str, Any]) -> str:
    """A part in words: `narrative water_theft`."""
    return f"{row['part']} {row['of']}".strip()


def list_flips(pairing: Pairing) -> list[dict[str, Any]]:
    """Each label that changes: passage, category, what was coded, what each model says; spoilt ones first."""
    categories = (RELEVANCE, *pairing.narratives)
    flips = [
        {
            "id": pairing.passages[i].id,
            "category": categories[column],
            "flip": "mended" if pairing.after[i, column] == pairing.coded[i, column] else "spoilt",
            "coded": bool(pairing.coded[i, column]),
            "text": " ".join(pairing.passages[i].text.split()),
        }
        for i, column in np.argwhere(pairing.before != pairing.after)
    ]
    return sorted(flips, key=lambda flip: flip["flip"] == "mended")


def _list_parts(pairing: Pairing, language: str) -> Iterator[tuple[str, str, Flags, list[int]]]:
    """(part, name, rows, columns)."""
    every, narratives = np.ones(len(pairing.passages), bool), list(range(1, 1 + len(pairing.narratives)))
    yield RELEVANCE, "", every, [0]
    yield ALL, "", every, narratives
    for column, name in zip(narratives, pairing.narratives, strict=True):
        if (pairing.coded | pairing.before | pairing.after)[:, column].any():
            yield "narrative", name, every, [column]
    for part, values in (
        ("language", [str(p.extra.get("language") or language) for p in pairing.passages]),
        ("side", [p.side or "unknown" for p in pairing.passages]),
    ):
        for name in sorted(set(values)):
            yield part, name, np.array(values) == name, narratives
    if pairing.is_later.any():
        yield SINCE, "", pairing.is_later, narratives


def _compare(pairing: Pairing, rows: Flags, columns: list[int], weights: NDArray[np.float64]) -> dict[str, Any]:
    coded, before, after = (part[rows][:, columns] for part in (pairing.coded, pairing.before, pairing.after))
    drawn = weights[:, rows]
    mended = int(((before != coded) & (after == coded)).sum())
    spoilt = int(((before == coded) & (after != coded)).sum())
    one = np.ones((1, int(rows.sum())))
    was, now = (float(resample_f1(part, coded, one)[0]) for part in (before, after))
    interval = find_interval(resample_f1(after, coded, drawn) - resample_f1(before, coded, drawn))
    p = float(binomtest(spoilt, spoilt + mended).pvalue) if spoilt + mended else 1.0
    return {
        "n": int(rows.sum()),
        "coded": int(coded.sum()),
        "before": was,
        "after": now,
        "difference": now - was,
        "interval": interval,
        "mended": mended,
        "spoilt": spoilt,
        "p": p,
        "is_worse": interval[1] < 0 and p < P_WORSE,
    }


def _story_of(passage: CodedPassage) -> str:
    return passage.story or passage.id


def _code(passage: CodedPassage, names: Sequence[str]) -> list[bool]:
    carried = {narrative.id for narrative in passage.narratives}
    return [passage.relevant, *(name in carried for name in names)]


def _answer(said: HeldOut, i: int, names: Sequence[str]) -> list[bool]:
    columns = [said.narratives.index(name) for name in names]
    return [bool(said.relevant[i]), *map(bool, said.assigned[i, columns])]


def _stack(rows: list[list[bool]], names: Sequence[str]) -> Flags:
    return np.array(rows, bool).reshape(len(rows), 1 + len(names))
