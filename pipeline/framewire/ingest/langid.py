"""Languages of many texts at once: the model of py3langid, read in arrays.

py3langid walks through a text byte by byte, in Python. Its automaton forgets what lies more than a few bytes back, so
the state behind each byte can be found from the few bytes before it, for all bytes of all texts at the same time. The
scores are the same sums.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

# Source: the depth of the automaton of py3langid 0.4: no feature is longer. A test walks it.
MEMORY_BYTES = 6
# Source: no UTF-8 text holds this byte, and no feature of the model, so it leads back to the beginning.
_GAP = b"\xff" * MEMORY_BYTES
# Texts that are worked on at once, in bytes: what fits into a processor's cache.
PORTION_BYTES = 131_072


@dataclass(frozen=True, slots=True)
class Identifier:
    """The model, restricted to some languages.

    `steps` holds 256 successors a row, `rows` the beginning of each state's row, `outputs` the feature that a state
    tells, or -1. `weights` is shaped (n_features, n_languages), `priors` (n_languages,).
    """

    languages: tuple[str, ...]
    columns: tuple[str, ...]
    steps: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.int64]
    outputs: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    priors: npt.NDArray[np.float32]

    def classify(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The likeliest language of each text, and its probability."""
        encoded = [_encode(text) for text in texts]
        found: list[tuple[str, float]] = []
        start = 0
        while start < len(encoded):
            end, size = start, 0
            while end < len(encoded) and (end == start or size + len(encoded[end]) <= PORTION_BYTES):
                size += len(encoded[end])
                end += 1
            found += self._classify_portion(encoded[start:end])
            start = end
        return found

    def _classify_portion(self, encoded: Sequence[bytes]) -> list[tuple[str, float]]:
        sizes = np.array([len(text) for text in encoded])
        features = self._find_features(np.frombuffer(_GAP + _GAP.join(encoded), dtype=np.uint8))
        # The place of each text's bytes in the joined ones, without the gaps.
        owners = np.repeat(np.arange(len(encoded)), sizes + MEMORY_BYTES)
        kept = features >= 0
        keys, counts = np.unique(owners[kept] * len(self.weights) + features[kept], return_counts=True)
        text_of, feature_of = np.divmod(keys, len(self.weights))
        weighed = np.log1p(counts.astype(np.float32))[:, None] * self.weights[feature_of]
        scores = np.zeros((len(encoded), len(self.columns)))
        for column in range(len(self.columns)):
            scores[:, column] = np.bincount(text_of, weights=weighed[:, column], minlength=len(encoded))
        # A text without any feature says nothing of any language.
        scores[np.bincount(text_of, minlength=len(encoded)) > 0] += self.priors
        scores /= np.sqrt(np.maximum(sizes, 1))[:, None]
        return [self._decide(row) for row in scores]

    def _find_features(self, joined: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
        """The feature told behind each byte, -1 for none; the gap in front is left out, so byte k is at k - 6."""
        padded = joined.astype(np.int64)
        n = len(padded) - MEMORY_BYTES
        rows = np.full(n, self.rows[0])
        for back in range(MEMORY_BYTES - 1, 0, -1):
            rows = self.rows[self.steps[rows + padded[MEMORY_BYTES - back : len(padded) - back]]]
        states = self.steps[rows + padded[MEMORY_BYTES:]]
        # Gaps between the texts, and the one that follows the last, tell nothing.
        return np.concatenate((self.outputs[states], np.full(MEMORY_BYTES, -1, dtype=np.int32)))

    def _decide(self, scores: npt.NDArray[np.float64]) -> tuple[str, float]:
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        totals: dict[str, float] = {}
        # Two columns of one language are its two scripts.
        for language, share in zip(self.columns, shares.tolist(), strict=True):
            totals[language] = totals.get(language, 0.0) + share
        best = max(totals, key=totals.__getitem__)
        return best, totals[best]


@cache
def load_identifier(languages: tuple[str, ...]) -> Identifier:
    """The identifier restricted to some languages; those that it does not know are left out."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    weights, priors, classes, steps, rows, outputs = load_model(MODEL_DIR / MODEL_FILE)
    columns = [n for n, language in enumerate(classes) if language in languages]
    return Identifier(
        languages=tuple(dict.fromkeys(classes[n] for n in columns)),
        columns=tuple(classes[n] for n in columns),
        steps=np.frombuffer(steps, dtype=f"u{steps.itemsize}"),
        rows=np.frombuffer(rows, dtype=f"u{rows.itemsize}").astype(np.int64) << 8,
        outputs=np.array(outputs, dtype=np.int32),
        weights=np.asarray(weights)[:, columns].astype(np.float32),
        priors=np.asarray(priors)[columns].astype(np.float32),
    )


def _encode(text: str) -> bytes:
    """The text as the model was trained on it."""
    text = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", text).encode("utf-8", errors="surrogatepass")
