"""How good labels are, against coded passages.

Definitions: pooled over all passages, the relevance gate applied, an abstained narrative counts as not assigned. `macro_f1`
over narratives with at least one example, `macro_f1_min5` with at least five. Voice: macro-F1 over asserted and attributed
among correctly found narratives (scare-quoted counts as attributed). Accused: accuracy among correctly found sided ones.
`ece`: expected calibration error of the narrative scores in ten equal bins, pooled over passages and narratives.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union

from framewire.codebook import Codebook
from framewire.label import Labeller, NarrativeModel
from framewire.learn.fairness import count_exchanges, report_exchanges, score_groups
from framewire.learn.mistakes import list_mistakes
from framewire.learn.predictions import Flags, Predictions, join_predictions, predict_with, predict_with_model
from framewire.learn.resampling import draw_stories, find_interval, resample_f1
from framewire.learn.training import (
    N_FOLDS,
    TrainingSet,
    build_training_set,
    check_passages,
    fit_model,
    fit_narratives,
    split_by_story,
)
from framewire.processes import run_tasks
from framewire.records import CodedPassage, Voice

N_BINS = 10
# The shares of training passages of the learning curve.
CURVE = (0.125, 0.25, 0.5)

Predictor = Callable[[Sequence[CodedPassage]], Predictions]


def evaluate_model(
    model: NarrativeModel, test: Sequence[CodedPassage], train: Sequence[CodedPassage], *, random_state: int = 0
) -> dict[str, Any]:
    """The scores of a model on other passages, beside three baselines that learn from the same training passages."""
    codebook = model.codebook
    data = build_training_set(test, codebook, language=model.language)
    predicted = predict_with_model(model, test)
    baselines = {name: predict(test) for name, predict in _build_baselines(train, codebook, model.language).items()}
    return _report(data, codebook, predicted, baselines, random_state)


def cross_validate(
    passages: Sequence[CodedPassage], codebook: Codebook, *, language: str = "en", random_state: int = 0
) -> dict[str, Any]:
    """The scores of the whole training procedure by cross-validation grouped by story, beside the same baselines.

    Raises:
        InputError: too few passages, or none relevant or irrelevant.
    """
    check_passages(passages, codebook)
    data = build_training_set(passages, codebook, language=language)
    folds = split_by_story(data, random_state)
    settings = _Settings(codebook, language, random_state)
    judged = run_tasks((_judge_fold, settings, _pick(data, train), _pick(data, test)) for train, test in folds)
    parts: dict[str, list[Predictions]] = {}
    exchanges: Counter[str] = Counter()
    for predictions, counts in judged:
        exchanges += counts
        for name, predicted in predictions.items():
            parts.setdefault(name, []).append(predicted)
    order = np.concatenate([test for _, test in folds])
    joined = {name: join_predictions(predictions) for name, predictions in parts.items()}
    report = _report(data.take(order), codebook, joined.pop("model"), joined, random_state)
    report["exchanges"] = report_exchanges(exchanges)
    whole = {"passages": len(order) * (N_FOLDS - 1) // N_FOLDS, "micro_f1": report["narratives"]["micro_f1"]}
    report["learning_curve"] = [*_learning_curve(data, settings), whole]
    return report


class _Settings(NamedTuple):
    """What is the same for all folds."""

    codebook: Codebook
    language: str
    random_state: int


def _judge_fold(
    settings: _Settings, train: Sequence[CodedPassage], test: Sequence[CodedPassage]
) -> tuple[dict[str, Predictions], Counter[str]]:
    """What a model and the baselines, fitted on the one part, say of the other; and what changes when names are exchanged.

    Passages go in and out, for a pool's processes: their annotations cannot be sent.
    """
    codebook, language, random_state = settings
    data = build_training_set(train, codebook, language=language)
    model = fit_model(data, codebook, language=language, random_state=random_state)
    predictions = {"model": predict_with_model(model, test)}
    for name, predict in _build_baselines(train, codebook, language).items():
        predictions[name] = predict(test)
    return predictions, count_exchanges(model, test)


def _learning_curve(data: TrainingSet, settings: _Settings) -> list[dict[str, Any]]:
    """Micro-F1 on held-out stories by how many passages a model learns from, stories drawn at random."""
    chance = np.random.default_rng(settings.random_state)
    folds = split_by_story(data, settings.random_state)
    drawn = [_draw_stories(data, train, share, chance) for share in CURVE for train, _ in folds]
    tests = [test for _ in CURVE for _, test in folds]
    assigned = list(
        run_tasks(
            (_assign_apart, settings, _pick(data, train), _pick(data, test))
            for train, test in zip(drawn, tests, strict=True)
        )
    )
    curve = []
    for i in range(0, len(tests), len(folds)):
        part = slice(i, i + len(folds))
        truth = np.concatenate([data.y[test] for test in tests[part]])
        micro_f1 = _f1(np.concatenate(assigned[part]).ravel(), truth.ravel())["f1"]
        curve.append({"passages": int(np.mean([len(train) for train in drawn[part]])), "micro_f1": micro_f1})
    return curve


def _pick(data: TrainingSet, rows: NDArray[np.int64]) -> list[CodedPassage]:
    return [data.passages[i] for i in rows]


def _draw_stories(
    data: TrainingSet, rows: NDArray[np.int64], share: float, chance: np.random.Generator
) -> NDArray[np.int64]:
    """The rows of a share of the stories."""
    stories = np.unique(data.groups[rows])
    drawn = chance.permutation(stories)[: max(int(len(stories) * share), 2 * N_FOLDS)]
    return rows[np.isin(data.groups[rows], drawn)]


def _assign_apart(settings: _Settings, train: Sequence[CodedPassage], test: Sequence[CodedPassage]) -> Flags:
    """The narratives that a model fitted on the one part assigns to the other."""
    codebook, language, random_state = settings
    inside, outside = (build_training_set(part, codebook, language=language) for part in (train, test))
    model, _ = fit_narratives(inside, codebook, language=language, random_state=random_state)
    return model.assign(model.predict_scores(outside.annotations))


def _report(
    data: TrainingSet, codebook: Codebook, predicted: Predictions, baselines: dict[str, Predictions], random_state: int
) -> dict[str, Any]:
    weights = draw_stories(data.groups, random_state)
    report = _score(data, codebook, predicted, weights)
    report["n"] = {
        "passages": len(data.passages),
        "relevant": int(data.relevant.sum()),
        "narratives": int(data.y.sum()),
    }
    report["narratives"]["ece"] = _calibration_error(predicted.scores, data.y)
    report["voice"] = _score_voice(data, codebook, predicted)
    report["accused"] = _score_accused(data, codebook, predicted)
    report["abstained_share"] = float(
        predicted.abstained.sum() / max(predicted.abstained.sum() + predicted.assigned.sum(), 1)
    )
    report["groups"] = score_groups(data, codebook, predicted, weights, interval=find_interval)
    report["mistakes"] = list_mistakes(data, codebook, predicted)
    report["baselines"] = {}
    for name, other in baselines.items():
        report["baselines"][name] = _score(data, codebook, other, weights)
        gain = resample_f1(predicted.assigned, data.y, weights) - resample_f1(other.assigned, data.y, weights)
        report["baselines"][name]["gain_of_model_interval"] = find_interval(gain)
    return report


def _score(
    data: TrainingSet, codebook: Codebook, predicted: Predictions, weights: NDArray[np.float64]
) -> dict[str, Any]:
    by_id = {
        narrative: _f1(predicted.assigned[:, i], data.y[:, i]) for i, narrative in enumerate(codebook.narrative_ids)
    }
    with_examples = [scores["f1"] for scores in by_id.values() if scores["support"] >= 1]
    with_five = [scores["f1"] for scores in by_id.values() if scores["support"] >= 5]
    relevance = _f1(predicted.relevant, data.relevant)
    return {
        "relevance": relevance,
        "narratives": {
            "micro_f1": _f1(predicted.assigned.ravel(), data.y.ravel())["f1"],
            "micro_f1_interval": find_interval(resample_f1(predicted.assigned, data.y, weights)),
            "macro_f1": float(np.mean(with_examples)) if with_examples else None,
            "macro_f1_min5": float(np.mean(with_five)) if with_five else None,
            "by_id": by_id,
        },
    }


def _f1(predicted: Flags, truth: Flags) -> dict[str, float]:
    hits, said, true = int((predicted & truth).sum()), int(predicted.sum()), int(truth.sum())
    precision, recall = hits / said if said else 0.0, hits / true if true else 0.0
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * hits / (said + true) if said + true else 0.0,
        "support": true,
    }


def _calibration_error(scores: NDArray[np.float64], truth: Flags) -> float:
    """Expected calibration error. Source: Naeini et al. 2015, equal-width bins."""
    flat, y = scores.ravel(), truth.ravel()
    bins = np.minimum((flat * N_BINS).astype(int), N_BINS - 1)
    gaps = [
        abs(flat[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean()
        for b in range(N_BINS)
        if (bins == b).any()
    ]
    return float(sum(gaps))


def _score_voice(data: TrainingSet, codebook: Codebook, predicted: Predictions) -> dict[str, Any]:
    pairs = [
        (narrative.voice, Voice.ATTRIBUTED if said is Voice.SCARE_QUOTED else said)
        for (i, name), said in predicted.voices.items()
        for narrative in data.passages[i].narratives
        if narrative.id == name and predicted.assigned[i, codebook.narrative_ids.index(name)]
    ]
    by_voice = {
        voice.value: _f1(np.array([b is voice for _, b in pairs], bool), np.array([a is voice for a, _ in pairs], bool))
        for voice in (Voice.ASSERTED, Voice.ATTRIBUTED, Voice.DENIED)
    }
    judged = [by_voice["asserted"]["f1"], by_voice["attributed"]["f1"]]
    return {"macro_f1": float(np.mean(judged)) if pairs else None, "n": len(pairs), "by_voice": by_voice}


def _score_accused(data: TrainingSet, codebook: Codebook, predicted: Predictions) -> dict[str, Any]:
    pairs = [
        (narrative.accused, side)
        for (i, name), side in predicted.accused.items()
        for narrative in data.passages[i].narratives
        if narrative.id == name and narrative.accused and predicted.assigned[i, codebook.narrative_ids.index(name)]
    ]
    return {"accuracy": float(np.mean([a == b for a, b in pairs])) if pairs else None, "n": len(pairs)}


def _build_baselines(train: Sequence[CodedPassage], codebook: Codebook, language: str) -> dict[str, Predictor]:
    return {
        "majority": lambda test: _predict_majority(train, test, codebook),
        "rules": lambda test: predict_with(Labeller(codebook), codebook, test, language=language),
        "tfidf": lambda test: _predict_tfidf(train, test, codebook),
    }


def _bare(relevant: Flags, assigned: Flags) -> Predictions:
    return Predictions(relevant, assigned & relevant[:, None], np.zeros_like(assigned), assigned.astype(float), {}, {})


def _predict_majority(train: Sequence[CodedPassage], test: Sequence[CodedPassage], codebook: Codebook) -> Predictions:
    """Everything is of the commoner relevance and carries the commonest narrative."""
    counts = [sum(n.id == narrative for p in train for n in p.narratives) for narrative in codebook.narrative_ids]
    assigned = np.zeros((len(test), len(counts)), bool)
    assigned[:, int(np.argmax(counts))] = True
    return _bare(np.full(len(test), sum(p.relevant for p in train) * 2 >= len(train)), assigned)


def _predict_tfidf(train: Sequence[CodedPassage], test: Sequence[CodedPassage], codebook: Codebook) -> Predictions:
    """Plain scikit-learn: words 1-2 and characters 3-5, one logistic regression a category, threshold one half."""
    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3),
    )
    X = union.fit_transform([p.text for p in train])
    X_test = union.transform([p.text for p in test])

    def predict(y: Flags) -> Flags:
        if y.all() or not y.any():
            return np.full(len(test), bool(y.all()))
        fitted = LogisticRegression(class_weight="balanced", solver="liblinear", dual=True, max_iter=1000).fit(X, y)
        return np.asarray(fitted.predict(X_test), dtype=bool)

    relevant = predict(np.array([p.relevant for p in train]))
    columns = [
        predict(np.array([any(n.id == narrative for n in p.narratives) for p in train]))
        for narrative in codebook.narrative_ids
    ]
    return _bare(relevant, np.column_stack(columns))
