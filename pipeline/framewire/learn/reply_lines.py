"""The lines of a reply that say something: `fix ID words`, `ok ID`, `no ID`. What is quoted, or stands below the quoted mail, does not."""

import re
from typing import NamedTuple

MAX_LINES = 200
_LINE = re.compile(r"\s*(?P<word>fix|ok)\s+(?P<item>[\w.:]+)\s*(?P<rest>.*)", re.IGNORECASE)
# Many a sentence begins with these words, so nothing but an item stands beside them.
_ANSWER = re.compile(r"\s*(?P<word>yes|no)\s+(?P<item>\d+\.\d+(?::\w+)?|\d+:\w+)\s*", re.IGNORECASE)
# Where mail programs begin the message that is answered. Source: Outlook, Gmail, Thunderbird, Apple Mail in our languages.
_ORIGINAL = re.compile(
    r"\s*(?:-{2,}\s*(?:original message|forwarded message|исходное сообщение|message d'origine|özgün ileti)|_{8,}|"
    r"begin forwarded message:|-- ?$|on .{5,200} wrote:$|le .{5,200} a écrit\s?:$)",
    re.IGNORECASE,
)
# What only a line that was too long for the mail program can hold: the rest of its words.
_REST = re.compile(r"\s*(?:(?:-\w+|\w+=[\w:]+)[\s,;]*)+")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212\u00a0", "------ ")


class ReplyLine(NamedTuple):
    """One line: its number, `fix`, `ok` (which is yes) or `no`, the item, and the words behind it."""

    number: int
    verb: str
    item: str
    words: tuple[str, ...]


def find_reply_lines(text: str) -> list[ReplyLine]:
    """The lines that say something, in their order, up to where the mail that is answered begins."""
    found: list[ReplyLine] = []
    may_go_on = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _ORIGINAL.match(line) or len(found) >= MAX_LINES:
            break
        # Mail programs make dashes long and spaces fast.
        line = line.translate(_DASHES)
        if match := _LINE.fullmatch(line):
            found.append(ReplyLine(number, match["word"].lower(), match["item"], _split(match["rest"])))
        elif match := _ANSWER.fullmatch(line):
            found.append(ReplyLine(number, "no" if match["word"].lower() == "no" else "ok", match["item"], ()))
        elif may_go_on and _REST.fullmatch(line):
            found[-1] = found[-1]._replace(words=(*found[-1].words, *_split(line)))
        may_go_on = bool(found) and bool(match or (may_go_on and _REST.fullmatch(line)))
    return found


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").replace(";", " ").split())
