"""Words as features, and the table that every linear decision over them folds into."""

import pickle

import numpy as np
import pytest

from framewire.label import words
from framewire.label.words import WordFeatures, WordTable, split_text

TEXTS = [
    "the dam was closed after the flood, the mayor said",
    "the mayor said that the dam holds",
    "a flood closed the road to the dam",
    "nobody said a word of the road",
]


@pytest.fixture
def features() -> WordFeatures:
    return WordFeatures().fit(TEXTS)


def _coef(features: WordFeatures, n_decisions: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(len(features.idf), n_decisions))


def test_words_and_pairs_are_counted_in_order() -> None:
    words, pairs = split_text("the dam and the dam")
    assert words == {"the": pytest.approx(1 + np.log(2)), "dam": pytest.approx(1 + np.log(2)), "and": 1}
    assert list(words) == ["the", "dam", "and"]
    assert list(pairs.items())[1:] == [(("dam", "and"), 1), (("and", "the"), 1)]


def test_columns_are_what_stands_in_several_texts(features: WordFeatures) -> None:
    assert {"dam", "mayor", "flood"} <= features.words.keys()
    assert "nobody" not in features.words
    assert {("mayor", "said"), ("the", "dam")} <= features.pairs.keys()
    assert " dam " in features.groups
    assert " wor" not in features.groups


def test_both_parts_have_length_one(features: WordFeatures) -> None:
    X = features.transform(TEXTS).toarray()
    assert np.linalg.norm(X[:, : features.n_whole], axis=1) == pytest.approx(1)
    groups = X[:, features.n_whole :]
    assert (np.linalg.norm(groups, axis=1) > 1 - 1e-9).all(), "more where two words share a group"


@pytest.mark.parametrize(
    "text", [*TEXTS, "", "a", "unheard floodgates of the damned", "the the the dam dam", "Überschwemmung am dam"]
)
def test_table_decides_as_the_matrix_does(features: WordFeatures, text: str) -> None:
    coef = _coef(features)
    batch = [text, "the dam", text]
    assert WordTable(features, coef).decide(batch) == pytest.approx(features.transform(batch) @ coef, abs=1e-9)


def test_no_text_is_no_row(features: WordFeatures) -> None:
    assert WordTable(features, _coef(features)).decide([]).shape == (0, 3)


def test_shares_add_up_to_the_decision(features: WordFeatures) -> None:
    table = WordTable(features, _coef(features))
    _, (weighed,) = table.weigh([TEXTS[0]])
    shares = weighed.list_shares(1)
    assert [share.words for share in shares[:3]] == ["the", "dam", "was"]
    assert "mayor said" in [share.words for share in shares]
    assert sum(share.weight for share in shares) == pytest.approx(table.decide([TEXTS[0]])[0, 1])
    speak_for = sorted((share for share in shares if share.weight > 0), key=lambda share: -share.weight)
    assert weighed.list_heaviest(1, top=3) == speak_for[:3]
    assert weighed.list_heaviest(1, top=99) == speak_for


def test_a_text_is_weighed_alike_alone_and_among_others(features: WordFeatures) -> None:
    table = WordTable(features, _coef(features))
    texts = [*TEXTS, "", "the dam the dam", "unheard of", TEXTS[0]]
    decisions, weighed = table.weigh(texts)
    for text, row, own in zip(texts, decisions, weighed, strict=True):
        (alone,), (same,) = table.weigh([text])
        assert (alone == row).all()
        assert same.list_shares(1) == own.list_shares(1)


def test_no_pair_reaches_into_the_next_text(features: WordFeatures) -> None:
    coef = _coef(features)
    assert ("the", "dam") in features.pairs
    apart = WordTable(features, coef).decide(["over the", "dam was"])
    assert apart == pytest.approx(features.transform(["over the", "dam was"]) @ coef, abs=1e-9)


def test_new_words_are_forgotten_when_they_are_many(features: WordFeatures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MAX_NEW_WORDS", 50)
    coef = _coef(features)
    table = WordTable(features, coef)
    texts = [f"flood{i} dam{i} mayors{i} the flooded dam" for i in range(300)]
    found = np.vstack([table.decide(texts[i : i + 10]) for i in range(0, 300, 10)])
    assert found == pytest.approx(features.transform(texts) @ coef, abs=1e-9)
    assert len(table._row_of) < len(features.words) + 50 + 40


def test_pickled_features_are_the_same(features: WordFeatures) -> None:
    again = pickle.loads(pickle.dumps(features))
    assert (again.words, again.pairs, again.groups) == (features.words, features.pairs, features.groups)
    assert (again.transform(TEXTS) != features.transform(TEXTS)).nnz == 0
    assert pickle.loads(pickle.dumps(WordFeatures())).groups == {}
