"""What a coder says, in words: `water_theft=asserted:norland -neglect`. One grammar for commands, replies and files."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.records import UNCLEAR, CodedNarrative, Voice
from framewire.yamlfile import unknown_message

NONE, IRRELEVANT = "none", "irrelevant"
"""The words for: on the subject but no narrative; not on the subject."""
_REMOVE = "-"
# How a summary prints the voice of what an outlet quotes.
_VOICES = {**{voice.value: voice for voice in Voice}, "quoted": Voice.ATTRIBUTED}
_FORM = "write narrative=voice, narrative=voice:accused, -narrative, none or irrelevant"


class Verdict(NamedTuple):
    """What is said of a span: whether it is on the subject, and what it carries."""

    relevant: bool
    narratives: tuple[CodedNarrative, ...] = ()


def apply_words(before: Verdict, words: Sequence[str], codebook: Codebook) -> Verdict:
    """The verdict after some words, each of which changes one thing. The narratives stand in the codebook's order.

    Raises:
        InputError: a word says nothing, or something that the codebook does not know; names the nearest.
    """
    if not words:
        raise InputError(f"nothing is said; {_FORM}")
    if (NONE in words or IRRELEVANT in words) and len(words) > 1:
        raise InputError(f"'{NONE}' and '{IRRELEVANT}' stand alone, not beside '{_other(words)}'")
    if words[0] in (NONE, IRRELEVANT):
        return Verdict(words[0] == NONE)
    carried = {narrative.id: narrative for narrative in before.narratives}
    for word in words:
        if word.startswith(_REMOVE):
            _remove(carried, word, codebook)
        else:
            coded = _parse_narrative(word, codebook, carried)
            carried[coded.id] = coded
    # Taking the last narrative away leaves a passage on the subject that carries none.
    return Verdict(True, tuple(carried[name] for name in codebook.narrative_ids if name in carried))


def parse_verdict(text: str, codebook: Codebook) -> Verdict:
    """What `render_verdict` wrote, in any order, parted by commas, semicolons or space. Raises InputError."""
    words = text.replace(",", " ").replace(";", " ").split()
    if removed := next((word for word in words if word.startswith(_REMOVE)), None):
        raise InputError(f"'{removed}' takes away, and here stands everything that is carried; leave it out")
    return apply_words(Verdict(True), words, codebook)


def check_verdict(verdict: Verdict, codebook: Codebook) -> Verdict:
    """The verdict, as the codebook orders it. Raises InputError if the codebook does not know what it says."""
    return parse_verdict(render_verdict(verdict), codebook)


def render_verdict(verdict: Verdict) -> str:
    """The verdict in words: `water_theft=asserted:norland, neglect=denied`, `none`, or `irrelevant`."""
    if not verdict.relevant:
        return IRRELEVANT
    return ", ".join(map(render_narrative, verdict.narratives)) or NONE


def render_narrative(narrative: CodedNarrative) -> str:
    """A narrative in a word."""
    accused = f":{narrative.accused}" if narrative.accused else ""
    return f"{narrative.id}={narrative.voice.value}{accused}"


def _other(words: Iterable[str]) -> str:
    return next((word for word in words if word not in (NONE, IRRELEVANT)), NONE)


def _remove(carried: dict[str, CodedNarrative], word: str, codebook: Codebook) -> None:
    name = word.removeprefix(_REMOVE)
    _check_known("narrative", name, codebook.narrative_ids)
    if name not in carried:
        raise InputError(f"'{word}' takes away what is not there; carried are {', '.join(carried) or 'no narratives'}")
    del carried[name]


def _parse_narrative(word: str, codebook: Codebook, carried: dict[str, CodedNarrative]) -> CodedNarrative:
    name, is_told, rest = word.partition("=")
    _check_known("narrative", name, codebook.narrative_ids)
    if not is_told:
        raise InputError(f"'{word}' says no voice; write {name}=asserted, or one of {', '.join(_VOICES)}")
    voice, _, accused = rest.partition(":")
    _check_known("voice", voice, list(_VOICES))
    return CodedNarrative(name, _VOICES[voice], _find_accused(name, accused, codebook, carried.get(name)))


def _find_accused(name: str, accused: str, codebook: Codebook, known: CodedNarrative | None) -> str | None:
    """The accused side: as told, else as it was or must be, else unclear; None of a narrative that accuses nobody."""
    narrative = codebook.get_narrative(name)
    if not narrative.sided:
        if accused:
            raise InputError(f"'{name}' accuses nobody in this codebook; leave ':{accused}' out")
        return None
    if accused:
        _check_known("accused side", accused, codebook.accused_answers)
    if accused and narrative.bound_to not in (None, accused):
        raise InputError(f"'{name}' accuses {narrative.bound_to} by its definition; leave ':{accused}' out")
    return accused or narrative.bound_to or (known.accused if known else None) or UNCLEAR


def _check_known(kind: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise InputError(f"{unknown_message(kind, word, list(known))}; {_FORM}")
