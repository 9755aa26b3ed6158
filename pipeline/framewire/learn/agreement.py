"""How far two codings of the same passages agree, by category: Krippendorff's alpha.

1 = always, 0 = as often as by chance. Source: Krippendorff, Content Analysis (4th ed. 2018), chapter 12; .80 is his bound for
firm conclusions, .667 for tentative ones. Two codings by coders of one kind are no proof of human reliability.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from framewire.codebook import Codebook
from framewire.records import CodedPassage


def krippendorff_alpha(pairs: Iterable[tuple[str, str]]) -> float | None:
    """The agreement of two coders on nominal values, one pair a unit; None where nothing varies or there is no unit."""
    return nominal_alpha(pairs)


def nominal_alpha(units: Iterable[Sequence[str]]) -> float | None:
    """The agreement of any number of coders on nominal values: what each unit was given, one value a coder who coded it.

    Units with fewer than two values are left out; None where nothing varies or no unit is left.
    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C.
    """
    coded = [unit for unit in units if len(unit) > 1]
    counts = Counter(value for unit in coded for value in unit)
    n = counts.total()
    by_chance = sum(count * (n - count) for count in counts.values()) / (n * (n - 1)) if n else 0.0
    if not by_chance:
        return None
    apart = 0.0
    for unit in coded:
        same = sum(count * (count - 1) for count in Counter(unit).values())
        apart += (len(unit) * (len(unit) - 1) - same) / (len(unit) - 1)
    return 1 - apart / n / by_chance


def measure_agreement(
    first: Sequence[CodedPassage], second: Sequence[CodedPassage], codebook: Codebook
) -> dict[str, Any]:
    """Alpha of relevance, of each narrative (carried or not), and of voice and accused side where both coded the narrative.

    Args:
        first: the coding that a model learns from.
        second: another coding of some of these passages, by id; others are left out.
        codebook: whose narratives they are.
    """
    known = {passage.id: passage for passage in first}
    both = [(known[other.id], other) for other in second if other.id in known]
    cells = [(_by_id(a), _by_id(b)) for a, b in both]
    shared = [(a[n], b[n]) for a, b in cells for n in codebook.narrative_ids if n in a and n in b]
    return {
        "n": len(both),
        "coders": sorted({passage.coder or "unknown" for pair in both for passage in pair}),
        "relevance": krippendorff_alpha((str(a.relevant), str(b.relevant)) for a, b in both),
        "narratives": {
            n: {
                "alpha": krippendorff_alpha((str(n in a), str(n in b)) for a, b in cells),
                "coded": [sum(n in codes for codes in part) for part in zip(*cells, strict=True)] if cells else [0, 0],
            }
            for n in codebook.narrative_ids
        },
        "voice": krippendorff_alpha((a.voice.value, b.voice.value) for a, b in shared),
        "accused": krippendorff_alpha((str(a.accused), str(b.accused)) for a, b in shared if a.accused and b.accused),
    }


def _by_id(passage: CodedPassage) -> Mapping[str, Any]:
    return {narrative.id: narrative for narrative in passage.narratives}
