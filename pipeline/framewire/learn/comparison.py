"""Two models on the same passages, none of which either has seen: which is better, where, and beyond chance?

What a model says of passages that it was trained on comes from a model that has not seen their stories (`held_out`); of later
passages it says itself. Both models are judged by the newer coding. Voice and accused side are compared where both models found
a narrative rightly.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from framewire.learn.held_out import HeldOut, Reading
from framewire.learn.resampling import Flags, draw_stories, find_interval, resample_accuracy, resample_f1
from framewire.records import CodedPassage, Voice

RELEVANCE, ALL, SINCE = "relevance", "all narratives", "coded since"
VOICE, ACCUSED = "voice", "accused side"
# A part is worse if its interval lies below zero and chance would flip labels so lopsidedly less often than this.
# With three or four flips in all a bootstrap interval is too narrow, so the exact test must agree.
# Source: McNemar 1947, exact form; Dietterich 1998 on comparing two classifiers on one set.
P_WORSE = 0.05
F1, SHARE = "F1", "share right"
_MEASURES: Mapping[str, Callable[[Flags, Flags, NDArray[np.float64]], NDArray[np.float64]]] = {
    F1: resample_f1,
    SHARE: resample_accuracy,
}
Answers = tuple[Flags, Flags, Flags]
Readings = Mapping[str, Reading]


@dataclass(frozen=True, slots=True)
class PairedReading:
    """Voice or accused side (`part`) of a narrative that both models found rightly: what was coded, what each model reads."""

    row: int
    narrative: str
    part: str
    coded: str
    before: str
    after: str


@dataclass(frozen=True)
class Pairing:
    """What two models say of the same passages. Codes and answers are (n_passages, 1 + n_narratives), relevance first.

    `accounts` are empty where either model's voices and accused sides are not on record. `is_later` marks passages that were
    coded after the first model was trained. `n_left_out` passages could not be held out.
    """

    passages: tuple[CodedPassage, ...]
    narratives: tuple[str, ...]
    coded: Flags
    before: Flags
    after: Flags
    is_later: Flags
    n_left_out: int = 0
    accounts: tuple[PairedReading, ...] = ()


def list_unseen(before: HeldOut, passages: Sequence[CodedPassage]) -> list[CodedPassage]:
    """The passages that a model has not seen, nor any other of their stories, coded without its labels in sight.

    Whoever codes with labels in sight agrees with them oftener, and would speak for the model that gave them.
    """
    texts = {passage.text for passage in before.passages}
    stories = {_story_of(passage) for passage in before.passages}
    return [p for p in passages if p.text not in texts and _story_of(p) not in stories and p.extra.get("blind", True)]


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
    pairing = Pairing(
        tuple(after.passages[i] for i in rows),
        names,
        _stack([_code(after.passages[i], names) for i in rows], names),
        _stack([_answer(part, i, names) for _, part, i in found], names),
        _stack([_answer(after, i, names) for i in rows], names),
        np.array([not was_trained_on for was_trained_on, _, _ in found], bool),
        len(after.passages) - len(rows),
    )
    cells = zip(rows, found, strict=True)
    readings = [(part.readings_of(i), after.readings_of(row)) for row, (_, part, i) in cells]
    return replace(pairing, accounts=tuple(_find_accounts(pairing, readings)))


def compare_models(pairing: Pairing, *, language: str, random_state: int = 0) -> list[dict[str, Any]]:
    """One row a part: both scores, their difference with its 95 % interval, labels mended and spoilt, McNemar's exact p.

    Parts: relevance, all narratives, each narrative that is coded or assigned, each language, each side, what was coded
    since the first model was trained, and voice and accused side. The score (`measure`) is F1, of the last two the share that
    is right; their `n` is of narratives. `is_worse` is True where the second model is worse beyond chance.
    """
    if not pairing.passages:
        return []
    stories = {story: i for i, story in enumerate(dict.fromkeys(map(_story_of, pairing.passages)))}
    weights = draw_stories(np.array([stories[_story_of(p)] for p in pairing.passages]), random_state)
    labels = [
        {"part": part, "of": name, **_compare(_take(pairing, rows, columns), weights[:, rows], F1)}
        for part, name, rows, columns in _list_parts(pairing, language)
    ]
    return [*labels, *_compare_accounts(pairing, weights)]


def find_worse(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The parts in which the second model is worse, each in words with its figures."""
    return [
        f"{name_part(row)}: {row['measure']} {row['before']:.3f} -> {row['after']:.3f} "
        f"({row['interval'][0]:+.3f} to {row['interval'][1]:+.3f}; {row['spoilt']} labels spoilt, {row['mended']} mended)"
        for row in rows
        if row["is_worse"]
    ]


