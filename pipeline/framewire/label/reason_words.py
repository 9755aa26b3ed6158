"""What features are called when a person reads them: rules and folded names, signs of a voice, roles of a side."""

import re
from collections.abc import Mapping

from framewire.codebook import Codebook
from framewire.label.accused_words import STEM_LETTERS, WORD

_IN_MOUTH = {
    "asserted": "in the outlet's own voice",
    "attributed": "in others' mouths",
    "scare_quoted": "kept at a distance",
    "denied": "denied",
}
_CUES = {
    "say": "report",
    "say_that": "report",
    "tell": "report",
    "think": "belief",
    "claim": "claim",
    "charge": "accusation",
    "call": "naming",
    "noun": "claim",
    "his_noun": "account",
    "thought": "opinion",
    "rumour": "hearsay",
    "doubted": "doubt",
    "his_words": "somebody's word",
    "so_called": "distance",
    "deny": "denial",
    "reject": "rejection",
    "none": "negation",
    "not": "negation",
    "not_do": "negation",
    "baseless": "called baseless",
    "unreal": "called unreal",
    "undo": "no report",
    "goes_on": "report goes on",
}
_FEATURES = {
    "evidence": "its rules hold",
    "quoted": "words in quotation marks",
    "opens with a quotation": "opens with a quotation",
    "we": "the writer says we",
    "we: quoted": "somebody quoted says we",
    "negation: quoted": "a negation inside a quotation",
}
_ROLES = {
    "named": "it is named",
    "people": "named as a people",
    "state": "named as a state",
    "is: active harm": "it does harm",
    "is: harm by": "harm by it",
    "is: his harm": "its harm to others",
    "is: accused": "somebody accuses it",
    "is: at the hands of": "at its hands",
    "is: is accused": "it is accused",
    "is: harm against": "harm against it",
    "is: harm of": "harm of it",
    "is: harm object": "harm done to it",
    "is: harm near right": "harm soon behind its name",
    "is: passive harm": "it is harmed",
    "is: people of": "its people are named",
    "is: victim noun": "its people are named",
    "is: victim before": "its people are named",
    "is: agent noun": "its forces or officials are named",
    "is: flees": "it flees or suffers",
    "is: accuses": "it accuses",
    "is: says": "it speaks",
    "is: denies": "it denies",
    "is: by": "by it",
    "is: against": "against it",
    "only": "no other side is named",
    "first named": "named before the other",
    "named later": "named behind the other",
    "more often": "named more often",
    "first of two": "first of two in a sentence",
    "second of two": "second of two in a sentence",
    "opens sentence": "opens a sentence",
    "first sentence": "named in the first sentence",
    "last sentence": "named in the last sentence",
}
_AROUND = re.compile(r"([lr])\d?:(.+)", re.DOTALL)
_OWN_NARRATIVE = re.compile(r" \(\w+\)$")
_TOKEN = re.compile(r"\bxx[a-z]+\d+\b")


def say_words(words: str, names: Mapping[str, str]) -> str:
    """Words as the model read them, with each folded name told as what it stands for: `[Norland] took`."""
    if "xx" not in words:
        return words
    return _TOKEN.sub(lambda match: f"[{names.get(match.group(), match.group())}]", words)


def say_rule(name: str, narrative: str, codebook: Codebook) -> str:
    """What the codebook finds, as the model counts it, in brackets: `[its rules]`, `[wording filling/theft]`."""
    kind, _, what = name.partition(": ")
    labels = {side.id: side.label for side in codebook.sides}
    if kind == "rule":
        return "[its rules]" if what == narrative else f"[rules of {what}]"
    return f"[{labels.get(what, what)} named]" if kind == "named" else f"[{kind} {what}]"


def say_cue(kind: str) -> str:
    """What a cue of a kind tells of the words around it."""
    return _CUES.get(kind, kind.replace("_", " "))


def say_feature(name: str) -> str:
    """A feature of the voice."""
    if name in _FEATURES:
        return _FEATURES[name]
    kind, _, what = name.partition(": ")
    match kind:
        case "evidence" | "evidence share":
            return f"its rules {_IN_MOUTH[what]}"
        case "words" | "share":
            return f"{'words' if kind == 'words' else 'sentences'} {_IN_MOUTH[what]}"
        case "first" | "last":
            return f"{kind} sentence {_IN_MOUTH[what]}"
        case "cues" | "any":
            return say_cue(what)
        case "negation":
            return f"a negation {_IN_MOUTH[what]}"
        case "narrative":
            return "usual for this narrative"
    return f'the word "{what}"' if kind == "word" else name


def say_role(name: str, text: str) -> str:
    """A role of a side, or what the passage tells; `text` is the passage's normal form, for words of which only a stem is kept."""
    if name in _ROLES:
        return _ROLES[name]
    around = _AROUND.fullmatch(name)
    if around:
        where = "before" if around.group(1) == "l" else "behind"
        return f"{_say_neighbour(around.group(2), text)} {where} its name"
    kind, _, what = _OWN_NARRATIVE.sub("", name).partition(": ")
    match kind:
        case "alone" | "only":
            return f'"{_whole(what, text)}" where it alone is named'
        case "narrative":
            return "usual for this narrative"
        case "told" if ": " in what:
            return f"the passage tells of {what.partition(': ')[2]}"
        case "told":
            return f'the passage tells of "{what}"'
    return name


def _say_neighbour(word: str, text: str) -> str:
    known = {"<same>": "its own name", "<other>": "the other's name"}
    return known.get(word) or f'"{_whole(word, text)}"'


def _whole(stem: str, text: str) -> str:
    """The first word of the text with this stem."""
    if len(stem) < STEM_LETTERS:
        return stem
    return next((word for word in WORD.findall(text) if word[:STEM_LETTERS] == stem), stem)
