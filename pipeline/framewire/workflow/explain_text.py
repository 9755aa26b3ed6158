"""Labelled passages and their reasons for a terminal of 80 columns."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from framewire.label.reason_words import say_cue
from framewire.records import BOTH, UNCLEAR

WIDTH = 80
# A quotation or a rule's words are cut to so many letters, and so many cues are shown.
CUE_LETTERS = 40
MOST_CUES = 4
_INDENT = 6
_NAMED = {"one side": "one side is accused", BOTH: "both sides are accused", UNCLEAR: "no side is accused clearly"}


def render_passages(passages: Sequence[dict[str, Any]]) -> str:
    """The passages with their labels, a block each."""
    return "\n\n".join("\n".join(_render_passage(passage)) for passage in passages)


def _render_passage(passage: dict[str, Any]) -> list[str]:
    text = textwrap.wrap(" ".join(passage["text"].split()), 78, initial_indent="| ", subsequent_indent="| ")
    lines = [f"[{passage['id']}] {'relevant' if passage['relevant'] else 'not relevant'}", *text]
    lines += [line for coding in passage.get("codings", ()) for line in _wrap(say_coding(coding), "  ", " " * _INDENT)]
    if passage.get("codings"):
        lines.append("  the model says:" + ("" if passage["narratives"] else " nothing"))
    for label in passage["narratives"]:
        lines += _render_label(label)
    for mention in passage["mentions"]:
        said_by = f", said by {mention['speaker']}" if mention["speaker"] else ""
        line = f'"{mention["text"]}"  {mention["referent"]}/{mention["wording"]}  {mention["voice"]}{said_by}'
        lines += _wrap(line, "  ", " " * _INDENT)
    for word in passage["mixed_scripts"]:
        lines.append(f'  note: "{word["text"]}" mixes scripts by letters that look alike; read as "{word["read_as"]}"')
    return lines


def say_coding(coding: dict[str, Any]) -> str:
    """What a coder says, by whom and since when: `corrected by anna on 2026-11-24: neglect=denied`."""
    note = f" ({coding['note']})" if coding["note"] else ""
    return f"corrected by {coding['coder']} on {coding['coded_at'][:10]}: {coding['says']}{note}"


def _render_label(label: dict[str, Any]) -> Iterator[str]:
    reasons = label.get("reasons")
    yield from _wrap(
        f"{label['id']}  score {label['score']:.2f} ({label['state']}){say_band(label)}", "  ", " " * _INDENT
    )
    if not reasons:
        yield from (f"{' ' * _INDENT}{item}" for item in label["evidence"])
    else:
        yield from _fill("rules:", "; ".join(say_rules(reasons["rules"])))
        if reasons["score"]:
            yield from _fill("for:", join_weights(reasons["score"]["for"]))
            yield from _fill("against:", join_weights(reasons["score"]["against"]))
    yield from _render_voice(label, reasons["voice"] if reasons else None)
    yield from _render_accused(label, reasons["accused"] if reasons else None)


def _render_voice(label: dict[str, Any], voice: dict[str, Any] | None) -> Iterator[str]:
    said_by = f", said by {label['speaker']}" if label["speaker"] else ""
    yield from _fill("voice:", label["voice"] + said_by)
    if voice:
        yield from _fill("", "; ".join(_list_cues(voice["cues"], label["speaker"])))
        yield from _fill("", say_preference(voice))


def _render_accused(label: dict[str, Any], accused: dict[str, Any] | None) -> Iterator[str]:
    if label["accused"]:
        yield from _fill("accused:", label["accused"] + (f"; {say_accused(accused)}" if accused else ""))
    if accused:
        yield from _fill("", "; ".join(say_roles(accused["weighed"])))


def say_band(label: dict[str, Any]) -> str:
    """Where the score stands beside threshold and band: `, threshold 0.35, open from 0.21`; empty without a model."""
    score = (label.get("reasons") or {}).get("score")
    if not score:
        return ""
    if score["threshold"] is None:
        return ", never assigned: too few examples"
    if label["state"] == "abstained":
        return f", left open from {score['left_open_from']:.2f} to {score['threshold']:.2f}"
    return f", threshold {score['threshold']:.2f}, open from {score['left_open_from']:.2f}"


def say_rules(rules: Sequence[dict[str, Any]]) -> list[str]:
    """The rules that hold, each with its words: `"starving" (starv*)`; those inside a longer one are left out.

    The pattern, of several the first, is told only where it is other than the words.
    """
    told: dict[str, str] = {}
    for rule in rules:
        length = rule["end"] - rule["start"]
        within = (
            other["start"] <= rule["start"] and rule["end"] <= other["end"] and other["end"] - other["start"] > length
            for other in rules
        )
        if not any(within):
            is_plain = rule["text"].casefold() == rule["pattern"].casefold()
            told.setdefault(f'"{_cut(rule["text"])}"', "" if is_plain else f" ({rule['pattern']})")
    return [words + pattern for words, pattern in told.items()]


def join_weights(weights: Sequence[dict[str, Any]]) -> str:
    """The weights, signed: `starving +1.57, corridor +0.67`."""
    return ", ".join(f"{weight['words']} {weight['weight']:+.2f}" for weight in weights)


def say_preference(voice: dict[str, Any]) -> str:
    """How far the voice is ahead of the next likely one and by what; empty where no model decides about voices."""
    if not voice["over"]:
        return ""
    return f"ahead of {voice['over']} by {voice['lead']:.2f}: {join_weights(voice['weighed'])}"


def say_accused(accused: dict[str, Any]) -> str:
    """Whether the account accuses one side (the one that is ahead), both or none clearly, and how far a side is ahead."""
    named = _NAMED[accused["names"]]
    if len(accused["scores"]) < 2 or not accused["lead"]:
        return f"{named}, the sides are even"
    first, second = (item["side"] for item in accused["scores"][:2])
    ahead = "" if accused["names"] == "one side" else f"{first} "
    return f"{named}, {ahead}ahead of {second} by {accused['lead']:.2f}"


def say_roles(weighed: Sequence[dict[str, Any]]) -> list[str]:
    """What counted in the lead, side by side: `sudland: it flees or suffers +0.78, it speaks +0.20`."""
    sides = dict.fromkeys(weight["side"] for weight in weighed)
    of_side = {side: join_weights([weight for weight in weighed if weight["side"] == side]) for side in sides}
    return [f"{side}: {told}" if side else told for side, told in of_side.items()]


def say_cue_of(cue: dict[str, Any], speaker: str | None = None) -> str:
    """A cue with its kind, who speaks if that is another than `speaker`, and whether it is quoted itself: `"said" (report)`."""
    by = f" by {cue['speaker']}" if cue["speaker"] and cue["speaker"] != speaker else ""
    within = ", inside a quotation" if cue["quoted"] and cue["kind"] != "quotation" else ""
    return f'"{_cut(cue["text"])}" ({say_cue(cue["kind"])}{by}{within})'


def sort_cues(cues: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The cues that reach the narrative's rules, and the others."""
    return [cue for cue in cues if cue["reaches"]], [cue for cue in cues if not cue["reaches"]]


def _list_cues(cues: Sequence[dict[str, Any]], speaker: str | None) -> list[str]:
    reaching, others = ([say_cue_of(cue, speaker) for cue in some] for some in sort_cues(cues))
    told = list(dict.fromkeys(reaching))[:MOST_CUES]
    rest = list(dict.fromkeys(others))[: MOST_CUES - len(told)]
    if told and rest:
        rest[0] = f"elsewhere {rest[0]}"
    return [*told, *rest]


def _fill(title: str, line: str) -> Iterator[str]:
    """A line behind a title, wrapped; nothing if it is empty."""
    if line:
        start = f"{' ' * _INDENT}{title:<9}"
        yield from _wrap(" ".join(line.split()), start, " " * len(start))


def _wrap(line: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        line, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False, break_long_words=False
    )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CUE_LETTERS else line[: CUE_LETTERS - 1].rstrip() + "…"
