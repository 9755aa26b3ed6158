"""The matcher beside a slow one that is obviously right, on texts made of codebook words, disguises and six languages' letters."""

import os
import random
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest

from framewire.codebook import Codebook, Context, Pattern, parse_codebook
from framewire.label.patterns import Hit
from framewire.label.terms import Annotation, TermMatcher, find_mentions
from framewire.text import NormalisedText, normalise
from framewire.text.lookalikes import find_disguised

LANGUAGES = ("en", "hy", "az", "ru", "tr", "fr")
N_SHORT, N_LONG = 3_000, 1_000_000
# By language: shapes of patterns are a word, a phrase, stars at each place, hyphens, an apostrophe, numbers, signs at the ends.
WORDS = {
    "en": [
        *["siege", "cleans*", "*displac*", "ethnic* cleans*", "anti-terror*", "lake dam", "lake", "100,000", "'em all"],
        *[
            "north's",
            "self-styled *",
            '"new" lake',
            "'ethnic' siege",
            "* army",
            "no. 5",
            "Şuşa",
            "new lake dam",
            "e* c* siege",
            "lake * siege",
            "siege * * lake",
            "U.S.",
            "eu",
        ],
    ],
    "hy": ["շրջափակում*", "ցեղասպանություն", "եւս", "հայ*", "*տարած*", "կամ ոչ", "լիճ", "Լեռնային Ղարաբաղ*"],
    "az": ["işğal*", "İrəvan", "ılıq su", "əks-hücum*", "*köçkün*", "Xankəndi", "su", "mühasirə* altında"],
    "ru": ["блокад*", "ещё", "этническ* чистк*", "*переселен*", "контр-террор*", "озеро", "осада", "сша", "рост"],
    "tr": ["işgal*", "ISI", "ırmak suyu", "karşı-saldırı*", "*göç*", "İzmir", "su", "etnik temizlik*"],
    "fr": ["siège", "épuration* ethnique*", "*déplac*", "l'armée", "contre-terror*", "lac", "à l'est", "œuvre*"],
}
DISGUISES = [
    "\u00ad",
    "\u200b",
    "\u200d",
    "\u202a",
    "\u2060",
    "\ufeff",
    "\u0332",
    "\u0301",
    "\ufe0f",
    "\U000e0041",
    "\u3164",
]
LETTERS = "abceghiopxyzABCEHIŞIİıəğüşçöÉéàœßﬁюёйсаоехрАОЕСНВКцзհոսօցքեւևզ՞՛՜αοεΝν0159_"
SIGNS = [
    ".",
    ". ",
    "! ",
    "?",
    ", ",
    ": ",
    "; ",
    "…",
    " ",
    "  ",
    "\n",
    "\n\n",
    " \n",
    "\u00a0",
    "\t",
    "\r\n",
    "-",
    "–",
    "'",
    "’",
]
SIGNS += [
    "“",
    "”",
    " “",
    "” ",
    "'\"",
    " « ",
    "«",
    "»",
    "(",
    ")",
    "&",
    "&amp;",
    "&shy;",
    "&nbsp;",
    "&#1077;",
    "\u202e",
    "\u202c",
    "😀",
    "։",
    "5",
    "_",
]
LOOK_ALIKES = str.maketrans("aeopcxyAEOPCHKMсаоерухСАОЕРНКМouո", "аеорсхуАЕОРСНКМcaoepyxCAOEPHKMօսn")


