"""Agreement of several coders by category, by language, and coder by coder, from their codings of the same units."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from framewire.learn.agreement import Alpha, masi_distance, measure_alpha

RELEVANCE, ALL = "relevance", "all narratives (MASI)"
MODEL = "model"


@dataclass(frozen=True, slots=True)
class UnitCoding:
    """What a coder says of a unit: whether it is on the subject, and its narratives."""

    unit: str
    coder: str
    relevant: bool
    narratives: frozenset[str] = frozenset()
    language: str = ""


class AgreementRow(NamedTuple):
    """Alpha of one category in one part of the units (all, a language, a pair of coders). `n_coded`: how often it was coded."""

    part: str
    category: str
    coders: tuple[str, ...]
    alpha: Alpha
    n_coded: int


def measure_categories(
    codings: Sequence[UnitCoding], narratives: Sequence[str], *, part: str = "all", random_state: int = 0
) -> list[AgreementRow]:
    """Alpha of relevance, over all narratives as sets, and of each narrative that somebody coded."""
    units = _gather(codings)
    coders = tuple(sorted({one.coder for unit in units for one in unit}))
    told = [one for unit in units for one in unit]
    rows = [
        AgreementRow(
            part,
            RELEVANCE,
            coders,
            measure_alpha([[one.relevant for one in unit] for unit in units], random_state=random_state),
            sum(one.relevant for one in told),
        ),
        AgreementRow(
            part,
            ALL,
            coders,
            measure_alpha(
                [[one.narratives for one in unit] for unit in units], distance=masi_distance, random_state=random_state
            ),
            sum(bool(one.narratives) for one in told),
        ),
    ]
    for name in narratives:
        n_coded = sum(name in one.narratives for one in told)
        if n_coded:
            values = [[name in one.narratives for one in unit] for unit in units]
            rows.append(AgreementRow(part, name, coders, measure_alpha(values, random_state=random_state), n_coded))
    return rows


def measure_languages(codings: Sequence[UnitCoding], narratives: Sequence[str]) -> list[AgreementRow]:
    """The same for each language that was coded."""
    by_language = defaultdict(list)
    for one in codings:
        by_language[one.language or "unknown"].append(one)
    return [
        row
        for language in sorted(by_language)
        for row in measure_categories(by_language[language], narratives, part=language)
    ]


def measure_pairs(codings: Sequence[UnitCoding], model: Sequence[UnitCoding]) -> list[AgreementRow]:
    """Each two coders, then the model against each of them: relevance and all narratives."""
    coders = sorted({one.coder for one in codings})
    rows: list[AgreementRow] = []
    for a, b in combinations(coders, 2):
        rows += _keep_totals([one for one in codings if one.coder in (a, b)], f"{a} - {b}")
    for coder in coders:
        own = [one for one in codings if one.coder == coder]
        rows += _keep_totals([*own, *model], f"{MODEL} - {coder}")
    return rows


def _keep_totals(codings: Sequence[UnitCoding], part: str) -> list[AgreementRow]:
    """Without single narratives: of these a pair has too few."""
    return [row for row in measure_categories(codings, (), part=part) if row.alpha.n_units]


def _gather(codings: Iterable[UnitCoding]) -> list[list[UnitCoding]]:
    """The codings of each unit that has two or more."""
    units: dict[str, list[UnitCoding]] = defaultdict(list)
    for one in codings:
        units[one.unit].append(one)
    return [unit for unit in units.values() if len(unit) > 1]
