"""Whether two items of one outlet are one article."""

import re
from dataclasses import dataclass

from framewire.text.changes import fold_wording

# Shorter texts repeat by chance: a rate of the day, a hint at a broadcast. Source: house rule, precision before recall.
MIN_WORDS = 20
MIN_TITLE_WORDS = 6
LEAD_WORDS = 15
MIN_LEAD_WORDS = 8

# Titles that come again every day over other contents. Source: forms of the six languages, written down as they are.
_SERIAL = re.compile(
    r"(?<!\w)(?:live|liveblog|briefing|digest|round-?up|newsletter|podcast|recap|daily|weekly|morning|evening|tonight|"
    r"today|headlines|updates?|as it happened|in pictures|photos? of|weather|forecast|horoscope|quiz|crossword|"
    r"exchange rates?|онлайн|трансляция|дайджест|итоги|главное|сводка|обзор|курсы?|погода|утро|вечер|подкаст|хроника|"
    r"ուղիղ|եթեր\w*|ամփոփում|լուրեր|լրահոս|առավոտ|երեկո|եղանակ|փոխարժեք\w*|տեսություն|"
    r"canli|xülasə|icmal|bülleten|məzənnə\w*|hava|günün|gündəm|səhər|axşam|bülten|özet|gündem|kur|sabah|akşam|manşetler|"
    r"en direct|revue|journal|matinale|bulletin|édition|météo|podcast|newsletter|ce matin|ce soir|l'essentiel)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """Title and text as they are compared."""

    title: str
    text: str

    @property
    def n_words(self) -> int:
        """The words of both."""
        return len(self.title.split()) + len(self.text.split())

    @property
    def is_serial(self) -> bool:
        """True for the title of a live blog, a digest, a forecast: the same every day over other contents."""
        return _SERIAL.search(self.title) is not None


def fold_item(title: str, text: str) -> Wording:
    """Title and text, folded to be compared."""
    return Wording(fold_wording(title), fold_wording(text))


def is_same_article(first: Wording, second: Wording) -> bool:
    """True if both have the same title and text of at least 20 words, or a title of six words and the same lead.

    The lead is the first 15 words, or the shorter text without its last word, which may be cut off, if that leaves eight.
    Titles of series are never the same article.
    """
    if first.title != second.title or first.is_serial:
        return False
    if first.text == second.text:
        return first.n_words >= MIN_WORDS
    words = [wording.text.split() for wording in (first, second)]
    n = min(LEAD_WORDS, *(len(own) - 1 for own in words))
    return len(first.title.split()) >= MIN_TITLE_WORDS and n >= MIN_LEAD_WORDS and words[0][:n] == words[1][:n]
