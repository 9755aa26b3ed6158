"""Small linear decisions with named features, as numbers that a label room can weigh without scikit-learn."""

from collections.abc import Mapping, Sequence

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

Weights = dict[str, dict[str, float]]


def fit_choice(
    examples: Sequence[Mapping[str, float]], answers: Sequence[str], *, c: float
) -> tuple[Weights, dict[str, float]]:
    """(weights by answer and feature, intercept by answer): the answer with the highest sum wins. One answer alone has no weights."""
    known = sorted(set(answers))
    if len(known) < 2:
        return {answer: {} for answer in known}, dict.fromkeys(known, 0.0)
    vectorizer = DictVectorizer()
    fitted = LogisticRegression(C=c, max_iter=1000).fit(vectorizer.fit_transform(examples), answers)
    names = [str(name) for name in vectorizer.get_feature_names_out()]
    is_binary = len(fitted.classes_) == 2
    rows = [-fitted.coef_[0], fitted.coef_[0]] if is_binary else list(fitted.coef_)
    starts = [-fitted.intercept_[0], fitted.intercept_[0]] if is_binary else list(fitted.intercept_)
    return (
        {
            str(answer): dict(zip(names, map(float, row), strict=True))
            for answer, row in zip(fitted.classes_, rows, strict=True)
        },
        {str(answer): float(start) for answer, start in zip(fitted.classes_, starts, strict=True)},
    )
