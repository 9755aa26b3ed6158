"""What a person asks for, as a wording of the codebook: words, the id of a wording, or a reference; with rules to be tried."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from framewire.codebook import Actor, Codebook, Context, Pattern, Place, Referent, Wording, find_problems
from framewire.errors import InputError
from framewire.label.concordance import WordingSearch, with_terminology
from framewire.yamlfile import unknown_message

_WORDING_ID = re.compile(r"[a-z0-9][a-z0-9_]*/[a-z0-9][a-z0-9_]*")
_ASKED = "asked"
_SEE = "`framewire codebook show` lists them"


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules to be tried on every pattern that is asked for, in place of its own rule of the kind; none = its own stay."""

    near: tuple[str, ...] = ()
    not_near: tuple[str, ...] = ()
    within: int | None = None
    exact: bool = False


def build_search(codebook: Codebook, asked: str, rules: Rules, *, language: str | None = None) -> WordingSearch:
    """A search for what was asked, in one language or in all that have patterns for it.

    Args:
        codebook: whose matcher and references are used.
        asked: words as in a pattern (`ethnic* cleans*`), `referent/wording`, or `@reference`.
        rules: as `near` and `not_near` of a pattern.
        language: one of the codebook's; None = all.

    Raises:
        InputError: no such wording or reference, no patterns in that language, or words that no codebook may have.
    """
    if _WORDING_ID.fullmatch(asked):
        referent, own = _find_wording(codebook, asked)
        wording = _apply(rules, own, asked, language)
        wordings = tuple(wording if other.id == own.id else other for other in referent.wordings)
        changed = referent.model_copy(update={"wordings": wordings})
        referents = tuple(changed if part.id == referent.id else part for part in codebook.terminology)
        return _checked(codebook, referents, referent.id, wording)
    if asked.startswith("@"):
        patterns = _find_names(codebook, asked)
    else:
        patterns = dict.fromkeys(codebook.languages, (_build_pattern(asked),))
    wording = _apply(rules, Wording(id=_ASKED, patterns=patterns), asked, language)
    return _checked(codebook, (Referent(referent=_ASKED, label=asked, wordings=(wording,)),), _ASKED, wording)


def _checked(codebook: Codebook, referents: tuple[Referent, ...], referent: str, wording: Wording) -> WordingSearch:
    trial = with_terminology(codebook, referents)
    problems = find_problems(trial)
    if problems:
        raise InputError(problems[0])
    return WordingSearch(trial, referent, wording)


def _find_wording(codebook: Codebook, asked: str) -> tuple[Referent, Wording]:
    referent_id, _, wording_id = asked.partition("/")
    referents = {referent.id: referent for referent in codebook.terminology}
    if referent_id not in referents:
        raise InputError(f"{asked}: {unknown_message('referent', referent_id, referents)}; {_SEE}")
    wordings = {wording.id: wording for wording in referents[referent_id].wordings}
    if wording_id not in wordings:
        raise InputError(f"{asked}: {unknown_message('wording', wording_id, wordings)}; {_SEE}")
    return referents[referent_id], wordings[wording_id]


def _find_names(codebook: Codebook, asked: str) -> dict[str, tuple[Pattern, ...]]:
    """The patterns behind a reference, by language: names with their own rules, or the words of a context."""
    name = asked[1:]
    known = ["subject", "anchor", *codebook.side_ids]
    known += [part.id for part in codebook.named_parts] + [context.id for context in codebook.contexts]
    if name not in known:
        raise InputError(unknown_message("reference", asked, [f"@{each}" for each in dict.fromkeys(known)]))
    found = {language: tuple(_patterns_behind(codebook, name, language)) for language in codebook.languages}
    return {language: patterns for language, patterns in found.items() if patterns}


def _patterns_behind(codebook: Codebook, name: str, language: str) -> Iterator[Pattern]:
    words = [word for context in codebook.contexts if context.id == name for word in context.words.get(language, ())]
    for word in words:
        yield from _patterns_behind(codebook, word[1:], language) if word.startswith("@") else (_build_pattern(word),)
    if name in ("subject", "anchor"):
        yield from codebook.relevance.anchors.get(language, ())
    for part in codebook.named_parts:
        if name in _references_to(part, codebook.side_ids):
            yield from part.names.get(language, ())


def _references_to(part: Place, sides: Sequence[str]) -> set[str]:
    """What a place or actor is among. A side's id means all its actors, though one of them may have the same id."""
    if not isinstance(part, Actor):
        return {part.id, "anchor", "subject"}
    own = {part.id} - set(sides)
    return own | {part.side, "subject"} if part.side else own


def _apply(rules: Rules, wording: Wording, asked: str, language: str | None) -> Wording:
    """The wording with the rules on its patterns, in the language alone if there is one."""
    if language and language not in wording.patterns:
        has = ", ".join(wording.patterns) or "none"
        raise InputError(f"{asked} has no patterns in '{language}', only in: {has}. Name one of these with --language.")
    changes: dict[str, Any] = {"case": "exact"} if rules.exact else {}
    within = {} if rules.within is None else {"within": rules.within}
    for kind, words in (("near", rules.near), ("not_near", rules.not_near)):
        if words:
            changes[kind] = Context(any=words, **within)
    patterns = {
        each: tuple(pattern.model_copy(update=changes) for pattern in own)
        for each, own in wording.patterns.items()
        if language in (None, each)
    }
    return wording.model_copy(update={"patterns": patterns})


def _build_pattern(asked: str) -> Pattern:
    try:
        return Pattern(phrases=(asked,))
    except ValidationError as error:
        raise InputError(f"'{asked}' is no pattern: {error.errors()[0]['msg']}") from error
