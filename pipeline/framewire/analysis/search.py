"""Texts found by their words, and wordings in their contexts, as tables."""

from itertools import islice

import pandas as pd

from framewire.analysis.fixed import fixed_table
from framewire.records import ArticleVersion
from framewire.store import Only, find_texts, reading
from framewire.text.columns import keep_end, keep_start, on_one_line
from framewire.workflow.concordance import Concordance
from framewire.workflow.finding import spell_word
from framewire.workflow.workspace import Workspace

_EXCERPT = 70
_SEARCH = {
    "article_id": "int64",
    "outlet": "text",
    "language": "text",
    "first_seen_at": "datetime64[us, UTC]",
    "title": "text",
    "excerpt": "text",
    "url": "text",
}
_KWIC = {
    "article_id": "int64",
    "outlet": "text",
    "language": "text",
    "first_seen_at": "datetime64[us, UTC]",
    "left": "text",
    "text": "text",
    "right": "text",
    "pattern": "text",
    "start": "int64",
    "end": "int64",
    "reason": "text",
    "url": "text",
}


def search_texts(workspace: Workspace, only: Only, words: str, *, limit: int) -> pd.DataFrame:
    """The newest articles whose newest text holds every word, anywhere in a word, capitals aside.

    Raises:
        ValueError: there is no word to look for.
    """
    wanted = words.split()
    if not wanted:
        raise ValueError("text: no word to look for; write c.search('corridor')")
    with reading(workspace.engine) as conn:
        found = list(islice(find_texts(conn, only, words=[spell_word(word) for word in wanted]), limit))
    rows = [(v.article_id, v.outlet_id, v.language, v.first_seen_at, v.title, _cut(v, wanted[0]), v.url) for v in found]
    return fixed_table(rows, _SEARCH)


def list_contexts(search: Concordance, *, misses: bool, limit: int) -> pd.DataFrame:
    """The lines of a concordance; `reason` is missing where a place counts, else it says why not."""
    lines = islice(search.iter_lines(misses=misses), limit)
    rows = [
        (
            line.article,
            line.outlet,
            line.language,
            line.first_seen,
            line.left,
            line.text,
            line.right,
            line.pattern,
            line.start,
            line.end,
            line.reason,
            line.url,
        )
        for line in lines
    ]
    return fixed_table(rows, _KWIC)


def _cut(version: ArticleVersion, word: str) -> str:
    """Where the word stands first, with what is around it."""
    place = max(version.text.casefold().find(word.casefold()), 0)
    end = min(place + len(word), len(version.text))
    left = keep_end(on_one_line(version.text[:place]), _EXCERPT)
    return left + on_one_line(version.text[place:end]) + keep_start(on_one_line(version.text[end:]), _EXCERPT)
