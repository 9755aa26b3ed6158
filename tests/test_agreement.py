"""Agreement of two codings: Krippendorff's alpha, second codings as files, and what the card says of them."""

import json
from pathlib import Path

import pytest

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.learn import load_second_codings, measure_agreement
from framewire.learn.agreement import krippendorff_alpha, masi_distance, measure_alpha
from framewire.learn.agreement_report import UnitCoding, measure_categories, measure_languages, measure_pairs
from framewire.records import CodedNarrative, CodedPassage, Voice


def passage(name: str, *narratives: CodedNarrative, relevant: bool = True, coder: str = "one") -> CodedPassage:
    return CodedPassage(name, f"Text {name}.", relevant, narratives, coder=coder)


def test_alpha_is_that_of_the_textbook() -> None:
    # Source: Krippendorff, Computing Krippendorff's alpha-reliability (2011), binary data, two observers, no missing data.
    assert krippendorff_alpha(zip("0100000010", "1110010000", strict=True)) == pytest.approx(0.095, abs=5e-4)
    # The same paper's nominal data of two observers.
    assert krippendorff_alpha(zip("aabbdcccedda", "babbbccceddd", strict=True)) == pytest.approx(0.692, abs=5e-4)


@pytest.mark.parametrize(("pairs", "alpha"), [([], None), ([("a", "a")], None), ([("a", "b"), ("b", "a")], -0.5)])
def test_alpha_of_little(pairs: list[tuple[str, str]], alpha: float | None) -> None:
    assert krippendorff_alpha(pairs) == (None if alpha is None else pytest.approx(alpha))


def test_agreement_is_told_by_category(small_codebook: Codebook) -> None:
    theft = CodedNarrative("water_theft", Voice.ASSERTED, "norland")
    said = CodedNarrative("water_theft", Voice.ATTRIBUTED, "norland")
    neglect = CodedNarrative("neglect", Voice.ASSERTED, None)
    first = [passage("1", theft), passage("2", neglect), passage("3"), passage("4", relevant=False), passage("5")]
    second = [
        passage("1", said, coder="two"),
        passage("2", neglect, coder="two"),
        passage("3", coder="two"),
        passage("4", relevant=False, coder="two"),
        passage("unknown", theft, coder="two"),
    ]
    found = measure_agreement(first, second, small_codebook)
    assert (found["n"], found["coders"], found["relevance"]) == (4, ["one", "two"], 1.0)
    assert found["narratives"]["water_theft"] == {"alpha": 1.0, "coded": [1, 1]}
    assert found["narratives"]["lawful_use"] == {"alpha": None, "coded": [0, 0]}
    assert found["voice"] < 1
    assert found["accused"] is None


def test_a_second_coding_needs_no_text_but_known_passages(tmp_path: Path, small_codebook: Codebook) -> None:
    first = [passage("1"), passage("2")]
    assert load_second_codings(tmp_path, first, codebook=small_codebook) == []
    (tmp_path / "second").mkdir()
    path = tmp_path / "second" / "two.jsonl"
    line = {"id": "2", "relevant": True, "narratives": [{"id": "neglect"}], "coder": "two"}
    path.write_text(f'{{"about": "x"}}\n{json.dumps(line)}\n', encoding="utf-8")
    (found,) = load_second_codings(tmp_path, first, codebook=small_codebook)
    assert (found.id, found.text, found.coder) == ("2", "Text 2.", "two")
    path.write_text(json.dumps(line | {"id": "9"}), encoding="utf-8")
    with pytest.raises(InputError, match=r"two\.jsonl:1: there is no passage '9' among those that are coded first"):
        load_second_codings(tmp_path, first, codebook=small_codebook)


# Source: Krippendorff, Computing Krippendorff's alpha-reliability (2011), section C: four observers, twelve units, values missing.
FOUR = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def units_of(*observers: str) -> list[list[str]]:
    return [[value for value in unit if value != "."] for unit in zip(*observers, strict=True)]


def test_alpha_of_four_observers_with_values_missing_is_that_of_the_paper() -> None:
    assert krippendorff_alpha(units_of(*FOUR)) == pytest.approx(0.743, abs=5e-4)
    # The same data as interval values, in section E of the paper.
    square = krippendorff_alpha(units_of(*FOUR), distance=lambda a, b: (int(a) - int(b)) ** 2)
    assert square == pytest.approx(0.849, abs=5e-4)


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("", "", 0.0),
        ("ab", "ab", 0.0),
        ("a", "ab", 1 - 2 / 3 * 1 / 2),
        ("ab", "abc", 1 - 2 / 3 * 2 / 3),
        ("ab", "bc", 1 - 1 / 3 * 1 / 3),
        ("abc", "bcd", 1 - 1 / 3 * 1 / 2),
        ("a", "b", 1.0),
        ("", "a", 1.0),
    ],
)
def test_masi_is_overlap_weighed_by_containment(a: str, b: str, distance: float) -> None:
    # Source: Passonneau 2006: Jaccard times 1, 2/3, 1/3 or 0; worked by hand.
    assert masi_distance(frozenset(a), frozenset(b)) == pytest.approx(distance)
    assert masi_distance(frozenset(b), frozenset(a)) == pytest.approx(distance)


def test_masi_forgives_what_nominal_values_do_not() -> None:
    sets = [("ab", "a"), ("b", "b"), ("", ""), ("c", "cb"), ("a", "a")]
    units = [[frozenset(a), frozenset(b)] for a, b in sets]
    nominal, masi = krippendorff_alpha(units), krippendorff_alpha(units, distance=masi_distance)
    assert nominal is not None
    assert masi is not None
    assert nominal < masi < 1


def test_intervals_hold_alpha_and_narrow_with_units() -> None:
    unit = [[1, 1], [0, 0], [0, 0], [0, 1], [1, 1], [0, 0]]
    few, many = measure_alpha(unit * 3), measure_alpha(unit * 30)
    assert few.low < few.alpha < few.high  # type: ignore[operator]
    assert many.high - many.low < few.high - few.low  # type: ignore[operator]
    assert measure_alpha(unit * 3) == few
    assert measure_alpha(unit) == (None, None, None, 6)
    assert measure_alpha([[1], [1, 1]]) == (None, None, None, 1)
    assert measure_alpha([[1]]) == (None, None, None, 0)


def coded(unit: str, coder: str, *names: str, language: str = "en") -> UnitCoding:
    return UnitCoding(unit, coder, True, frozenset(names), language)


def test_the_report_tells_categories_languages_and_pairs() -> None:
    codings = [
        coded(str(i), coder, *(["a"] if i % 2 else []), language="en" if i < 8 else "tr")
        for i in range(12)
        for coder in ("x", "y")
    ]
    codings.append(coded("lone", "x", "b"))
    rows = {row.category: row for row in measure_categories(codings, ["a", "b"])}
    assert list(rows) == ["relevance", "all narratives (MASI)", "a"]
    assert rows["a"].alpha == (1.0, 1.0, 1.0, 12)
    assert rows["a"].n_coded == 12
    assert rows["relevance"].alpha.alpha is None, "nothing varies"
    by_language = [(row.part, row.alpha.n_units) for row in measure_languages(codings, ["a"]) if row.category == "a"]
    assert by_language == [("en", 8), ("tr", 4)]
    model = [coded(str(i), "model", "a") for i in range(12)]
    pairs = {(row.part, row.category): row.alpha for row in measure_pairs(codings, model)}
    assert {part for part, _ in pairs} == {"x - y", "model - x", "model - y"}
    assert pairs["model - x", "all narratives (MASI)"].is_low
