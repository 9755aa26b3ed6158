"""Sections that look into texts: stories, emerging terms."""

from collections import defaultdict

from framewire.codebook import Codebook
from framewire.summarise.cases import MIN_DAYS, Cases
from framewire.summarise.emerging import Document, find_emerging_terms
from framewire.summarise.excerpts import clean_line
from framewire.summarise.parts import EmergingTerm, Example, Story, StoryArticle
from framewire.summarise.reading import Shelf
from framewire.summarise.stories import find_stories, lead_of
from framewire.summarise.tables import Tables, get_row, iter_rows, text_or_none
from framewire.summarise.words import say_inside

# Source: design, section 7: one to three stories.
MAX_STORIES = 3
MAX_STORY_ARTICLES = 6


def build_stories(shelf: Shelf, cases: Cases, tables: Tables) -> tuple[Story, ...]:
    """Up to three events of the day that at least three outlets cover, those worded most differently first."""
    relevant = cases.relevant[~cases.relevant["is_copy"] & cases.relevant["version_id"].isin(list(tables.texts))]
    recent = relevant[relevant["days_ago"] == 0]
    versions = dict(zip(relevant["article_id"], relevant["version_id"], strict=True))
    leads = {article: lead_of(tables.texts[version]) for article, version in versions.items()}
    background = [leads[article] for article in relevant.loc[relevant["days_ago"] > 0, "article_id"].tolist()]
    found = find_stories(recent, {i: leads[i] for i in recent["article_id"].tolist()}, background=background)
    stories = [_build_story(shelf, articles) for articles in found]
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


def _build_story(shelf: Shelf, articles: list[int]) -> Story:
    """A story with one article of each outlet, the wordings of each."""
    by_referent: dict[str, set[str]] = defaultdict(set)
    shown: dict[str, StoryArticle] = {}
    for article in articles:
        row, voices = get_row(shelf.articles, article), _voices_of(shelf, article)
        for referent, wording in voices:
            by_referent[referent].add(wording)
        if row["outlet"] not in shown:
            shown[row["outlet"]] = StoryArticle(
                title=clean_line(row["title"], limit=140) or "(no headline)",
                url=text_or_none(row["url"]),
                outlet=clean_line(row["outlet_name"], limit=60),
                group=str(row["group"]),
                language=str(row["language"]),
                wordings=tuple(_say_wording(shelf.codebook, item, said) for item, said in voices.items()),
                n_copies=shelf.n_copies[article],
            )
    contrast = [say_inside(r.label) for r in shelf.codebook.terminology if len(by_referent[r.id]) > 1]
    ordered = sorted(shown.values(), key=lambda item: (item.group, item.outlet))
    return Story(tuple(ordered[:MAX_STORY_ARTICLES]), len(shown), tuple(contrast))


def _voices_of(shelf: Shelf, article: int) -> dict[tuple[str, str], set[str]]:
    """The wordings of an article in the order of the text, each with its voices."""
    voices: dict[tuple[str, str], set[str]] = defaultdict(set)
    if (mentions := shelf.mentions.get(article)) is not None:
        for row in iter_rows(mentions):
            voices[row.referent, row.wording].add(row.voice)
    return voices


def _say_wording(codebook: Codebook, item: tuple[str, str], voices: set[str]) -> str:
    title = codebook.get_wording(*item).title
    return f"“{title}”" + ("" if voices == {"asserted"} else f" ({', '.join(sorted(voices))})")
