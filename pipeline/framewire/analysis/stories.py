"""Stories as a table: the articles of several outlets about one event."""

from collections.abc import Mapping

import pandas as pd

from framewire.records import ArticleVersion
from framewire.summarise.openings import list_openings
from framewire.summarise.stories import MAX_ARTICLES, MIN_OUTLETS, find_stories

STORY_COLUMNS = (
    "story",
    "article_id",
    "outlet",
    "group",
    "language",
    "title",
    "url",
    "counted_at",
    "day",
    "copy_of",
    "n_articles",
    "n_outlets",
)


def build_stories(
    articles: pd.DataFrame,
    mentions: pd.DataFrame,
    texts: Mapping[int, ArticleVersion],
    *,
    min_outlets: int = MIN_OUTLETS,
) -> pd.DataFrame:
    """One row an article of a story, the story with most outlets first (`story` 1), its oldest article first.

    Copies (the same wire text) belong to the story of their original, which `copy_of` names; it is missing for others.
    `n_outlets` counts outlets with a text of their own.

    Raises:
        ValueError: more than 3,000 articles; names how many.
    """
    if len(articles) > MAX_ARTICLES:
        raise ValueError(
            f"{len(articles):,} relevant articles are more than {MAX_ARTICLES:,}, the most that stories are looked for in; "
            "narrow since= and until="
        )
    table = articles.set_index("article_id", drop=False)
    openings = list_openings([texts[version] for version in table["version_id"]], mentions)
    copies = table[table["copy_of"].isin(table.index)]
    pairs = zip(copies["article_id"].tolist(), copies["copy_of"].tolist(), strict=True)
    originals = {int(copy): int(original) for copy, original in pairs}
    own = articles[~articles["article_id"].isin(list(originals))]
    found = find_stories(own, openings, min_outlets=min_outlets)
    rows = []
    for number, members in enumerate(found, start=1):
        carried = [copy for copy, original in originals.items() if original in members]
        n_outlets = table.loc[members, "outlet"].nunique()
        for article in [*members, *carried]:
            rows.append((article, number, originals.get(article), len(members) + len(carried), n_outlets))
    about = pd.DataFrame(rows, columns=["article_id", "story", "copy_of", "n_articles", "n_outlets"])
    about = about.astype(
        {"article_id": "int64", "story": "int64", "copy_of": "Int64", "n_articles": "int64", "n_outlets": "int64"}
    )
    joined = about.merge(articles.drop(columns="copy_of"), on="article_id", how="left")
    return joined.sort_values(["story", "counted_at", "article_id"], ignore_index=True)[list(STORY_COLUMNS)]
