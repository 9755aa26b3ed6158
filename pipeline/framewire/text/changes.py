"""How much a wording changed, and whether it changed at all."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from framewire.text.stamps import drop_stamps

_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u02bc\u2032\u055a\uff07`\u00b4'"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\uff02\u301d\u301e\u301f"
_LONG_DASHES = "\u2014\u2015\u2e3a"
_DASHES = "\u2010\u2011\u2012\u2013\u2212\u058a\ufe58\ufe63\uff0d"
_TABLE = str.maketrans(
    dict.fromkeys(_SINGLE_QUOTES, "'")
    | dict.fromkeys(_DOUBLE_QUOTES, '"')
    | dict.fromkeys(_LONG_DASHES, " - ")
    | dict.fromkeys(_DASHES, "-")
    # The Armenian full stop is often typed as a colon.
    | {"\u0589": ":", "\u2026": "..."}
)
# Small letters that capitals do not tell apart: dotless i, yo, and the Armenian ew, which capitals write as two letters.
_LETTERS = str.maketrans({"\u0131": "i", "\u0307": "", "\u0451": "\u0435"})
_GUILLEMETS = re.compile("[«‹] ?| ?[»›]")
# What shows nothing. Source: Unicode category Cf, without the marks of scripts that we do not read.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0001-\U000e007f]"
)
# A single quote between letters is an apostrophe; any other is a quotation mark.
_QUOTING = re.compile(r"(?<!\w)'|'(?!\w)")
_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[\"?!]")
# Site names stand behind a bar; behind a dash stands as often who said it, so there the name must be known.
_BEHIND_BAR = re.compile(r" ?(?:\||::|»)[^|:»\n]{1,60}$")
_BEHIND_DASH = re.compile(r" - ([^\n]{1,60})$")
_MAX_HEADLINE = 300
# Source: measured; aligning two texts of 2,000 words takes under 0.2 s, and grows with the square.
_MAX_ALIGNED = 2_000


def is_trivial_change(old: str, new: str, *, names: Sequence[str] = ()) -> bool:
    """Whether two wordings say the same: they differ in nothing, or in nothing that a reader reads.

    Trivial are layout, invisible marks, the kind of quotation marks and dashes, the case of letters, a final full stop,
    times of an update ("Updated 14:05", "(2 min ago)"), counters of views, "Read more", and a trailing name of the site
    (behind a bar any; behind a dash only one of `names`, since "- ministry" is who says it). Quotation marks that come
    or go are not: they say whose word it is.
    """
    if old == new:
        return True
    first, second = fold_wording(old), fold_wording(new)
    if first == second:
        return True
    known = {fold_wording(name) for name in names if name.strip()}
    return _without_site(first, known) == _without_site(second, known)


@lru_cache(maxsize=256)
def fold_wording(text: str) -> str:
    """The text as it is compared, on one line: what a trivial change changes is folded away."""
    visible = text.translate(_TABLE)
    if not visible.isascii():
        visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", visible))
    lines = "\n".join([" ".join(line.split()) for line in visible.split("\n") if line.strip()])
    small = _QUOTING.sub('"', _GUILLEMETS.sub('"', lines)).casefold()
    if not small.isascii():
        small = small.translate(_LETTERS).replace("\u0565\u0582", "\u0565\u057e")
    bare = " ".join(drop_stamps(small).split())
    return bare.rstrip(".").rstrip() if _has_one_stop(bare) else bare


def _has_one_stop(text: str) -> bool:
    """Whether a text ends with one full stop, and not with three."""
    return text.endswith(".") and not text.endswith("..")


def measure_change(old: str, new: str) -> float:
    """The size of a change, in [0, 1]: 0 for the same words in the same order, 1 for no word in common.

    It is 1 - 2 m / (a + b): a and b count the words of both sides, m the words that difflib's `SequenceMatcher` aligns.
    Quotation, question and exclamation marks count as words. Of more than 2,000 words between what both sides share at
    their ends, m counts words in common in any order, which cannot be more apart.
    """
    a, b = _TOKEN.findall(fold_wording(old)), _TOKEN.findall(fold_wording(new))
    if not a and not b:
        return 0.0
    head, tail = _count_shared_ends(a, b)
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    if max(len(middle_a), len(middle_b)) > _MAX_ALIGNED:
        common = (Counter(middle_a) & Counter(middle_b)).total()
    else:
        blocks = SequenceMatcher(None, middle_a, middle_b, autojunk=False).get_matching_blocks()
        common = sum(block.size for block in blocks)
    return 1.0 - 2.0 * (head + tail + common) / (len(a) + len(b))


def _count_shared_ends(a: Sequence[str], b: Sequence[str]) -> tuple[int, int]:
    """How many words both begin with, and how many of the rest both end with."""
    limit = min(len(a), len(b))
    head = next((i for i in range(limit) if a[i] != b[i]), limit)
    tail = next((i for i in range(limit - head) if a[-1 - i] != b[-1 - i]), limit - head)
    return head, tail


def _without_site(folded: str, known: set[str]) -> str:
    """A folded wording without the name of the site at its end."""
    if len(folded) > _MAX_HEADLINE:
        return folded
    shorter = _BEHIND_BAR.sub("", folded)
    if shorter == folded and (match := _BEHIND_DASH.search(folded)) and match[1] in known:
        shorter = folded[: match.start()]
    return shorter.rstrip() or folded
