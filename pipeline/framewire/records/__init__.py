"""The values that cross from one room to the next. All are frozen; all times are aware UTC.

Spans (`start`, `end`) are half-open code points of the stored text of a version.
"""

from framewire.records.codings import (
    WITHDRAWN,
    CodedNarrative,
    CodedPassage,
    Coding,
    CodingOrigin,
    LabelledSpan,
    QueueItem,
    StoredCoding,
)
from framewire.records.feeds import Entry, Feed, FeedNews, FeedOutcome, FeedState, Outlet, ParsedFeed, StoredCounts
from framewire.records.items import SeenItem, pack_items, unpack_fingerprints, unpack_items
from framewire.records.labels import (
    ArticleVersion,
    LabelledVersion,
    NarrativeLabel,
    Passage,
    PassageLabels,
    TermMention,
)
from framewire.records.pages import DuePage, PageOutcome, RobotsFile
from framewire.records.states import (
    ALL_PAGES,
    ANSWERED,
    BOTH,
    UNCLEAR,
    DateSource,
    LabelState,
    PageState,
    PollStatus,
    Voice,
)

__all__ = [
    "ALL_PAGES",
    "ANSWERED",
    "BOTH",
    "UNCLEAR",
    "WITHDRAWN",
    "ArticleVersion",
    "CodedNarrative",
    "CodedPassage",
    "Coding",
    "CodingOrigin",
    "DateSource",
    "DuePage",
    "Entry",
    "Feed",
    "FeedNews",
    "FeedOutcome",
    "FeedState",
    "LabelState",
    "LabelledSpan",
    "LabelledVersion",
    "NarrativeLabel",
    "Outlet",
    "PageOutcome",
    "PageState",
    "ParsedFeed",
    "Passage",
    "PassageLabels",
    "PollStatus",
    "QueueItem",
    "RobotsFile",
    "SeenItem",
    "StoredCoding",
    "StoredCounts",
    "TermMention",
    "Voice",
    "pack_items",
    "unpack_fingerprints",
    "unpack_items",
]
