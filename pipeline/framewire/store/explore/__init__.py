"""The tables of notebooks: what is asked for is chosen in the database, so that a store of any size opens at once.

Labels are those of the newest labelling of the article's newest version. Rows come in the order of time, then of the text.
"""

from framewire.store.explore.articles import NOT_LABELLED, explore_articles
from framewire.store.explore.labels import explore_mentions, explore_narratives, explore_passages, here
from framewire.store.explore.texts import find_texts
from framewire.store.explore.versions import explore_labellings, explore_revisions

__all__ = [
    "NOT_LABELLED",
    "explore_articles",
    "explore_labellings",
    "explore_mentions",
    "explore_narratives",
    "explore_passages",
    "explore_revisions",
    "find_texts",
    "here",
]
