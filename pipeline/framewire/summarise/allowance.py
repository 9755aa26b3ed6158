"""How the allowance of false alarms is shared out among the questions of a day."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.stats import false_discovery_control

from framewire.summarise.questions import Question
from framewire.summarise.resampling import Array


def find_q_values(questions: Sequence[Question], p_values: Sequence[float]) -> list[float]:
    """The false discovery rate at which each question would pass, shape `(n_questions,)`.

    Wordings and narratives share the rate equally, so that many of one kind take nothing from the other. Within a kind a
    question's part is proportional to the stories that it rests on: what three stories name can hardly be told to have
    changed, and would only make the line higher for what thirty name. The parts depend on how many stories there are in
    each period and not on what they say, so the rate holds.

    Sources: Benjamini and Hochberg 1995; Genovese, Roeder and Wasserman 2006 (weights that the p-values do not enter).
    """
    families: dict[str, list[int]] = defaultdict(list)
    for i, question in enumerate(questions):
        families[question.kind].append(i)
    q_values = np.ones(len(questions))
    for members in families.values():
        parts = np.array([count_stories(questions[i]) for i in members])
        weighted = np.array([p_values[i] for i in members]) * parts.mean() / parts
        q_values[members] = false_discovery_control(np.minimum(weighted, 1.0)) * len(families)
    return [float(q) for q in np.minimum(q_values, 1.0)]


def count_stories(question: Question) -> float:
    """The stories that a comparison of the two periods rests on: the harmonic part of either, as two means are compared."""
    stories, is_today = question.pool["story"].to_numpy(), question.is_today
    today, before = _count(stories[is_today]), _count(stories[~is_today])
    return today * before / (today + before)


def _count(stories: Array) -> int:
    return len(np.unique(stories))
