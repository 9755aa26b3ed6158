"""Which codings are likely slips: a model that has not seen the passage says otherwise."""

import importlib.util
import warnings

import numpy as np
from numpy.typing import NDArray

# A coding farther than this from the held-out score is doubted where nothing is known of how often coders slip.
MIN_DOUBT = 0.5


def find_doubtful(coded: NDArray[np.bool_], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True where a coding is doubted; (n_passages, n_narratives), as both arguments.

    Without cleanlab, wherever code and score are at least MIN_DOUBT apart. With it (extra `cleanlab`) only the farthest of
    these, as many as it reckons to be wrong in each narrative: confident learning, Northcutt, Jiang and Chuang 2021.

    Args:
        coded: whether a passage is coded with a narrative.
        scores: its probability by a model that has not seen the passage, 0 to 1.
    """
    doubtful = np.abs(scores - coded) >= MIN_DOUBT
    if importlib.util.find_spec("cleanlab") is None:
        return doubtful
    for k in np.flatnonzero(coded.any(axis=0) & ~coded.all(axis=0)):
        doubtful[:, k] &= _find_issues(coded[:, k], scores[:, k])
    return doubtful


def _find_issues(coded: NDArray[np.bool_], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What cleanlab finds in one narrative, as it does where a text may have several labels."""
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():
        # It warns of a narrative with few passages; nothing is doubted there then.
        warnings.simplefilter("ignore", UserWarning)
        found: NDArray[np.bool_] = find_label_issues(
            coded.astype(int), np.column_stack([1 - scores, scores]), filter_by="prune_by_noise_rate", n_jobs=1
        )
    return found
