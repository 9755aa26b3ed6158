"""Same story, different words: each outlet's wordings of one event with the phrase quoted, as a table."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from framewire.codebook import Codebook
from framewire.summarise.excerpts import clean_line, cut_excerpt
from framewire.summarise.parts import Line, Quoted, Story, StoryArticle
from framewire.summarise.reading import Shelf
from framewire.summarise.tables import get_row, iter_rows, text_or_none
from framewire.summarise.words import say_inside, say_voices

# The renderings show fewer: six in HTML, four as text.
MAX_STORY_ARTICLES = 20
# What a phone shows beside an outlet's name.
MAX_COLUMNS = 3
# A phrase is the wording with what stands beside it, not its sentence.
PHRASE_WORDS = 8

Mentions = Mapping[tuple[str, str], list[Any]]


def build_story(shelf: Shelf, articles: list[int]) -> Story:
    """A story as a table: an outlet a row, a column for each wording of the thing that is worded most differently."""
    said = _collect(shelf, articles)
    users = _count_users(said)
    contrast = [referent for referent in shelf.codebook.terminology if len(users.get(referent.id, ())) > 1]
    chosen = max(users, key=lambda one: (len(users[one]) > 1, users[one].total()), default="")
    columns = [wording for wording, _ in users[chosen].most_common(MAX_COLUMNS)] if chosen else []
    first = _find_first(shelf, articles, said, (chosen, columns))
    rows = [_build_row(shelf, first[outlet], said[outlet], (chosen, columns)) for outlet in said]
    labels = {referent.id: say_inside(referent.label) for referent in shelf.codebook.terminology}
    return Story(
        articles=tuple(sorted(choose_rows(rows), key=lambda row: (row.group, row.outlet))),
        n_outlets=len(said),
        contrast=tuple(labels[referent.id] for referent in contrast),
        named=labels.get(chosen, ""),
        columns=tuple(shelf.codebook.get_wording(chosen, wording).title for wording in columns),
    )


def choose_rows(rows: Sequence[StoryArticle], *, n: int = MAX_STORY_ARTICLES) -> list[StoryArticle]:
    """Up to n rows: the groups in turn, in each those that quote most first."""
    queues: dict[str, list[StoryArticle]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (-sum(cell is not None for cell in row.phrases), row.outlet)):
        queues[row.group].append(row)
    longest = max((len(queue) for queue in queues.values()), default=0)
    return [queues[group][i] for i in range(longest) for group in sorted(queues) if i < len(queues[group])][:n]


def _collect(shelf: Shelf, articles: Sequence[int]) -> Mapping[str, Mentions]:
    """By outlet, in the order of their first article: the mentions of each wording in all its articles of the story."""
    said: dict[str, dict[tuple[str, str], list[Any]]] = {}
    for article in articles:
        own = said.setdefault(str(get_row(shelf.articles, article)["outlet"]), {})
        if (mentions := shelf.mentions.get(article)) is not None:
            for row in iter_rows(mentions):
                own.setdefault((row.referent, row.wording), []).append(row)
    return said


def _count_users(said: Mapping[str, Mentions]) -> dict[str, Counter[str]]:
    """For each referent, how many outlets use each wording of it."""
    users: dict[str, Counter[str]] = defaultdict(Counter)
    for mentions in said.values():
        for referent, wording in mentions:
            users[referent][wording] += 1
    return dict(users)


def _find_first(
    shelf: Shelf, articles: Sequence[int], said: Mapping[str, Mentions], table: tuple[str, list[str]]
) -> dict[str, int]:
    """The article that each outlet is shown by: the first that says one of the table's wordings, else the first."""
    first: dict[str, int] = {}
    for article in articles:
        first.setdefault(str(get_row(shelf.articles, article)["outlet"]), article)
    for outlet, mentions in said.items():
        telling = [row.article_id for wording in table[1] for row in mentions.get((table[0], wording), [])]
        first[outlet] = next((article for article in articles if article in telling), first[outlet])
    return first


def _build_row(shelf: Shelf, article: int, mentions: Mentions, table: tuple[str, list[str]]) -> StoryArticle:
    row = get_row(shelf.articles, article)
    referent, columns = table
    return StoryArticle(
        title=clean_line(row["title"], limit=140) or "(no headline)",
        url=text_or_none(row["url"]),
        outlet=clean_line(row["outlet_name"], limit=60),
        group=str(row["group"]),
        language=str(row["language"]),
        wordings=tuple(_say_wording(shelf.codebook, item, rows) for item, rows in mentions.items()),
        n_copies=shelf.n_copies[article],
        phrases=tuple(_quote(shelf, mentions.get((referent, wording), [])) for wording in columns),
    )


def _quote(shelf: Shelf, rows: Sequence[Any]) -> Quoted | None:
    """The first mention in the outlet's own voice with its phrase, else the first; None without any."""
    if not rows:
        return None
    row = next((one for one in rows if one.voice == "asserted"), rows[0])
    return Quoted(quote_phrase(shelf, row), say_voices({one.voice for one in rows}), len(rows))


def quote_phrase(shelf: Shelf, mention: Any) -> Line:
    """A mention with the words beside it."""
    version = shelf.text_of(int(mention.article_id))
    start, end = shelf.spans.get((mention.article_id, mention.passage), (0, 0))
    if version is None or not version.text[start:end]:
        return ()
    inside = (int(mention.start) - start, int(mention.end) - start)
    return cut_excerpt(version.text[start:end], inside, max_words=PHRASE_WORDS)


def _say_wording(codebook: Codebook, item: tuple[str, str], rows: Sequence[Any]) -> str:
    voices = {row.voice for row in rows}
    title = codebook.get_wording(*item).title
    return f"“{title}”" + ("" if voices == {"asserted"} else f" ({say_voices(voices)})")
