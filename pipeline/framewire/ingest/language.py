"""The language of an entry: what the feed list says, unless the text plainly is another."""

import re
from collections.abc import Sequence
from dataclasses import replace

from framewire.ingest.langid import load_identifier
from framewire.records import Entry
from framewire.text.lookalikes import has_own_script

# So short a text says too little against what the operator declared; so sure must the other answer be.
# Source: the openings (at most 90 characters) of 511 English training passages, six languages possible: none taken for another.
MIN_LETTERS = 40
MIN_PROBABILITY = 0.98
# What is read of a long text: the languages of an article do not hide behind its first paragraph.
MAX_LETTERS = 600
# A guess among a hundred languages wants more: the headlines of a feed. Source: Azerbaijani and Turkish part after 200 letters.
MIN_GUESSED_LETTERS, MAX_GUESSED_LETTERS = 200, 4000
# Source: ISO 639-1, the 183 codes of two letters; longer ones are taken as they are.
_CODES = frozenset(
    (  # noqa: SIM905 - a list of 183 strings hides the file
        "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
        "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it "
        "iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt "
        "my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl "
        "sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo "
        "za zh zu"
    ).split()
)
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# What people write instead: names and the codes of three letters, and the country's code for its language.
_MEANT = {
    **dict.fromkeys(("english", "eng", "uk-en", "gb", "us"), "en"),
    **dict.fromkeys(("armenian", "hye", "arm"), "hy"),
    **dict.fromkeys(("azerbaijani", "azeri", "aze"), "az"),
    **dict.fromkeys(("russian", "rus"), "ru"),
    **dict.fromkeys(("turkish", "tur"), "tr"),
    **dict.fromkeys(("french", "fra", "fre"), "fr"),
    **dict.fromkeys(("german", "deu", "ger"), "de"),
    **dict.fromkeys(("georgian", "kat", "geo"), "ka"),
    **dict.fromkeys(("persian", "farsi", "fas", "per"), "fa"),
    **dict.fromkeys(("arabic", "ara"), "ar"),
    **dict.fromkeys(("ukrainian", "ukr", "ua"), "uk"),
    **dict.fromkeys(("greek", "ell", "gre", "gr"), "el"),
}


def explain_language(tag: str) -> str | None:
    """Why a text is no language tag, and what to write instead; None if it is one."""
    meant = _MEANT.get(tag.lower())
    if _TAG.fullmatch(tag) and meant is None and (len(tag.partition("-")[0]) > 2 or tag[:2] in _CODES):
        return None
    hint = f"did you mean '{meant}'?" if meant else "write its ISO 639-1 code"
    return f"'{tag}' is no language tag such as en or hy; {hint}"


def meant_language(name: str) -> str | None:
    """The tag of a language that somebody wrote as a name or in three letters; None if it is none of these."""
    return _MEANT.get(name.strip().lower())


def find_language(text: str, *, declared: str, candidates: Sequence[str]) -> str:
    """The language of a text among the declared one and the candidates; the declared one in doubt."""
    return find_languages([text], declared=declared, candidates=candidates)[0]


def find_languages(texts: Sequence[str], *, declared: str, candidates: Sequence[str]) -> list[str]:
    """The language of each text among the declared one and the candidates; the declared one in doubt."""
    found = [declared] * len(texts)
    known = {*candidates, declared}
    told = [n for n, text in enumerate(texts) if _tells_enough(text, declared)] if len(known) > 1 else []
    if not told:
        return found
    identifier = load_identifier(tuple(sorted(known)))
    if declared not in identifier.languages:
        return found
    # Source: texts in one alphabet take 1 to 4 bytes a letter; a few thousand letters at once fill the arrays.
    for n, (language, probability) in zip(
        told, identifier.classify([texts[n][:MAX_LETTERS] for n in told]), strict=True
    ):
        if probability >= MIN_PROBABILITY:
            found[n] = language
    return found


def guess_language(text: str) -> str | None:
    """The language of a text among all that the identifier knows; None if the text is short, or the answer unsure."""
    if sum(map(str.isalpha, text)) < MIN_GUESSED_LETTERS:
        return None
    language, probability = load_identifier(tuple(sorted(_CODES))).classify([text[:MAX_GUESSED_LETTERS]])[0]
    return language if probability >= MIN_PROBABILITY else None


def with_languages(entries: Sequence[Entry], *, declared: str, candidates: Sequence[str]) -> tuple[Entry, ...]:
    """The entries with their languages; what the feed itself states is often a template's leftover and counts for nothing."""
    openings = [f"{entry.title}. {entry.text}" for entry in entries]
    languages = find_languages(openings, declared=declared, candidates=candidates)
    return tuple(replace(entry, language=language) for entry, language in zip(entries, languages, strict=True))


def _tells_enough(text: str, declared: str) -> bool:
    """Whether a text is long enough to contradict the declared language, or in another script than that."""
    return _has_enough_letters(text) or not has_own_script(text[:MAX_LETTERS], declared)


def _has_enough_letters(text: str) -> bool:
    # Most texts have enough of them at their beginning; counting all letters of a long one takes longer than the rest.
    return sum(map(str.isalpha, text[: MIN_LETTERS * 4])) >= MIN_LETTERS or sum(map(str.isalpha, text)) >= MIN_LETTERS
