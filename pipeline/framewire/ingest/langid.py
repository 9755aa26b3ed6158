"""Languages of many texts at once: the model of py3langid, read in arrays.

py3langid walks through a text byte by byte, in Python. Its automaton forgets what lies more than a few bytes back, so
the state behind each byte can be found from the few bytes before it, for all bytes of all texts at the same time. The
scores are the same sums.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from framewire.ingest.keptmodel import Arrays, keep_arrays, load_arrays, one_at_a_time

# Source: the depth of the automaton of py3langid 0.4: no feature is longer. A test walks it.
MEMORY_BYTES = 6
# Source: no UTF-8 text holds this byte, and no feature of the model, so it leads back to the beginning.
_GAP = b"\xff" * MEMORY_BYTES
# Texts that are worked on at once, in bytes: what fits into a processor's cache.
PORTION_BYTES = 131_072
_ARRAYS = ("classes", "steps", "rows", "outputs", "jumps", "pairs", "weights", "priors")


@dataclass(frozen=True, slots=True)
class Identifier:
    """The model, restricted to some languages.

    `steps` holds 256 successors a row, `rows` the beginning of each state's row, `outputs` the feature that a state
    tells, or -1. `jumps` are the rows of `steps` by number: from a row and a byte to the next row. `pairs` are the rows
    behind two bytes from the beginning. `weights` is shaped (n_languages, n_features), `priors` (n_languages,).
    """

    languages: tuple[str, ...]
    columns: tuple[str, ...]
    steps: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.int64]
    outputs: npt.NDArray[np.int32]
    jumps: npt.NDArray[np.unsignedinteger]
    pairs: npt.NDArray[np.int64]
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
        n_features = self.weights.shape[1]
        keys = np.sort(owners[kept] * n_features + features[kept])
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        text_of, feature_of = np.divmod(keys[starts], n_features)
        counts = np.log1p(np.diff(starts, append=len(keys)))
        scores = np.zeros((len(encoded), len(self.columns)))
        # A text without any feature says nothing of any language.
        told, firsts = np.unique(text_of, return_index=True)
        for column, weights in enumerate(self.weights if len(told) else ()):
            scores[told, column] = np.add.reduceat(counts * weights.take(feature_of), firsts) + self.priors[column]
        scores /= np.sqrt(np.maximum(sizes, 1))[:, None]
        return self._decide(scores)

    def _find_features(self, joined: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
        """The feature told behind each byte, -1 for none; the gap in front is left out, so byte k is at k - 6."""
        padded = joined.astype(np.int64)
        n = len(padded) - MEMORY_BYTES
        rows = self.pairs.take((padded[1 : n + 1] << 8) + padded[2 : n + 2])
        for back in range(MEMORY_BYTES - 3, 0, -1):
            rows = self.jumps.take(rows + padded[MEMORY_BYTES - back : len(padded) - back]).astype(np.int64) << 8
        states = self.steps.take(rows + padded[MEMORY_BYTES:])
        # Gaps between the texts, and the one that follows the last, tell nothing.
        return np.concatenate((self.outputs.take(states), np.full(MEMORY_BYTES, -1, dtype=np.int32)))

    def _decide(self, scores: npt.NDArray[np.float64]) -> list[tuple[str, float]]:
        """The likeliest language of each row of scores, shaped (n_texts, n_columns)."""
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        # Two columns of one language are its two scripts.
        owners = np.array(self.columns)[:, None] == np.array(self.languages)
        totals = shares @ owners
        best = totals.argmax(axis=1)
        return [(self.languages[n], float(row[n])) for n, row in zip(best.tolist(), totals, strict=True)]


@cache
def load_identifier(languages: tuple[str, ...]) -> Identifier:
    """The identifier restricted to some languages; those that it does not know are left out."""
    arrays = _load_model()
    classes = [str(name) for name in arrays["classes"]]
    columns = [n for n, language in enumerate(classes) if language in languages]
    return Identifier(
        languages=tuple(dict.fromkeys(classes[n] for n in columns)),
        columns=tuple(classes[n] for n in columns),
        steps=arrays["steps"],
        rows=arrays["rows"],
        outputs=arrays["outputs"],
        jumps=arrays["jumps"],
        pairs=arrays["pairs"],
        weights=arrays["weights"][columns].astype(np.float32),
        priors=arrays["priors"][columns].astype(np.float32),
    )


def _load_model() -> Arrays:
    """The arrays as they are kept, so that what was unpacked is given back; else as they were unpacked."""
    model = _find_model()
    arrays = load_arrays(model, _ARRAYS)
    if arrays is not None:
        return arrays
    with one_at_a_time(model):
        arrays = load_arrays(model, _ARRAYS)
        if arrays is not None:
            return arrays
        unpacked = _unpack(model)
        keep_arrays(model, unpacked)
        return load_arrays(model, _ARRAYS) or unpacked


def _find_model() -> Path:
    from importlib.util import find_spec

    spec = find_spec("py3langid")
    return Path(str(spec and spec.origin)).with_name("data") / "model.npz.xz"


def _unpack(model: Path) -> Arrays:
    """The arrays of py3langid's model; `weights` with a language a row, so that some of them are read without the rest."""
    from py3langid.modelio import load_model

    weights, priors, classes, packed_steps, packed_rows, outputs = load_model(model)
    steps = np.frombuffer(packed_steps, dtype=f"u{packed_steps.itemsize}")
    rows = np.frombuffer(packed_rows, dtype=f"u{packed_rows.itemsize}")
    jumps = rows[steps]
    first = jumps[np.arange(256) + (int(rows[0]) << 8)].astype(np.int64) << 8
    return {
        "classes": np.array(classes),
        "steps": steps,
        "rows": rows.astype(np.int64) << 8,
        "outputs": np.array(outputs, dtype=np.int32),
        "jumps": jumps,
        "pairs": jumps[(first[:, None] + np.arange(256)).ravel()].astype(np.int64) << 8,
        "weights": np.ascontiguousarray(np.asarray(weights).T),
        "priors": np.asarray(priors),
    }


def _encode(text: str) -> bytes:
    """The text as the model was trained on it."""
    text = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", text).encode("utf-8", errors="surrogatepass")