def build_codebook() -> Codebook:
    """Every phrase once as each kind of pattern, bare, with context, in its own case."""
    wordings = []
    for i, shape in enumerate(
        (
            "{{pattern: {0}}}",
            "{{pattern: {0}, near: {{any: [{1}], within: 3}}}}",
            "{{pattern: {0}, not_near: {{any: [{1}, '@place'], within: 6}}}}",
            "{{pattern: {0}, case: exact}}",
            "{{pattern: {0}, near: {{any: ['@subject'], within: 9}}, not_near: {{any: [{1}], within: 2}}}}",
        )
    ):
        lists = []
        for language, words in WORDS.items():
            quoted = ["'" + word.replace("'", "''") + "'" for word in words]
            patterns = [
                shape.format(a, b) for k, (a, b) in enumerate(pairwise([*quoted, quoted[0]])) if (k + i) % 3 != 1
            ]
            lists.append(f"{language}: [{', '.join(patterns)}]")
        wordings.append(f"  - {{id: w{i}, patterns: {{{', '.join(lists)}}}}}\n")
    names = ", ".join(f"{language}: ['{words[0]}', '{words[1]}']" for language, words in WORDS.items())
    return parse_codebook(
        "id: x\nversion: 1\ntitle: t\nlanguages: [en, hy, az, ru, tr, fr]\nsides: [{id: one, label: One}]\n"
        f"actors: [{{id: actor, side: one, names: {{{names}}}}}]\n"
        f"places: [{{id: place, names: {{en: [lake, siege*], ru: [осада]}}}}]\n"
        "relevance: {definition: d, anchors: {en: [new lake], fr: [lac]}}\n"
        "narratives: [{id: n, label: N, definition: d, indicators: {en: [cleans*, lake], hy: ['հայ*'], az: [su]}}]\n"
        "terminology:\n- referent: r\n  label: r\n  wordings:\n" + "".join(wordings)
    )


CODEBOOK = build_codebook()
MATCHER = TermMatcher(CODEBOOK)


@pytest.mark.soak
def test_the_matcher_finds_what_a_slow_search_finds() -> None:
    """A million texts in the long form (FRAMEWIRE_SOAK=1), some thousand in the short one."""
    if "FRAMEWIRE_SOAK" in os.environ:
        check_texts(N_LONG, seed=int(os.environ.get("FRAMEWIRE_SOAK_SEED", "8")))
    else:
        check_texts(N_SHORT, seed=7)


def check_texts(n: int, *, seed: int) -> None:
    """Compares the two on so many texts; each text is its own seed, so a failure can be had again alone."""
    for i in range(n):
        language = LANGUAGES[i % len(LANGUAGES)]
        check_text(build_text(random.Random(seed * N_LONG * 10 + i), language), language)


def check_text(text: str, language: str) -> None:
    annotation = MATCHER.annotate(text, language=language)
    assert normalise(annotation.text.text, language=language).text == annotation.text.text, (text, language)
    assert_same_normal_form(annotation.text, text, language)
    expected = list(find_hits_slowly(annotation.text, text, language))
    assert sorted(annotation.hits, key=repr) == sorted(expected, key=repr), (text, language)
    mentions = find_mentions(annotation)
    assert [(m.start, m.end) for m in mentions] == drop_overlaps_slowly(annotation, expected), (text, language)
    assert set(annotation.wordings) <= set(expected), (text, language)
    assert all(text[m.start : m.end] == m.text and m.start < m.end for m in mentions), (text, language)
    assert all(a.end <= b.start for a, b in pairwise(mentions)), (text, language)


def build_text(chance: random.Random, language: str) -> str:
    """Some pieces: mostly words of the language's patterns, plain, disguised or misspelt; else letters and signs."""
    pieces = []
    for _ in range(chance.randint(1, 12)):
        roll = chance.random()
        if roll < 0.6:
            words = WORDS[language if chance.random() < 0.85 else chance.choice(LANGUAGES)]
            word = re.sub(r"\*", lambda _: chance.choice(["", "", "s", "ing", "ен", "ı"]), chance.choice(words))
            pieces.append(disguise(word, chance) if chance.random() < 0.4 else word)
        else:
            pieces.append("".join(chance.choices(LETTERS, k=chance.randint(1, 4))))
        pieces.append(" " if chance.random() < 0.6 else chance.choice(SIGNS))
    return "".join(pieces)


def disguise(word: str, chance: random.Random) -> str:
    roll, at = chance.randrange(9), chance.randrange(len(word) + 1)
    if roll == 0:
        return word.upper()
    if roll == 1:
        return word.title()
    if roll == 2:
        return unicodedata.normalize("NFD", word)
    if roll == 3:
        return word.translate(LOOK_ALIKES)
    if roll == 4:
        return word[:at] + word[at : at + 1].translate(LOOK_ALIKES) + word[at + 1 :]
    if roll == 5:
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)
    if roll == 6:
        return word.replace(" ", chance.choice(["  ", "\n", "\u00a0", " \n", "-"])).replace("-", chance.choice("–- "))
    if roll == 7:
        return f"\u202e{word[::-1]}\u202c"
    return word[:at] + chance.choice(DISGUISES) + word[at:]


