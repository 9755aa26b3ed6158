"""Agreement of two codings: Krippendorff's alpha, second codings as files, and what the card says of them."""

import json
from pathlib import Path

import pytest

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.learn import load_second_codings, measure_agreement
from framewire.learn.agreement import krippendorff_alpha
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
