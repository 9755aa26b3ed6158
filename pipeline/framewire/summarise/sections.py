"""Sections that look into texts: stories, emerging terms."""

from framewire.codebook import Codebook
from framewire.summarise.cases import MIN_DAYS, Cases
from framewire.summarise.contrasts import build_story
from framewire.summarise.emerging import Document, find_emerging_terms
from framewire.summarise.excerpts import clean_line
from framewire.summarise.openings import list_openings
from framewire.summarise.parts import EmergingTerm, Example, Story
from framewire.summarise.reading import Shelf
from framewire.summarise.stories import find_stories
from framewire.summarise.tables import Tables, iter_rows, text_or_none

# Source: design, section 7: one to three stories.
MAX_STORIES = 3


def build_stories(shelf: Shelf, cases: Cases, tables: Tables) -> tuple[Story, ...]:
    """Up to three events of the day that at least three outlets cover, those worded most differently first."""
    relevant = cases.relevant[~cases.relevant["is_copy"] & cases.relevant["version_id"].isin(list(tables.texts))]
    recent = relevant[relevant["days_ago"] == 0]
    openings = list_openings([tables.texts[version] for version in relevant["version_id"]], tables.mentions)
    background = [openings[article] for article in relevant.loc[relevant["days_ago"] > 0, "article_id"].tolist()]
    found = find_stories(recent, openings, background=background)
    stories = [build_story(shelf, articles) for articles in found]
    return tuple(sorted(stories, key=lambda story: (-len(story.contrast), -story.n_outlets))[:MAX_STORIES])


def build_emerging(cases: Cases, tables: Tables, codebook: Codebook) -> tuple[EmergingTerm, ...] | None:
    """Phrases of the day that the codebook does not know; None with less than seven days of history."""
    if len(cases.baseline.history) < MIN_DAYS:
        return None
    rows = cases.relevant[~cases.relevant["is_copy"]]
    spans = tables.passages[tables.passages["relevant"]].groupby("article_id")
    places = {article: list(zip(own["start"], own["end"], strict=True)) for article, own in spans}
    now: list[Document] = []
    before: list[Document] = []
    for row in iter_rows(rows):
        version = tables.texts.get(row.version_id)
        if version is not None:
            text = "\n".join(version.text[a:b] for a, b in places.get(row.article_id, []))
            url = text_or_none(row.url)
            example = Example(clean_line(str(row.outlet_name), limit=60), url)
            (before if row.days_ago else now).append(Document(row.article_id, row.outlet, text, example))
    surfaces = set(tables.mentions["text"])
    return find_emerging_terms(now, before, codebook=codebook, surfaces=surfaces)
