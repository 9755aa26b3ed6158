"""The parts of a summary, as values: what the templates print and the JSON holds."""

from dataclasses import dataclass
from datetime import date, datetime

from framewire.summarise.audit import Corrected
from framewire.summarise.shares import Share


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line; `strong` if it is what the line is about."""

    text: str
    strong: bool = False


Line = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """One counted cell. `note` says what a number lacks: 'not reliable yet' (it has no shares then), 'raw', or ''.

    Wordings: mentions of the wording among all of the referent; with a `voice` other than 'any', among those of the
    wording. Narratives: articles among the relevant ones. `group` '' is all outlets together. `copies`: 'raw' counts
    every article, 'once' each text once.
    """

    section: str
    referent: str
    narrative: str
    wording: str
    group: str
    voice: str
    accused: str
    copies: str
    share: Share
    before: Share
    all_days: Share
    note: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """An article that shows a number."""

    outlet: str
    url: str | None


@dataclass(frozen=True, slots=True)
class WordingRow:
    """One wording of a referent today. `before` and `all_days` are the baseline; `once` counts copies once."""

    wording: str
    title: str
    usage: tuple[str, ...]
    share: Share
    once: Share
    before: Share
    all_days: Share
    asserted: int
    quoted: int
    denied: int
    groups: tuple[tuple[str, Share], ...]
    example: Example | None


@dataclass(frozen=True, slots=True)
class ReferentTable:
    """The wordings of one referent, commonest first."""

    referent: str
    label: str
    n_mentions: int
    n_articles: int
    rows: tuple[WordingRow, ...]


@dataclass(frozen=True, slots=True)
class NarrativeRow:
    """One narrative today, a sided one for one accused side. An article may assert, attribute and deny at once.

    `too_low` names what is below the floor, and then the counts are not printed; '' if nothing is. `corrected` is the share
    corrected by the audit, None as long as that is too small.
    """

    narrative: str
    label: str
    accused: str
    accused_label: str
    share: Share
    once: Share
    before: Share
    all_days: Share
    asserted: int
    attributed: int
    denied: int
    groups: tuple[tuple[str, Share], ...]
    example: Example | None
    too_low: str = ""
    corrected: Corrected | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A difference from the baseline that survived the test. Shares are of articles, copies counted once.

    `place` is a group or outlet, '' if it stands everywhere; `places` are those where it is also found by itself.
    """

    kind: str
    item: str
    accused: str
    title: str
    among: str
    place: str
    places: tuple[str, ...]
    now: Share
    before: Share
    all_days: Share
    difference: float
    low: float
    high: float
    p: float
    q: float
    outlets: tuple[str, ...]
    asserted: int
    quoted: int


@dataclass(frozen=True, slots=True)
class Break:
    """A day from which on the series is made in another way. `kind` is 'model', 'codebook' or 'feeds'."""

    day: date
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What today was compared with. `line` says it in words; `days` are dates; `tested` counts the comparisons."""

    line: str
    basis: str
    days: tuple[date, ...]
    n_history: int
    tested: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """A wording as an outlet used it: the phrase, in which voices, and how many times. '' is the outlet's own voice."""

    phrase: Line
    voices: str
    n: int


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """An outlet's row of a story, by one article, with all wordings of the outlet; `phrases` has one value a column."""

    title: str
    url: str | None
    outlet: str
    group: str
    language: str
    wordings: tuple[str, ...]
    n_copies: int
    phrases: tuple[Quoted | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One event in several outlets' words. `contrast` names the referents that they call differently.

    `columns` are the wordings of the one that is told as a table, `named`.
    """

    articles: tuple[StoryArticle, ...]
    n_outlets: int
    contrast: tuple[str, ...]
    named: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a changed text: `kind` is 'del' for what was taken out, 'ins' for what came in, '' for what stayed."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """What an outlet changed in another one's text. `places` are the changes that touch a wording, with the words beside.

    `n_touched` counts the mentions in them, `n_other` the changes that are not shown.
    """

    title: str
    outlet: str
    group: str
    url: str | None
    language: str
    source: str
    source_url: str | None
    places: tuple[tuple[Piece, ...], ...]
    n_touched: int
    n_other: int


@dataclass(frozen=True, slots=True)
class Revision:
    """A headline changed after publication; what differs is strong. `why` says what that changed, in words."""

    outlet: str
    url: str | None
    language: str
    seen_at: datetime
    old: Line
    new: Line
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingItem:
    """An article to read. `labels` are (what, in whose voice, how sure); `where` is the passage's id."""

    where: str
    title: str
    url: str | None
    outlet: str
    group: str
    language: str
    labels: tuple[str, ...]
    confidence: str
    evidence: Line
    n_copies: int


@dataclass(frozen=True, slots=True)
class CheckItem:
    """A passage whose label a person should look at, and why it was chosen.

    `narrative` is the one that is asked, '' in an audit. `is_audit`: the whole article is asked, blind; `where` is its
    number then.
    """

    where: str
    why: str
    question: str
    outlet: str
    url: str | None
    language: str
    excerpt: Line
    narrative: str = ""
    is_audit: bool = False


@dataclass(frozen=True, slots=True)
class FailingFeed:
    """A feed whose last poll failed."""

    outlet: str
    url: str
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class SilentOutlet:
    """An outlet without an article in the window, or with fewer than there were. `usual` is None if it is unknown."""

    outlet: str
    group: str
    usual: float | None
    why: str


@dataclass(frozen=True, slots=True)
class MixingOutlet:
    """An outlet with words that mix scripts today: in how many of its articles on the subject, and how many before.

    `article` is the number of one of them.
    """

    outlet: str
    share: Share
    before: Share
    article: int


@dataclass(frozen=True, slots=True)
class Health:
    """What was read and what was not, so that silence is not taken for absence. `gaps` are told of several days only."""

    n_articles: int
    n_relevant: int
    n_outlets: int
    n_copies: int
    usual: tuple[int, int] | None
    n_feeds: int
    n_answered: int
    failing: tuple[FailingFeed, ...]
    silent: tuple[SilentOutlet, ...]
    partial: tuple[SilentOutlet, ...]
    hours_down: float
    rules_only: tuple[tuple[str, int], ...]
    n_not_extracted: int
    n_headline_only: int
    n_unlabelled: int
    n_abstained: int
    n_undated: int
    n_mixing_scripts: int
    mixing: tuple[MixingOutlet, ...]
    n_revisions: int
    n_headlines_changed: int
    by_group: tuple[tuple[str, int, int], ...]
    mail: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailTrouble:
    """Messages of one list and day that were refused, or may not have arrived. Addresses are told to nobody here."""

    list_name: str
    day: str
    state: str
    n: int


@dataclass(frozen=True, slots=True)
class EmergingTerm:
    """A phrase of the day that no pattern of the codebook matches. `z` is its log-odds ratio over its deviation.

    `examples` are at most two articles, of two outlets if there are.
    """

    phrase: str
    n_articles: int
    n_outlets: int
    n_before: int
    z: float
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """What the numbers were made with."""

    codebook: str
    codebook_title: str
    model: str | None
    model_error: str | None
    lines: tuple[str, ...]
