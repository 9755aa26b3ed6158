"""The form in which a coder says what a passage carries: what it begins with, and what was sent. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from framewire.codebook import Codebook
from framewire.errors import InputError
from framewire.learn.corrections import IRRELEVANT, NONE, Verdict
from framewire.records import CodedNarrative, Voice

CARRIES = "narratives"
MAX_NOTE = 500
# One key each, in the codebook's order; the letters that do something else are left out (KEYS below).
NARRATIVE_KEYS = "1234567890qwertypdfghjklzxcb"
KEYS: Mapping[str, str] = {
    "v": "voice of the narrative toggled last",
    "a": "its accused side",
    "n": "none of the narratives",
    "i": "not on the subject",
    "m": "write a note",
    "Enter": "save and go on",
    "s": "skip",
    "u": "undo what you saved last",
    "?": "show the keys",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form holds: one of `narratives`, `none`, `irrelevant` or '' for nothing yet; the narratives; a note."""

    says: str = ""
    narratives: Mapping[str, CodedNarrative] = field(default_factory=dict)
    note: str = ""


def begin_draft(verdict: Verdict | None) -> Draft:
    """The form as a coder gets it."""
    if verdict is None:
        return Draft()
    says = CARRIES if verdict.narratives else NONE if verdict.relevant else IRRELEVANT
    return Draft(says, {one.id: one for one in verdict.narratives})


def read_draft(form: Mapping[str, Sequence[str]], codebook: Codebook) -> Draft:
    """The form as it was sent. What no field can hold is dropped; whether the rest makes sense, `say_draft` says."""
    ticked = [name for name in form.get("narrative", ()) if name in codebook.narrative_ids]
    note = " ".join(_first(form, "note").split())[:MAX_NOTE]
    return Draft(_first(form, "says"), {name: _read_narrative(form, name) for name in ticked}, note)


def say_draft(draft: Draft) -> str:
    """The form in the words of a correction: `water_theft=asserted:norland, neglect=denied`, `none`, `irrelevant`.

    Raises:
        InputError: it says nothing, or two things at once.
    """
    if draft.says in (NONE, IRRELEVANT):
        if draft.narratives:
            raise InputError("narratives are ticked, and it is said that there are none; take one of the two back")
        return draft.says
    if not draft.narratives:
        raise InputError("tick what it carries, or say that it carries none of them, or that it is not on the subject")
    return ", ".join(_say_narrative(one) for one in draft.narratives.values())


def key_of(place: int) -> str:
    """The key of the narrative at this place, from 0; '' if there are more narratives than keys."""
    return NARRATIVE_KEYS[place] if place < len(NARRATIVE_KEYS) else ""


def _say_narrative(one: CodedNarrative) -> str:
    return f"{one.id}={one.voice.value}{f':{one.accused}' if one.accused else ''}"


def _read_narrative(form: Mapping[str, Sequence[str]], name: str) -> CodedNarrative:
    voice = _first(form, f"voice.{name}")
    known = [one.value for one in Voice]
    return CodedNarrative(
        name, Voice(voice) if voice in known else Voice.ASSERTED, _first(form, f"accused.{name}") or None
    )


def _first(form: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(form.get(name, ())), "")
