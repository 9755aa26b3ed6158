"""The passages of an article as they were labelled, version by version: what a coding is about and what it replaces."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from framewire.records import LabelledSpan, LabelState, Voice
from framewire.store.reads import is_newest_labelling
from framewire.store.schema import articles, labellings, models, narratives, passages, versions


def get_labelled_spans(conn: Connection, article_id: int) -> list[LabelledSpan]:
    """The passages of each labelled version of an article and the whole text of each, newest version first.

    Labels are those of a version's newest labelling. A whole text has those of its passages, each narrative once.
    """
    query = (
        select(labellings.c.id, versions.c.id.label("version_id"), versions.c.number, versions.c.text, models.c.name)
        .select_from(labellings.join(versions).join(models))
        .where(versions.c.article_id == article_id, is_newest_labelling())
        .order_by(versions.c.number.desc())
    )
    found: list[LabelledSpan] = []
    for row in conn.execute(query).mappings():
        parts = _get_passages(conn, row)
        found += [_merge(row, parts), *parts]
    return found


def find_articles_with(conn: Connection, *, text_hash: str, url: str | None) -> list[int]:
    """The articles that have a version of this text, then those at this address."""
    of_text = select(versions.c.article_id).where(versions.c.text_hash == text_hash).order_by(versions.c.article_id)
    at_address = select(articles.c.id).where(articles.c.url == url).order_by(articles.c.id)
    found = [*conn.execute(of_text).scalars(), *(conn.execute(at_address).scalars() if url else ())]
    return list(dict.fromkeys(found))


def _get_passages(conn: Connection, row: RowMapping) -> list[LabelledSpan]:
    own = defaultdict(list)
    query = select(narratives).where(narratives.c.labelling_id == row["id"]).order_by(narratives.c.id)
    for label in conn.execute(query).mappings():
        own[label["passage"]].append(
            {"id": label["narrative"], **{n: label[n] for n in ("voice", "accused", "score", "state")}}
        )
    query = select(passages).where(passages.c.labelling_id == row["id"]).order_by(passages.c.position)
    return [
        _span(row, part["position"], (part["span_start"], part["span_end"]), part["relevant"], own[part["position"]])
        for part in conn.execute(query).mappings()
    ]


def _merge(row: RowMapping, parts: list[LabelledSpan]) -> LabelledSpan:
    """The whole text: relevant if a passage is; of a narrative that stands in several, the label that says most."""
    best: dict[str, dict[str, Any]] = {}
    for label in (label for part in parts for label in part.labels["narratives"]):
        if label["id"] not in best or _weight(label) > _weight(best[label["id"]]):
            best[label["id"]] = label
    relevant = any(part.labels["relevant"] for part in parts)
    return _span(row, None, (0, len(row["text"])), relevant, list(best.values()))


def _weight(label: dict[str, Any]) -> tuple[bool, bool, float]:
    """Assigned before left open, told before denied, then the score."""
    return label["state"] != LabelState.ABSTAINED.value, label["voice"] != Voice.DENIED.value, label["score"]


def _span(
    row: RowMapping, position: int | None, span: tuple[int, int], relevant: bool, labels: list[dict[str, Any]]
) -> LabelledSpan:
    start, end = span
    return LabelledSpan(
        row["version_id"],
        row["number"],
        position,
        start,
        end,
        row["text"][start:end],
        row["id"],
        row["name"],
        {"relevant": relevant, "narratives": labels},
    )