def name_part(row: dict[str, Any]) -> str:
    """A part in words: `narrative water_theft`."""
    return f"{row['part']} {row['of']}".strip()


def list_flips(pairing: Pairing) -> list[dict[str, Any]]:
    """Each label that changes: passage, category, what was coded; spoilt ones first. Of voice and accused side, `coded` is which."""
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
    flips += [
        {
            "id": pairing.passages[one.row].id,
            "category": f"{one.part} of {one.narrative}",
            "flip": "mended" if one.after == one.coded else "spoilt",
            "coded": one.coded,
            "text": " ".join(pairing.passages[one.row].text.split()),
        }
        for one in pairing.accounts
        if (one.before == one.coded) != (one.after == one.coded)
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


def _take(pairing: Pairing, rows: Flags, columns: list[int]) -> Answers:
    coded, before, after = (part[rows][:, columns] for part in (pairing.coded, pairing.before, pairing.after))
    return coded, before, after


def _compare_accounts(pairing: Pairing, weights: NDArray[np.float64]) -> Iterator[dict[str, Any]]:
    """The rows of voice and of accused side, a line a narrative that both models found rightly; none where nothing is known."""
    for part in (VOICE, ACCUSED):
        own = [one for one in pairing.accounts if one.part == part]
        if own:
            before, after = (
                np.array([[said == one.coded] for one, said in zip(own, answers, strict=True)], bool)
                for answers in ([one.before for one in own], [one.after for one in own])
            )
            right = np.ones_like(before)
            yield {
                "part": part,
                "of": "",
                **_compare((right, before, after), weights[:, [one.row for one in own]], SHARE),
            }


def _find_accounts(pairing: Pairing, readings: Sequence[tuple[Readings, Readings]]) -> Iterator[PairedReading]:
    both = dict(zip(pairing.narratives, (pairing.coded & pairing.before & pairing.after)[:, 1:].T, strict=True))
    for row, (before, after) in enumerate(readings):
        for narrative in pairing.passages[row].narratives:
            was, now = before.get(narrative.id), after.get(narrative.id)
            if was and now and narrative.id in both and both[narrative.id][row]:
                voices = (_plain(one.voice).value for one in (narrative, was, now))
                yield PairedReading(row, narrative.id, VOICE, *voices)
                if narrative.accused:
                    yield PairedReading(
                        row, narrative.id, ACCUSED, *(str(one.accused) for one in (narrative, was, now))
                    )


def _plain(voice: Voice) -> Voice:
    """Scare quotes count as attributed, as in the evaluation."""
    return Voice.ATTRIBUTED if voice is Voice.SCARE_QUOTED else voice


def _compare(answers: Answers, drawn: NDArray[np.float64], measure: str) -> dict[str, Any]:
    """One row: what was coded and what both say, (n, n_columns), and how often each line is drawn."""
    coded, before, after = answers
    resample = _MEASURES[measure]
    mended = int(((before != coded) & (after == coded)).sum())
    spoilt = int(((before == coded) & (after != coded)).sum())
    one = np.ones((1, len(coded)))
    was, now = (float(resample(part, coded, one)[0]) for part in (before, after))
    interval = find_interval(resample(after, coded, drawn) - resample(before, coded, drawn))
    p = float(binomtest(spoilt, spoilt + mended).pvalue) if spoilt + mended else 1.0
    return {
        "measure": measure,
        "n": len(coded),
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
