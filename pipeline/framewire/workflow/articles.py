"""Stored articles for reading."""

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection

from framewire.errors import InputError
from framewire.records import ArticleVersion, PageState
from framewire.store import (
    FROM_PAGE,
    NOT_LABELLED,
    UNLABELLED,
    Only,
    explore_articles,
    explore_mentions,
    explore_narratives,
    explore_passages,
    get_copies,
    get_last_article,
    get_page,
    read_article_revisions,
    read_articles,
    read_feeds,
    read_narratives,
    read_texts,
    reading,
    text_hash,
)
from framewire.summarise import mark_differences
from framewire.text.times import say_minute
from framewire.workflow.corrections import describe_codings
from framewire.workflow.disguises import list_mixed_words
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message


def list_articles(
    workspace: Workspace,
    *,
    outlet: str | None,
    language: str | None,
    narrative: str | None,
    since: datetime | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Articles, newest first: id, first seen (ISO 8601, UTC), outlet, language, where the text is from, labels, title.

    A `since` without a zone is in the workspace's.

    `relevant` and `narratives` are None where `state` says that nothing is known of the content.

    Raises:
        InputError: an outlet, language or narrative that there is not; names the nearest.
    """
    moment = since.replace(tzinfo=workspace.config.zone) if since and since.tzinfo is None else since
    with reading(workspace.engine) as conn:
        articles = read_articles(conn, since=moment, until=None)
        narratives = read_narratives(conn, since=moment, until=None)
        stored = read_feeds(conn)
    if outlet:
        check_known("outlet", outlet, [item.id for item in workspace.outlets], stored["outlet"], articles["outlet"])
        articles = articles[articles["outlet"] == outlet]
    if language:
        check_known("language", language, workspace.codebook.languages, stored["language"], articles["language"])
        articles = articles[articles["language"] == language]
    carried = (
        narratives[narratives["state"] != "abstained"]
        .groupby("article_id")["narrative"]
        .agg(lambda names: sorted(set(names)))
    )
    if narrative:
        check_known("narrative", narrative, workspace.codebook.narrative_ids, narratives["narrative"])
        articles = articles[
            articles["article_id"].isin(narratives.loc[narratives["narrative"] == narrative, "article_id"])
        ]
    newest = articles.sort_values(["first_seen_at", "article_id"], ascending=False).head(limit)
    return [
        {
            "article": row["article_id"],
            "first_seen": row["first_seen_at"].isoformat(timespec="seconds"),
            "outlet": row["outlet"],
            "language": row["language"],
            "text": _describe_source(row),
            "state": row["state"],
            **_describe_labels(row, carried.get(row["article_id"], [])),
            "copy_of": None if pd.isna(row["copy_of"]) else int(row["copy_of"]),
            "pickup": row["pickup"],
            "title": row["title"],
            "url": row["url"],
        }
        for row in newest.to_dict("records")
    ]


def _describe_labels(row: dict[Hashable, Any], carried: Iterable[str]) -> dict[str, Any]:
    """Whether an article is relevant, and its narratives; None for what was not looked at, which is never "no"."""
    if row["state"] in NOT_LABELLED:
        return {"relevant": None, "narratives": None}
    return {"relevant": bool(row["relevant"]), "narratives": ", ".join(carried)}


def _describe_source(row: dict[Hashable, Any]) -> str:
    """'page' or 'feed'; in place of 'feed' what became of the page, where one was asked for and gave no text."""
    if row["source"] == FROM_PAGE or pd.isna(row["page"]) or row["page"] == PageState.EXTRACTED.value:
        return str(row["source"])
    return str(row["page"])


def check_known(option: str, word: str, *known: Iterable[str]) -> None:
    """Raises InputError for a word that is in none of the lists."""
    names = sorted({name for names in known for name in names})
    if word not in names:
        raise InputError(f"--{option}: {unknown_message(option, word, names)}")


def show_article(workspace: Workspace, article_id: int) -> dict[str, Any]:
    """One article with the labels of its newest version, passage by passage; its copies; its wordings before.

    `copy_of` is the article that it is a copy of, or None; `copies` are its own. A revision's `old` and `new` are lists
    of (text, whether it differs from the other headline).

    Raises:
        InputError: there is no such article.
    """
    with reading(workspace.engine) as conn:
        articles = _read_family(conn, article_id)
        if articles.empty:
            last = get_last_article(conn)
            told = f"the newest is {last}; " if last else "none is stored yet; "
            raise InputError(f"there is no article {article_id}; {told}`framewire articles list` shows the numbers.")
        row = articles[articles["article_id"] == article_id].iloc[0]
        version = read_texts(conn, [int(row["version_id"])])[int(row["version_id"])]
        page = get_page(conn, article_id)
        codings = describe_codings(conn, article_id)
        revisions = read_article_revisions(conn, article_id)
        only = Only(articles=(article_id,))
        own: dict[str, Any] = {
            "passages": explore_passages(conn, only),
            "mentions": explore_mentions(conn, only),
            "narratives": explore_narratives(conn, only),
        }
    own["codings"] = codings
    return {
        "article": article_id,
        "title": row["title"],
        "outlet": row["outlet"],
        "url": row["url"],
        "language": row["language"],
        "first_seen_at": str(row["first_seen_at"]),
        "versions": int(row["n_versions"]),
        "text_from": row["source"],
        "page": page,
        "state": row["state"],
        "copy_of": next(iter(_list_carriers(articles[articles["article_id"] == row["copy_of"]])), None),
        "copies": _list_carriers(articles[(articles["copy_of"] == article_id).fillna(False)]),
        "pickup": articles["outlet"].nunique(),
        "revisions": [_revision(revision) for revision in revisions.to_dict("records")],
        "codings": [] if len(own["passages"]) == 1 else codings.get(version.text_hash, []),
        "passages": [_passage(version, passage, own) for passage in own["passages"].to_dict("records")],
    }


def _read_family(conn: Connection, article_id: int) -> pd.DataFrame:
    """The article with those that carry its text; empty if there is no such article."""
    own = explore_articles(conn, Only(articles=(article_id,)))
    if own.empty:
        return own
    root = article_id if pd.isna(own["copy_of"].iloc[0]) else int(own["copy_of"].iloc[0])
    return explore_articles(conn, Only(articles=tuple({article_id, root, *get_copies(conn, root)})))


def describe_text(article: dict[str, Any], zone: ZoneInfo) -> str:
    """A line on where the text of a shown article is from, and what became of its page, with times in a zone."""
    page = article["page"]
    if page is None:
        return "text: the feed's; the page was not asked for"
    asked = f"{page['state']}: {page['message']} (asked {say_minute(page['asked_at'], zone)})"
    again = f"; asked again after {say_minute(page['next_due_at'], zone)}" if page["next_due_at"] else ""
    return f"text: the {article['text_from']}'s; page {asked}{again}"


def describe_labels(article: dict[str, Any]) -> str:
    """What to do for labels of a shown article that has none; empty if it has them."""
    if article["state"] == UNLABELLED:
        return "not labelled yet: `framewire label` labels it, as the daily `framewire run` does"
    return "no labels: the text holds no passage" if article["state"] in NOT_LABELLED else ""


def _list_carriers(articles: pd.DataFrame) -> list[dict[str, Any]]:
    """Articles that carry a text, in few words each."""
    return [
        {
            "article": row["article_id"],
            "outlet": row["outlet"],
            "first_seen": row["first_seen_at"].isoformat(timespec="seconds"),
            "title": row["title"],
        }
        for row in articles.to_dict("records")
    ]


def _revision(row: dict[Hashable, Any]) -> dict[str, Any]:
    """One change after publication: when, how large, and both headlines with what differs."""
    old, new = mark_differences(row["old_title"], row["new_title"])
    return {
        "seen_at": str(row["seen_at"]),
        "source": row["source"],
        "title_change": None if pd.isna(row["title_change"]) else round(row["title_change"], 3),
        "text_change": None if pd.isna(row["text_change"]) else round(row["text_change"], 3),
        "old": [(piece.text, piece.strong) for piece in old],
        "new": [(piece.text, piece.strong) for piece in new],
    }


def render_history(article: dict[str, Any], zone: ZoneInfo) -> str:
    """What `show_article` knows of copies and revisions, as lines; what differs stands in [brackets]. '' if nothing.

    Times are in the zone.
    """
    original = article["copy_of"]
    lines = [f"copy of article {original['article']}, {original['outlet']}: {original['title']}"] if original else []
    if article["copies"]:
        lines.append(f"carried by {article['pickup']} {'outlet' if article['pickup'] == 1 else 'outlets'}; copies:")
        lines += [
            f"  article {it['article']}, {it['outlet']}, {say_minute(it['first_seen'], zone)}"
            for it in article["copies"]
        ]
    for change in article["revisions"]:
        sizes = [f"{name} {size:.0%}" for name in ("title", "text") if (size := change[f"{name}_change"]) is not None]
        lines.append(f"changed {say_minute(change['seen_at'], zone)}" + (f" ({', '.join(sizes)})" if sizes else ""))
        if change["title_change"] != 0:
            lines += [f"  {word} {_mark(change[side])}" for word, side in (("was", "old"), ("now", "new"))]
    return "\n".join([*lines, ""])


def _mark(line: list[tuple[str, bool]]) -> str:
    return "".join(f"[{text.rstrip()}]{text[len(text.rstrip()) :]}" if strong else text for text, strong in line)


def _passage(version: ArticleVersion, passage: dict[Hashable, Any], own: dict[str, Any]) -> dict[str, Any]:
    at, text = passage["passage"], version.text[passage["start"] : passage["end"]]
    return {
        "id": f"{version.article_id}.{at}",
        "text": text,
        "codings": own["codings"].get(text_hash(text), []),
        "relevant": bool(passage["relevant"]),
        "relevance": float(passage["relevance"]),
        "narratives": [
            {
                "id": n["narrative"],
                "score": float(n["score"]),
                "voice": n["voice"],
                "accused": n["accused"] if isinstance(n["accused"], str) else None,
                "state": n["state"],
                "speaker": n["speaker"] if isinstance(n["speaker"], str) else None,
                "evidence": list(n["evidence"]),
            }
            for n in own["narratives"].to_dict("records")
            if n["passage"] == at
        ],
        "mentions": [
            {
                "referent": m["referent"],
                "wording": m["wording"],
                "start": int(m["start"]) - int(passage["start"]),
                "end": int(m["end"]) - int(passage["start"]),
                "text": m["text"],
                "voice": m["voice"],
                "speaker": m["speaker"] if isinstance(m["speaker"], str) else None,
            }
            for m in own["mentions"].to_dict("records")
            if m["passage"] == at
        ],
        "mixed_scripts": list_mixed_words(text, language=version.language),
    }
