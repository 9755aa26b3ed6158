"""Headlines that changed after publication: those whose change tells something."""

from typing import Any, NamedTuple

import pandas as pd

from framewire.codebook import Codebook
from framewire.summarise.excerpts import clean_line, mark_differences
from framewire.summarise.parts import Revision
from framewire.summarise.tables import Tables, get_row, iter_rows, text_or_none
from framewire.summarise.words import say_percent
from framewire.text.changes import is_trivial_change, measure_change

MAX_REVISIONS = 10
# A headline half of which is another one. Source: house rule; a smaller change that touches no label is an edit.
LARGE_CHANGE = 0.5


class _Changed(NamedTuple):
    row: Any
    size: float
    why: tuple[str, ...]


def build_revisions(tables: Tables, codebook: Codebook) -> tuple[Revision, ...]:
    """The headlines that changed in the window: those with another wording or narrative first, then large changes.

    Of articles on the subject, also of such that were before the change. Within each kind the newest come first.
    """
    relevant = set(tables.articles.loc[tables.articles["relevant"], "article_id"])
    by_id = tables.articles.set_index("article_id")
    changed = [
        _judge(row, codebook)
        for row in iter_rows(tables.revisions.iloc[::-1])
        if row.article_id in by_id.index and (row.article_id in relevant or row.old_wordings or row.old_narratives)
    ]
    telling = [item for item in changed if item.size > 0 and (item.why or item.size >= LARGE_CHANGE)]
    telling.sort(key=lambda item: not item.why)
    return tuple(_build_revision(item, get_row(by_id, item.row.article_id)) for item in telling[:MAX_REVISIONS])


def is_headline_changed(old: str, new: str) -> bool:
    """Whether a reader would see that the headline changed."""
    return not is_trivial_change(old, new)


def _judge(row: Any, codebook: Codebook) -> _Changed:
    old, new = str(row.old_title or ""), str(row.new_title or "")
    if not is_headline_changed(old, new):
        return _Changed(row, 0.0, ())
    size = measure_change(old, new) if pd.isna(row.title_change) else float(row.title_change)
    return _Changed(row, size, tuple(_say_labels(row, codebook)))


def _say_labels(row: Any, codebook: Codebook) -> list[str]:
    """What the labels of both versions say that differs; nothing if one of them was never labelled."""
    said: list[str] = []
    if row.old_wordings is not None and row.new_wordings is not None:
        gone, come = set(row.old_wordings) - set(row.new_wordings), set(row.new_wordings) - set(row.old_wordings)
        said += [f"no longer {_name_wording(item, codebook)}" for item in sorted(gone)]
        said += [f"now {_name_wording(item, codebook)}" for item in sorted(come)]
    if row.old_narratives is not None and row.new_narratives is not None:
        labels = {item.id: item.label for item in codebook.narratives}
        gone, come = (
            set(row.old_narratives) - set(row.new_narratives),
            set(row.new_narratives) - set(row.old_narratives),
        )
        said += [f"no longer: {labels.get(item, item)}" for item in sorted(gone)]
        said += [f"now: {labels.get(item, item)}" for item in sorted(come)]
    return said


def _name_wording(item: str, codebook: Codebook) -> str:
    """A wording (`referent:wording`) as it is printed; one of another codebook by its id."""
    referent, _, wording = item.partition(":")
    return f"“{codebook.wording_titles.get((referent, wording), wording)}”"


def _build_revision(item: _Changed, article: Any) -> Revision:
    old, new = mark_differences(
        " ".join(str(item.row.old_title or "").split()), " ".join(str(item.row.new_title).split())
    )
    return Revision(
        outlet=clean_line(str(article["outlet_name"]), limit=60),
        url=text_or_none(item.row.url),
        language=str(article["language"]),
        seen_at=item.row.seen_at.to_pydatetime(),
        old=old,
        new=new,
        why=item.why or (f"{say_percent(item.size)} of the words of both headlines differ",),
    )
