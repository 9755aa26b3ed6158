"""The passages that may be offered to coders, with what each strategy looks at, read from the store."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from framewire.errors import InputError, ModelError
from framewire.label import Annotation, Labeller, NarrativeModel
from framewire.learn import find_passage_files, load_passages
from framewire.learn.queue import Candidate, Known
from framewire.records import ArticleVersion, CodedPassage, LabelState, QueueItem, StoredCoding
from framewire.store import (
    get_codings,
    get_queue_items,
    keep_newest,
    read_articles,
    read_mentions,
    read_narratives,
    read_passages,
    read_texts,
    reading,
)
from framewire.summarise.openings import list_openings
from framewire.summarise.stories import number_stories
from framewire.workflow.doubts import find_doubts
from framewire.workflow.model_records import get_card
from framewire.workflow.models import load_model_or_reason
from framewire.workflow.workspace import Workspace

# How far back is looked, and at how many passages at most, newest first. Source: a month is the summary's own baseline;
# rules are matched anew in each passage, a thousand a second.
BACK = timedelta(days=28)
MAX_CANDIDATES = 3000
Span = tuple[int, int, int]
# Shorter words are grammar.
_WORD = re.compile(r"[^\W\d_]{4,}")


def find_candidates(workspace: Workspace, coder: str, *, now: datetime) -> tuple[list[Candidate], Known]:
    """What may be offered to a coder, and what is known beforehand.

    Left out is what was offered to them or coded by them before, also where the same text stands in another version.
    """
    with reading(workspace.readonly_engine) as conn:
        codings, offered = keep_newest(get_codings(conn)), get_queue_items(conn)
        articles = read_articles(conn, since=now - BACK)
        articles = articles[articles["copy_of"].isna() & articles["relevant"]]
        passages = _read_relevant(conn, articles, since=now - BACK)
        texts = read_texts(conn, _list_versions(articles, codings, offered))
        labels = _read_labels(conn, since=now - BACK)
        mentions = read_mentions(conn, since=now - BACK)
    articles = articles.assign(story=_find_stories(articles, texts, mentions))
    done = {(one.coding.version_id, one.coding.start, one.coding.end) for one in codings if one.coding.coder == coder}
    own = [item for item in offered if item.coder == coder]
    done |= {(item.version_id, item.start, item.end) for item in own}
    known_texts = {_text_at(texts, span) for span in done}
    model, row, _ = load_model_or_reason(workspace)
    doubts = find_doubts(workspace, row)
    makers = _Maker(workspace, model, articles, texts, labels, codings)
    spans = [(row["version_id"], row["start"], row["end"], row["passage"]) for row in passages.to_dict("records")]
    candidates = makers.make_passages([(int(v), int(a), int(b), int(p)) for v, a, b, p in spans])
    others = {*_find_whole(codings, offered, coder), *(span for span in doubts if span[0] in texts)}
    candidates += [makers.make(*span, None) for span in sorted(others)]
    candidates = [replace(one, doubt=doubts.get(one.span)) for one in candidates]
    kept = [
        one for one in _each_once(candidates) if one.span not in done and _text_at(texts, one.span) not in known_texts
    ]
    return kept, replace(_find_known(workspace, codings), n_offered=len(own))


class _Maker:
    """Builds candidates from what was read."""

    def __init__(
        self,
        workspace: Workspace,
        model: NarrativeModel | None,
        articles: pd.DataFrame,
        texts: dict[int, ArticleVersion],
        labels: dict[tuple[int, int], list[tuple[str, float, bool]]],
        codings: Sequence[StoredCoding],
    ) -> None:
        self._texts, self._labels = texts, labels
        self._labeller = Labeller(workspace.codebook)
        self._model = model
        self._language = workspace.codebook.languages[0]
        self._groups = dict(zip(articles["outlet"].tolist(), articles["group"].tolist(), strict=True))
        self._stories = dict(zip(articles["article_id"].tolist(), articles["story"].tolist(), strict=True))
        self._coded_by: dict[tuple[int, int, int], set[str]] = defaultdict(set)
        for one in codings:
            if one.coding.blind:
                self._coded_by[one.coding.version_id, one.coding.start, one.coding.end].add(one.coding.coder)

    def make_passages(self, spans: Sequence[tuple[int, int, int, int]]) -> list[Candidate]:
        """The candidates of passages, (version, start, end, position), with their scores."""
        annotations = {span[:3]: self._annotate(*span[:3]) for span in spans if self._is_modelled(span[0])}
        scores = self._score(annotations)
        return [replace(self.make(*span, annotations.get(span[:3])), scores=scores.get(span[:3], ())) for span in spans]

    def _is_modelled(self, version_id: int) -> bool:
        """Whether the model scores a version's passages."""
        return self._model is not None and self._texts[version_id].language == self._model.language

    def make(
        self, version_id: int, start: int, end: int, position: int | None, annotation: Annotation | None = None
    ) -> Candidate:
        """The candidate of a span; its labels, rules and words only of a passage."""
        version = self._texts[version_id]
        text = version.text[start:end]
        labels = () if position is None else tuple(self._labels.get((version_id, position), ()))
        # Where no model speaks the stored labels are what the rules said; a matcher of that language need not be built.
        rules = (
            (hit.key[0] for hit in annotation.of_kind("indicator")) if annotation else (name for name, _, _ in labels)
        )
        return Candidate(
            version_id,
            start,
            end,
            version.article_id,
            version.outlet_id,
            str(self._groups.get(version.outlet_id) or ""),
            self._stories.get(version.article_id, -version.article_id),
            relevant=True,
            narratives=labels,
            rules=frozenset(rules),
            words=find_words(text) if position is not None and version.language == self._language else frozenset(),
            coded_by=frozenset(self._coded_by.get((version_id, start, end), ())),
            is_whole=position is None and text == version.text,
        )

    def _annotate(self, version_id: int, start: int, end: int) -> Annotation:
        version = self._texts[version_id]
        published = (version.published_at or version.first_seen_at).date()
        return self._labeller.annotate(version.text[start:end], language=version.language, published_on=published)

    def _score(self, annotations: Mapping[Span, Annotation]) -> dict[Span, tuple[tuple[str, float], ...]]:
        """The scores of all narratives, of passages in the model's language."""
        model = self._model
        if model is None or not annotations:
            return {}
        scores = model.predict_scores(list(annotations.values())).narratives
        return {
            span: tuple(zip(model.narratives, map(float, row), strict=True))
            for span, row in zip(annotations, scores, strict=True)
        }