def assert_same_normal_form(normal: NormalisedText, text: str, language: str) -> None:
    """Cluster by cluster, where no entity and no override turns letters round."""
    if "&" in text or "＆" in text or "\u202e" in text:
        return
    letters: list[tuple[str, int, int]] = []
    for match in re.finditer(r"[^\s\u0300-\u036f][\u0300-\u036f]*|.", text, re.DOTALL):
        for letter in fold_slowly(match.group(), language):
            last = letters[-1][0] if letters else "\n"
            if letter == " " and last == " ":
                letters[-1] = (" ", letters[-1][1], match.end())
            elif letter == "\n" and last == " ":
                letters[-1] = (letter, match.start(), match.end())
            elif letter != " " or last != "\n":
                letters.append((letter, match.start(), match.end()))
    folded = "".join(letter for letter, _, _ in letters)
    spans = [(start, end) for _, start, end in letters]
    for start, end, plain, _ in list(find_disguised(folded, lambda i: text[slice(*spans[i])], language=language)):
        folded = folded[:start] + plain + folded[end:]
    assert normal.text == folded, (text, language)
    assert [normal.span(i, i + 1) for i in range(len(folded))] == spans, (text, language)


@cache
def fold_slowly(cluster: str, language: str) -> str:
    """Lower case, compatibility forms, plain signs, nothing invisible."""
    folded = unicodedata.normalize("NFKC", cluster)
    if language in ("az", "tr"):
        folded = folded.replace("I", "ı").replace("İ", "i")
    folded = unicodedata.normalize("NFKC", folded.replace("İ", "i").lower()).replace("և", "եւ")
    folded = folded.replace("ё", "е") if language == "ru" else folded
    for plain, fancy in (("'", "’‘՚`"), ('"', "“”„«»"), ("-", "–—-"), ("\n", "\u2028\u2029\x85")):
        folded = re.sub(f"[{fancy}]", plain, folded)
    folded = re.sub(r"[^\S\n]", " ", folded)
    return "".join(
        letter
        for letter in folded
        if letter in " \n"
        or not (unicodedata.category(letter) in ("Cf", "Cc", "Cn", "Mn", "Me") or letter in "՞՛՜\u1160")
    )


def find_hits_slowly(normal: NormalisedText, original: str, language: str) -> Iterator[Hit]:
    """Every pattern tried at every place."""
    rules: list[tuple[str, tuple[str, ...], Pattern]] = []
    rules += [("anchor", (), p) for p in CODEBOOK.relevance.anchors.get(language, ())]
    rules += [("actor", (part.id,), p) for part in CODEBOOK.actors for p in part.names.get(language, ())]
    rules += [("place", (part.id,), p) for part in CODEBOOK.places for p in part.names.get(language, ())]
    rules += [("indicator", (n.id,), p) for n in CODEBOOK.narratives for p in n.indicators.get(language, ())]
    for referent in CODEBOOK.terminology:
        rules += [("wording", (referent.id, w.id), p) for w in referent.wordings for p in w.patterns.get(language, ())]
    spans: dict[str, list[tuple[int, int]]] = {}
    text, places = unquote_slowly(normal.text)
    word_starts = [i for i in range(len(text)) if i == 0 or not (text[i - 1].isalnum() or text[i - 1] == "_")]
    bare = "".join(map(bare_letter, text)) if language == "en" else text

    def spans_of(phrase: str) -> list[tuple[int, int]]:
        if phrase not in spans:
            regex = compile_slowly(unquote_slowly(fold_phrase(phrase, language))[0].strip())
            matches = [regex.match(text, start) or regex.match(bare, start) for start in word_starts]
            spans[phrase] = [match.span() for match in matches if match]
        return spans[phrase]

    def spans_in(context: Context) -> Iterator[tuple[int, int]]:
        for name in context.any:
            for phrase in phrases_behind(name, language) if name[0] == "@" else [name]:
                yield from spans_of(phrase)

    def is_near(context: Context, start: int, end: int) -> bool:
        return any(
            (b <= start and count_words(text, b, start) <= context.within)
            or (a >= end and count_words(text, end, a) <= context.within)
            for a, b in spans_in(context)
        )

    def is_part_of_longer(context: Context, start: int, end: int) -> bool:
        hit = set(range(start, end))
        return any(hit & set(range(a, b)) and not set(range(a, b)) <= hit for a, b in spans_in(context))

    for kind, key, pattern in rules:
        for start, end in spans_of(pattern.phrases[0]):
            a, b = places[start], places[end - 1] + 1
            if pattern.case == "exact" and not has_case(pattern.phrases[0], normal, original, a, b, language):
                continue
            if pattern.near and not is_near(pattern.near, start, end):
                continue
            if pattern.not_near and is_near(pattern.not_near, start, end):
                continue
            if pattern.not_near and is_part_of_longer(pattern.not_near, start, end):
                continue
            yield Hit(kind, key, a, b, pattern.phrases[0])


