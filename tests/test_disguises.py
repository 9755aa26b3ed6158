"""Words that are written so that a reader sees them and a search does not: each disguise, on each shape of pattern and each script."""

import unicodedata
from collections.abc import Callable

import pytest

from framewire.codebook import parse_codebook
from framewire.label.terms import TermMatcher, find_mentions
from framewire.text import normalise

# A word, a phrase, an inflected phrase, a compound; as they stand in a text.
WORDS = {
    "en": ["occupation", "ethnic cleansing", "forced expulsions", "anti-terrorist"],
    "hy": ["շրջափակում", "էթնիկ զտում", "բռնի տեղահանման", "հակա-ահաբեկչական"],
    "az": ["işğal", "etnik təmizləmə", "məcburi köçkünlər", "əks-hücum"],
    "ru": ["блокада", "этническая чистка", "насильственного выселения", "контр-террор"],
    "tr": ["işgal", "etnik temizlik", "zorla göçleri", "karşı-saldırı"],
    "fr": ["siège", "épuration ethnique", "expulsions forcées", "contre-attaque"],
}
STEMS = {
    "forced expulsions": "forced expuls*",
    "բռնի տեղահանման": "բռնի տեղահան*",
    "məcburi köçkünlər": "məcburi köçkün*",
    "насильственного выселения": "насильственн* выселен*",
    "zorla göçleri": "zorla göç*",
    "expulsions forcées": "expulsion* forcée*",
}


def between(mark: str) -> Callable[[str], str]:
    """Puts a mark behind the second letter of each word."""
    return lambda words: " ".join(word[:2] + mark + word[2:] for word in words.split(" "))


def behind_each(mark: str) -> Callable[[str], str]:
    return lambda words: "".join(letter + mark if letter.isalpha() else letter for letter in words)


def moved(offset: int, first: str, last: str) -> Callable[[str], str]:
    return lambda words: "".join(chr(ord(letter) + offset) if first <= letter <= last else letter for letter in words)


DISGUISES = {
    "as it is": lambda words: words,
    "capitals": str.upper,
    "zero-width space": between("\u200b"),
    "zero-width joiner": between("\u200d"),
    "word joiner": between("\u2060"),
    "byte order mark": between("\ufeff"),
    "soft hyphen": between("\u00ad"),
    "bidi marks": lambda words: f"\u202a{words[:1]}\u200f{words[1:]}\u2069",
    "right-to-left override": lambda words: f"\u202e{words[::-1]}\u202c",
    "full width": moved(0xFEE0, "!", "~"),
    "mathematical bold": moved(0x1D41A - ord("a"), "a", "z"),
    "circled": moved(0x24D0 - ord("a"), "a", "z"),
    "struck through": behind_each("\u0336"),
    "underlined": behind_each("\u0332"),
    "decomposed": lambda words: unicodedata.normalize("NFD", words),
    "variation selector": between("\ufe0f"),
    "variation selector of the supplement": between("\U000e0101"),
    "tag characters": between("\U000e0065\U000e007f"),
    "Hangul filler": between("\u3164"),
    "combining grapheme joiner": between("\u034f"),
    "decimal entity": lambda words: words[:2] + f"&#{ord(words[2])};" + words[3:],
    "hexadecimal entity": lambda words: words[:2] + f"&#x{ord(words[2]):X};" + words[3:],
    "named entities": lambda words: between("&shy;")(words).replace(" ", "&nbsp;"),
    "entity escaped twice": between("&amp;shy;"),
    "doubled spaces": lambda words: words.replace(" ", "  "),
    "no-break space": lambda words: words.replace(" ", "\u00a0"),
    "thin spaces": lambda words: words.replace(" ", "\u2009\u200a"),
    "line break": lambda words: words.replace(" ", "\n"),
    "line break of Windows": lambda words: words.replace(" ", "\r\n"),
    "spaces around a line break": lambda words: words.replace(" ", " \n "),
    "other dashes": lambda words: words.replace("-", "\u2011"),
    "a space for the hyphen": lambda words: words.replace("-", " "),
}


