"""Which articles to read and which passages to check, with their evidence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from framewire.codebook import Codebook
from framewire.records import ArticleVersion, LabelState
from framewire.summarise.audit import N_A_DAY, draw_audit
from framewire.summarise.cases import Cases
from framewire.summarise.excerpts import clean_line, cut_excerpt, find_phrase
from framewire.summarise.parts import Change, CheckItem, Line, ReadingItem
from framewire.summarise.tables import Tables, get_row, iter_rows, text_or_none
from framewire.summarise.words import say_confidence, say_narrative, say_question
from framewire.text.counts import say_count

# Source: design, section 7: at most ten to check, two of them drawn at random for the audit. Six are read; ten are not.
N_UNCERTAIN = 4
N_RANDOM = N_A_DAY
MAX_LABELS = 3
DEFAULT_THRESHOLD = 0.5


class Shelf:
    """The day's texts and labels, ready to be shown."""

    def __init__(self, tables: Tables, cases: Cases, codebook: Codebook) -> None:
        today = cases.today
        self.codebook = codebook
        self.articles = today.set_index("article_id", drop=False)
        self.mentions = dict(list(cases.mentions[cases.mentions["days_ago"] == 0].groupby("article_id")))
        self.narratives = dict(list(cases.narratives[cases.narratives["days_ago"] == 0].groupby("article_id")))
        spans = tables.passages[tables.passages["article_id"].isin(today["article_id"])]
        self.spans = {(row.article_id, row.passage): (row.start, row.end) for row in iter_rows(spans)}
        self.n_copies: dict[int, int] = defaultdict(int)
        for copy, original in cases.originals.items():
            if copy in self.articles.index:
                self.n_copies[original] += 1
        self._texts = tables.texts

    def text_of(self, article: int) -> ArticleVersion | None:
        """The article's newest version, None if its text is not here."""
        return self._texts.get(int(get_row(self.articles, article)["version_id"]))

    def name(self, article: int) -> str:
        """What an article is called in every store: numbers depend on what was stored before, and in which order."""
        row = get_row(self.articles, article)
        return f"{row['outlet']} {text_or_none(row['url']) or article}"

    def excerpt(self, article: int, passage: int, span: tuple[int, int] | None, evidence: Sequence[str] = ()) -> Line:
        """At most 25 words of a passage around a span of the text, or around what the evidence names."""
        version = self.text_of(article)
        start, end = self.spans.get((article, passage), (0, 0))
        if version is None or not version.text[start:end]:
            return ()
        text = version.text[start:end]
        inside = (span[0] - start, span[1] - start) if span else find_phrase(text, evidence)
        return cut_excerpt(text, inside)


def choose_reading(shelf: Shelf, changes: Sequence[Change], *, max_articles: int) -> tuple[ReadingItem, ...]:
    """The articles to read: those behind the changes and with most labels first, the outlet groups in turn."""
    rows = shelf.articles[shelf.articles["relevant"] & ~shelf.articles["is_copy"]]
    changed = {(change.kind, change.item, change.accused) for change in changes}
    weights = {article: _weigh(shelf, article, changed) for article in rows["article_id"].tolist()}
    queues: dict[str, list[int]] = defaultdict(list)
    for article in sorted(weights, key=lambda article: (-weights[article], shelf.name(article))):
        if weights[article] > 0:
            queues[get_row(rows, article)["group"]].append(article)
    chosen = _take_in_turn(queues, weights, max_articles)
    return tuple(_build_item(shelf, article, changed) for article in chosen)


def choose_checks(
    shelf: Shelf, tables: Tables, *, thresholds: Mapping[str, float], random_state: int
) -> tuple[CheckItem, ...]:
    """Four passages whose labels are least sure, then two whole articles drawn at random, without their labels.

    An article that is drawn is not among the four: who codes it must not have seen what the model says. Nor is a passage
    in which several are left open: one yes or no would not answer for all of them.
    """
    relevant = shelf.articles[shelf.articles["relevant"]]["article_id"].tolist()
    drawn = draw_audit(relevant, date.fromordinal(random_state), n=N_RANDOM, name=shelf.name)
    rows = tables.narratives[tables.narratives["article_id"].isin(shelf.articles.index)]
    rows = rows[~rows["article_id"].isin(drawn)]
    limits = rows["narrative"].map(lambda narrative: thresholds.get(narrative, DEFAULT_THRESHOLD)).astype("float64")
    is_open = rows["state"] == LabelState.ABSTAINED.value
    names = rows["article_id"].map(shelf.name).astype("str")
    table = rows.assign(is_open=is_open, distance=(rows["score"] - limits).abs(), name=names)
    table = table[is_open | (table["state"] == LabelState.LABELLED.value)]
    table = table[table.groupby(["article_id", "passage"])["is_open"].transform("sum") <= 1]
    table = table.sort_values(["is_open", "distance", "name", "passage"], ascending=[False, True, True, True])
    table = table.drop_duplicates(["article_id", "passage"]).head(N_UNCERTAIN)
    items = [_build_check(shelf, row) for row in iter_rows(table)]
    return (*items, *(_build_audit(shelf, article, n_all=len(relevant)) for article in drawn))


