"""Languages of many texts at once, against the library's own reading of one text at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from framewire.ingest import langid
from framewire.ingest.langid import MEMORY_BYTES, load_identifier

SIX = ("az", "en", "fr", "hy", "ru", "tr")
WORDS = ["the", "ministry", "Переговоры", "о", "границе", "բանակցությունները", "Սահմանի", "sərhəd", "Bakanlık", "à", "frontière", "2026", "«", "ÇALIŞMA"]  # fmt: skip
TEXTS = st.lists(st.sampled_from([*WORDS, "\U0001f600", "e\u0301", "\u00ff", "a" * 40, "\n"]), max_size=20).map(
    " ".join
)


@pytest.fixture(scope="module")
def reference() -> LanguageIdentifier:
    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(list(SIX))
    load_identifier(SIX)  # here, so that no example waits for it
    return found


@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_scores_are_those_of_the_library(reference: LanguageIdentifier, texts: list[str]) -> None:
    for text, (language, probability) in zip(texts, load_identifier(SIX).classify(texts), strict=True):
        expected = dict(reference.rank(text))
        assert probability == pytest.approx(max(expected.values()), abs=1e-4)
        assert expected[language] == pytest.approx(probability, abs=1e-4)


def test_texts_are_alike_alone_and_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join(WORDS[n % 7 :]) * 5 for n in range(20)]
    together = load_identifier(SIX).classify(texts)
    monkeypatch.setattr(langid, "PORTION_BYTES", 1)
    assert load_identifier(SIX).classify(texts) == together
    assert load_identifier(SIX).classify([]) == []


def test_the_automaton_forgets_what_lies_further_back() -> None:
    found = load_identifier(SIX)
    reached = np.zeros(len(found.rows), dtype=bool)
    states = np.array([0])
    depth = -1
    while len(states):
        depth += 1
        reached[states] = True
        states = np.unique(found.steps[found.rows[states][:, None] + np.arange(256)])
        states = states[~reached[states]]
    assert depth == MEMORY_BYTES
    assert reached.all()
    # What stands between two texts leads back to the beginning, from everywhere.
    assert (found.steps[found.rows + 0xFF] == 0).all()
    assert found.outputs[0] == -1
