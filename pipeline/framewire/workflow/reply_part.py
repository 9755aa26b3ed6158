"""The end of a mailed summary: how to correct it by answering, and each item's code for this recipient.

No line of it begins with `fix` or `ok`, so that a mail program that quotes without marks sends back no correction.
"""

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from framewire.errors import InputError
from framewire.store import reading, text_hash
from framewire.workflow.corrections import find_span, parse_id
from framewire.workflow.reply_keys import build_code
from framewire.workflow.workspace import Workspace

WIDTH = 72
_HEADING = "CORRECT BY REPLY"
_HOW = (
    "Answer with lines that name an item with its code. To “Is this …?”: ok and the item says yes, no and the item "
    "says no; fix and the item corrects, with what holds behind it: narrative=voice, narrative=voice:accused, -narrative, or alone none or irrelevant. The codes are "
    "yours: do not pass them on."
)


class ReplyItem(NamedTuple):
    """An item that may be answered: its id, the hash of its text, what is asked, and after which narrative ('' = none)."""

    item: str
    text_hash: str
    question: str
    asked: str = ""


class ReplyPart(NamedTuple):
    """The same in two forms; both empty without items."""

    text: str
    html: str


def find_reply_items(workspace: Workspace, numbers: Mapping[str, Any]) -> list[ReplyItem]:
    """What a day's summary, as it is stored, asks its readers to check; without what is no longer in the store."""
    found = []
    with reading(workspace.readonly_engine) as conn:
        for check in numbers.get("checks", ()):
            try:
                span = find_span(conn, parse_id(check["where"]))
            except InputError:
                continue
            # A summary of an earlier version does not say which narrative it asks.
            asked = check.get("narrative", "")
            found.append(ReplyItem(check["where"], text_hash(span.text), check["question"], asked))
    return found


def build_reply_part(items: Sequence[ReplyItem], key: bytes, recipient: str) -> ReplyPart:
    """What this recipient's mail ends with."""
    if not items:
        return ReplyPart("", "")
    codes = [build_code(key, recipient, one.item, one.text_hash, one.asked) for one in items]
    coded = [(f"{one.item}:{code}", one.question) for one, code in zip(items, codes, strict=True)]
    # What is asked of each stands in the summary above, under its number.
    how = textwrap.wrap(_HOW, WIDTH, initial_indent=" ", subsequent_indent=" ")
    text = "\n".join(["", _HEADING, *how, "", *(f" {name}" for name, _ in coded)])
    rows = "".join(f"<li><code>{escape(name)}</code> {escape(question)}</li>" for name, question in coded)
    return ReplyPart(f"{text}\n", f"<h2>Correct by reply</h2><p>{escape(_HOW)}</p><ul>{rows}</ul>")


def put_into_html(html: str, part: str) -> str:
    """The page with a part at the end of its body."""
    before, end, after = html.rpartition("</body>")
    return f"{before}{part}{end}{after}" if end else html + part