def _weigh(shelf: Shelf, article: int, changed: set[tuple[str, str, str]]) -> float:
    """How much there is to see in an article; 0 = nothing was labelled in it.

    An announced change weighs most, then different wordings and narratives, then how often they are named at all.
    """
    mentions, narratives = shelf.mentions.get(article), shelf.narratives.get(article)
    items = set() if mentions is None else set(zip(mentions["referent"] + "/" + mentions["wording"], strict=True))
    carried = set() if narratives is None else set(zip(narratives["narrative"], narratives["accused"], strict=True))
    hits = sum(("wording", item, "") in changed for (item,) in items)
    hits += sum(("narrative", narrative, accused) in changed for narrative, accused in carried)
    top = 0.0 if narratives is None else float(narratives["score"].max())
    return 10.0 * hits + len(items) + 2.0 * len(carried) + top + min(shelf.n_copies[article], 5)


def _take_in_turn(queues: Mapping[str, list[int]], weights: Mapping[int, float], n: int) -> list[int]:
    """Up to n articles, one of each group in turn, the group with the weightiest first article first."""
    order = sorted(queues, key=lambda group: (-weights[queues[group][0]], group))
    longest = max((len(queue) for queue in queues.values()), default=0)
    turns = [queues[group][i] for i in range(longest) for group in order if i < len(queues[group])]
    return turns[:n]


def _build_item(shelf: Shelf, article: int, changed: set[tuple[str, str, str]]) -> ReadingItem:
    row = get_row(shelf.articles, article)
    passage, evidence = _find_evidence(shelf, article, changed)
    narratives = shelf.narratives.get(article)
    return ReadingItem(
        where=f"{article}.{passage}",
        title=clean_line(row["title"]) or "(no headline)",
        url=text_or_none(row["url"]),
        outlet=clean_line(row["outlet_name"], limit=60),
        group=str(row["group"]),
        language=str(row["language"]),
        labels=_list_labels(shelf, article),
        confidence="wording only" if narratives is None else say_confidence(narratives),
        evidence=evidence,
        n_copies=shelf.n_copies[article],
    )


def _find_evidence(shelf: Shelf, article: int, changed: set[tuple[str, str, str]]) -> tuple[int, Line]:
    """The passage and the words that show best why an article is listed: a changed wording, a narrative, any wording."""
    mentions, narratives = shelf.mentions.get(article), shelf.narratives.get(article)
    if mentions is not None:
        keys = mentions["referent"] + "/" + mentions["wording"]
        told = mentions[keys.map(lambda key: ("wording", key, "") in changed).astype("bool")]
        # A mention in the text says more than the headline, which is printed already.
        version = shelf.text_of(article)
        title_end = version.title_end if version else 0
        for rows in (told, mentions[mentions["start"] >= title_end] if narratives is None else told):
            if not rows.empty:
                row = rows.sort_values(["start"]).iloc[0]
                passage = int(row["passage"])
                return passage, shelf.excerpt(article, passage, (int(row["start"]), int(row["end"])))
    if narratives is not None:
        row = narratives.sort_values(["score", "passage"], ascending=[False, True]).iloc[0]
        passage = int(row["passage"])
        return passage, shelf.excerpt(article, passage, None, list(row["evidence"]))
    if mentions is not None:
        row = mentions.iloc[0]
        passage = int(row["passage"])
        return passage, shelf.excerpt(article, passage, (int(row["start"]), int(row["end"])))
    return 0, ()


def _list_labels(shelf: Shelf, article: int) -> tuple[str, ...]:
    """What was found in an article, narratives first, each with its voices."""
    labels: dict[str, set[str]] = defaultdict(set)
    if (narratives := shelf.narratives.get(article)) is not None:
        for row in iter_rows(narratives.sort_values("score", ascending=False)):
            labels[say_narrative(shelf.codebook, row.narrative, row.accused)].add(row.voice)
    if (mentions := shelf.mentions.get(article)) is not None:
        for row in iter_rows(mentions):
            labels[f"“{shelf.codebook.get_wording(row.referent, row.wording).title}”"].add(row.voice)
    said = [f"{label} ({', '.join(sorted(voices))})" for label, voices in labels.items()]
    return (*said[:MAX_LABELS], *([f"+{len(said) - MAX_LABELS} more"] if len(said) > MAX_LABELS else []))


def _build_check(shelf: Shelf, row: Any) -> CheckItem:
    article, passage = int(row.article_id), int(row.passage)
    accused = row.accused if isinstance(row.accused, str) else ""
    question = say_question(shelf.codebook, str(row.narrative), accused)
    why = "left open by the model" if row.is_open else "assigned, but close to the line"
    excerpt = shelf.excerpt(article, passage, None, list(row.evidence))
    return replace(_check_item(shelf, (article, passage), why, question, excerpt), narrative=str(row.narrative))


def _build_audit(shelf: Shelf, article: int, *, n_all: int) -> CheckItem:
    why = f"drawn at random from the day's {say_count(n_all, 'article')} on the subject; its labels are not shown, so that they sway nobody"
    question = "Read the whole article: which narratives does it carry?"
    item = _check_item(shelf, (article, 0), why, question, shelf.excerpt(article, 0, None))
    return replace(item, where=str(article), is_audit=True)


def _check_item(shelf: Shelf, place: tuple[int, int], why: str, question: str, excerpt: Line) -> CheckItem:
    row = get_row(shelf.articles, place[0])
    return CheckItem(
        where=f"{place[0]}.{place[1]}",
        why=why,
        question=question,
        outlet=clean_line(row["outlet_name"], limit=60),
        url=text_or_none(row["url"]),
        language=str(row["language"]),
        excerpt=excerpt,
    )