@pytest.fixture(scope="module")
def matcher() -> TermMatcher:
    """One wording a pattern shape."""
    wordings = "".join(
        f"  - {{id: w{i}, patterns: {{"
        + ", ".join(f"{language}: ['{STEMS.get(words[i], words[i])}']" for language, words in WORDS.items())
        + "}}\n"
        for i in range(4)
    )
    wordings += (
        "  - {id: alike, patterns: {en: [peace], ru: [оса], hy: [հոս], az: [pay], tr: [pas], fr: [cap]}}\n"
        "  - {id: alone, patterns: {en: [{pattern: IRA, case: exact}, {pattern: camp*, near: {any: [siege], within: 4}}]}}\n"
        "  - {id: marked, patterns: {en: [Şuşa, Xocalı]}}\n"
    )
    return TermMatcher(
        parse_codebook(
            "id: x\nversion: 1\ntitle: t\nlanguages: [en, hy, az, ru, tr, fr]\nrelevance: {definition: d, anchors: {}}\n"
            "terminology:\n- referent: r\n  label: r\n  wordings:\n" + wordings
        )
    )


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_word_is_found_with_its_surface(matcher: TermMatcher, disguise: str, language: str) -> None:
    for i, words in enumerate(WORDS[language]):
        surface = DISGUISES[disguise](words)
        if disguise == "capitals" and language in ("az", "tr"):
            surface = words.replace("i", "İ").replace("ı", "I").upper()
        text = f"1. {surface}, 2."
        [mention] = find_mentions(matcher.annotate(text, language=language))
        assert (mention.wording, unmarked(mention.text)) == (f"w{i}", unmarked(surface)), text
        assert text[mention.start : mention.end] == mention.text


def unmarked(surface: str) -> str:
    """Without the marks around it, which are no part of a match."""
    return surface.strip("\u202a\u2069\u202c\u202e\u0336\u0332")


@pytest.mark.parametrize(
    ("text", "language", "wording", "n_mixed", "reason"),
    [
        ("ethniс cleansing", "en", "w1", 1, "one Cyrillic letter"),
        ("еthniс сlеansing", "en", "w1", 2, "Cyrillic letters in both words"),
        ("οccupatiοn", "en", "w0", 1, "Greek omicron"),
        ("ΟCCUPATΙΟΝ", "en", "w0", 1, "Greek capitals"),
        ("օccupatiօո", "en", "w0", 1, "Armenian oh and vo"),
        ("ОССUРАТION", "en", "w0", 1, "mostly Cyrillic capitals"),
        ("реасе", "en", "alike", 0, "a whole word in Cyrillic letters"),
        ("блoкaдa", "ru", "w0", 1, "Latin letters in a Cyrillic word"),
        ("БЛOKАДА", "ru", "w0", 1, "Latin capitals in a Cyrillic word"),
        ("этническая чиcтка", "ru", "w1", 1, "in one word of a phrase"),
        ("oca", "ru", "alike", 0, "a whole word in Latin letters"),
        ("շրջափակnւմ", "hy", "w0", 1, "Latin n for vo"),
        ("էթնիկ զtում", "hy", None, 0, "a letter that looks like none"),
        ("hnu", "hy", "alike", 0, "a whole word in Latin letters"),
        ("etnik tәmizlәmә", "az", "w1", 1, "Cyrillic schwa"),
        ("рау", "az", "alike", 0, "a whole word in Cyrillic letters"),
        ("işgаl", "tr", "w0", 1, "Cyrillic a"),
        ("раѕ", "tr", "alike", 0, "a whole word in Cyrillic letters"),
        ("siègе", "fr", "w0", 1, "Cyrillic ie beside an accent"),
        ("сар", "fr", "alike", 0, "a whole word in Cyrillic letters"),
        ("éthnic cleánsing", "en", "w1", 0, "marks on letters"),
        ("e\u0301thnic cle\u0302ansing", "en", "w1", 0, "decomposed marks on letters"),
        ("ethnıc cleansinɡ", "en", "w1", 0, "Latin letters that look like others"),
        ("siege", "fr", None, 0, "in French marks tell words apart"),
        ("Şuşa", "en", "marked", 0, "a pattern with marks"),
        ("Susa", "en", None, 0, "a pattern with marks wants them"),
        ("ІRА", "en", "alone", 1, "own case behind look-alikes"),
        ("I\u00adR\u200bA", "en", "alone", 0, "own case behind invisible marks"),
        ("ira", "en", None, 0, "not in its own case"),
        ("cаmps under siеge", "en", "alone", 2, "a context that is disguised, too"),
        ("Facebookом", "ru", None, 0, "a word that is mixed for good reasons"),
        ("5 μm, ΔT", "en", None, 0, "signs of science"),
    ],
)
def test_look_alikes(
    matcher: TermMatcher, text: str, language: str, wording: str | None, n_mixed: int, reason: str
) -> None:
    annotation = matcher.annotate(text, language=language)
    assert [mention.wording for mention in find_mentions(annotation)] == ([wording] if wording else []), reason
    assert annotation.text.mixed_script_words == n_mixed, reason


@pytest.mark.parametrize("language", WORDS)
def test_a_stray_override_inside_a_word_is_only_dropped(language: str) -> None:
    assert normalise("e\u202ethnic", language=language).text == normalise("ethnic", language=language).text