def find_words(text: str) -> frozenset[str]:
    """The words of a text, in small letters; names and numbers are among them."""
    return frozenset(_WORD.findall(text.casefold()))


def _read_relevant(conn: Connection, articles: pd.DataFrame, *, since: datetime) -> pd.DataFrame:
    """The relevant passages of these articles, newest article first."""
    table = read_passages(conn, since=since)
    table = table[table["relevant"] & table["version_id"].isin(articles["version_id"])]
    return table.sort_values(["article_id", "passage"], ascending=[False, True]).head(MAX_CANDIDATES)


def _read_labels(conn: Connection, *, since: datetime) -> dict[tuple[int, int], list[tuple[str, float, bool]]]:
    """(narrative, score, whether left open) by version and passage."""
    found: dict[tuple[int, int], list[tuple[str, float, bool]]] = defaultdict(list)
    table = read_narratives(conn, since=since)
    columns = (table[name].tolist() for name in ("version_id", "passage", "narrative", "score", "state"))
    for version, passage, narrative, score, state in zip(*columns, strict=True):
        found[version, passage].append((narrative, score, state == LabelState.ABSTAINED.value))
    return found


def _list_versions(articles: pd.DataFrame, codings: Sequence[StoredCoding], offered: Sequence[QueueItem]) -> list[int]:
    found: set[int] = {int(number) for number in articles["version_id"].tolist()}
    return sorted(found | {one.coding.version_id for one in codings} | {item.version_id for item in offered})


def _find_whole(
    codings: Sequence[StoredCoding], offered: Sequence[QueueItem], coder: str
) -> Iterable[tuple[int, int, int]]:
    """What was drawn for the audit, and what others coded blind."""
    drawn = {(item.version_id, item.start, item.end) for item in offered if item.coder is None and item.blind}
    second = {
        (one.coding.version_id, one.coding.start, one.coding.end)
        for one in codings
        if one.coding.blind and one.coding.coder != coder
    }
    return sorted(drawn | second)


def _each_once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates by span; of two for one span the passage, whose labels are known."""
    found: dict[tuple[int, int, int], Candidate] = {}
    for one in candidates:
        found.setdefault(one.span, one)
    return list(found.values())


def _text_at(texts: dict[int, ArticleVersion], span: tuple[int, int, int]) -> str:
    version_id, start, end = span
    return texts[version_id].text[start:end]


def _find_stories(articles: pd.DataFrame, texts: dict[int, ArticleVersion], mentions: pd.DataFrame) -> "pd.Series[int]":
    """The story of each article."""
    told = [texts[version] for version in articles["version_id"].tolist()]
    numbers = number_stories(articles.assign(counted_at=articles["first_seen_at"]), list_openings(told, mentions))
    return articles["article_id"].map(numbers)


def _find_known(workspace: Workspace, codings: Sequence[StoredCoding]) -> Known:
    """Thresholds of the model in use, and what the training passages and the codings hold."""
    passages = _load_passages(workspace)
    counts = Counter(narrative.id for passage in passages for narrative in passage.narratives)
    counts.update(narrative.id for one in codings for narrative in one.coding.narratives)
    words = frozenset(word for passage in passages for word in find_words(passage.text))
    words |= frozenset(word for one in codings for word in find_words(one.text))
    language = workspace.codebook.languages[0]
    ruled = frozenset(one.id for one in workspace.codebook.narratives if one.indicators.get(language))
    return Known(_find_thresholds(workspace), counts, words, ruled)


def _load_passages(workspace: Workspace) -> list[CodedPassage]:
    try:
        return load_passages(find_passage_files(workspace.config.passages), codebook=workspace.codebook)
    except InputError:
        return []  # a workspace without passages has everything to learn


def _find_thresholds(workspace: Workspace) -> dict[str, Any]:
    try:
        thresholds: dict[str, Any] = get_card(workspace, None).get("thresholds", {})
    except ModelError:
        return {}
    return thresholds