def unquote_slowly(text: str) -> tuple[str, list[int]]:
    """The text without quotation marks at its words' edges and hashes before words, and the place of each letter left."""
    left, i = [], 0
    while i < len(text):
        if text[i] == "#" and not re.match(r"\w", text[:i][-1:]) and re.match(r"\w", text[i + 1 : i + 2]):
            i += 1
            continue
        end = i
        while text[end : end + 1] and text[end] in "'\"":
            end += 1
        before, after = text[:i][-1:], text[end : end + 1]
        if end == i or (re.match(r"\w", before) and re.match(r"[\w*]", after)):
            left.append(i)
            i += 1
        else:
            i = end + (end == i + 1 and after == " " and before in ("", " ", "\n"))
    return "".join(text[k] for k in left), left


@cache
def compile_slowly(phrase: str) -> re.Pattern[str]:
    words = []
    for word in phrase.split():
        core = "[- ]".join(map(re.escape, word.strip("*").split("-")))
        words.append(r"\w*" * word.startswith("*") + core + r"\w*" * word.endswith("*"))
    return re.compile("[ \n]".join(words) + r"(?!\w)")


@cache
def fold_phrase(phrase: str, language: str) -> str:
    return normalise(phrase, language=language).text.strip()


@cache
def bare_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if "a" <= base <= "z" else {"ı": "i"}.get(letter, letter)


def has_case(phrase: str, normal: NormalisedText, original: str, start: int, end: int, language: str) -> bool:
    def cased(form: NormalisedText, source: str, a: int, b: int) -> str:
        pairs = [(form.text[i], source[slice(*form.span(i, i + 1))]) for i in range(a, b)]
        return "".join(letter.upper() if origin.isupper() else letter for letter, origin in pairs)

    folded = normalise(phrase, language=language)
    regex = compile_slowly(unquote_slowly(cased(folded, phrase, 0, len(folded.text)))[0].strip())
    surface = unquote_slowly(cased(normal, original, start, end))[0]
    bare = "".join(
        base.upper() if letter.isupper() else base
        for letter in surface
        for base in [bare_letter(letter.lower()) if len(letter.lower()) == 1 else letter]
    )
    return bool(regex.fullmatch(surface) or (language == "en" and regex.fullmatch(bare)))


def phrases_behind(name: str, language: str) -> list[str]:
    actors = [p.phrases[0] for part in CODEBOOK.actors for p in part.names.get(language, ())]
    places = [p.phrases[0] for part in CODEBOOK.places for p in part.names.get(language, ())]
    anchors = [p.phrases[0] for p in CODEBOOK.relevance.anchors.get(language, ())] + places
    return {"@place": places, "@subject": anchors + actors}[name]


def count_words(text: str, left: int, right: int) -> int:
    words = len(re.findall(r"\w+", text[left:right]))
    sentences = sum(left <= m.start() < right for m in re.finditer(r"[.!?…։;:](?=[\"')\]]*\s)", text))
    return words + 1 + 3 * sentences + 5 * text[left:right].count("\n")


def drop_overlaps_slowly(annotation: Annotation, hits: list[Hit]) -> list[tuple[int, int]]:
    """Of all that is left, again and again the earliest, of those the longest."""
    left = sorted({(hit.start, -hit.end) for hit in hits if hit.kind == "wording"})
    taken = []
    while left:
        start, end = annotation.text.span(left[0][0], -left[0][1])
        taken.append((start, end))
        left = [(a, b) for a, b in left if annotation.text.span(a, -b)[0] >= end]
    return taken
