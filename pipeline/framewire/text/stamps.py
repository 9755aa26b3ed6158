"""What stands around a wording and says nothing: times of an update, ages, counters, links to go on reading.

All patterns are for text as `changes.fold_wording` makes it: small letters, no dotless i, one kind of dash and quotation mark.
Every repetition is bounded, since texts come from strangers.
Source: the furniture of news pages and feeds in the six languages, written down from their forms, none from one outlet.
"""

import re

_CLOCK = r"\d{1,2}(?:[:.]\d{2}(?::\d{2})?|h\d{2})(?: ?(?:am|pm|a\.m\.?|p\.m\.?|gmt|utc|msk|мск))*(?:'\w{1,3})?"
_DATE = r"\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2} \w{3,12},? \d{4}|\w{3,12} \d{1,2},? \d{4}"
_MOMENT = rf"(?:{_DATE}|{_CLOCK})(?:(?: ?[,|-] ?| | at | à | в )(?:{_DATE}|{_CLOCK})){{0,3}}"
_UPDATED = (
    r"(?:last |son |dernière )?(?:updated?|update|modified|обновлен[оа]?|обновление|mise? à jour|güncelle(?:ndi|nme|me)|"
    r"yenilən(?:ib|mə|di)|թարմացվել է|թարմացված է|թարմացում)"
)
_SPELLED = rf"(?<!\w){_UPDATED}(?: ?[:՝-])?(?: (?:at|on|le|à|в|saat|tarih|ժամը)){{0,2}} {_MOMENT}"
_TURKIC = rf"(?<!\w){_CLOCK} (?:güncellendi|yenilənib|թարմացվել է)"

_AGE = (
    r"(?:\d{1,5} ?(?:sec\w*|min\w*|h|hrs?|hours?|days?)\.? ago|just now|"
    r"\d{1,5} ?(?:сек\w*|мин\w*|час\w*|ч|дн\w*|день)\.? назад|только что|"
    r"il y a \d{1,5} ?(?:s\w*|min\w*|h|heures?|jours?|j)|"
    r"\d{1,5} ?(?:saniye|dakika|dk|saat|gün) önce|\d{1,5} ?(?:saniyə|dəqiqə|dəq|saat|gün) (?:əvvəl|öncə)|"
    r"\d{1,5} ?(?:վայրկյան|րոպե|ժամ|օր) առաջ)"
)
_COUNTED = (
    r"(?:views?|reads?|comments?|shares?|просмотр\w*|прочтени\w*|комментари\w*|vues?|lectures?|commentaires?|partages?|"
    r"görüntüle(?:n?me)|okunma|yorum|baxiş(?: sayi)?|oxunma|oxunub|oxunuş|şərh|դիտում\w*|ընթերցում\w*|մեկնաբանություն\w*)"
)
_NUMBER = r"\d{1,9}(?:[., ]\d{3}){0,3}(?:[.,]\d{1,3})?[km]?"
_COUNTER = rf"(?:{_NUMBER} {_COUNTED}|{_COUNTED}(?: ?[:՝])? ?{_NUMBER})"
_STAMP = rf"(?:{_AGE}|{_COUNTER})"

_ANYWHERE = re.compile(
    rf"{_SPELLED}|{_TURKIC}|[(\[] ?(?:{_STAMP}|{_MOMENT}|{_SPELLED}) ?[)\]]|^ ?{_CLOCK}(?: ?[-|·•] ?|(?= ))"
)
# At an edge of a line, and cut off from its words: an age inside a sentence is part of what is told.
_AT_START = re.compile(rf"^ ?{_STAMP} ?(?:$|[-|·•] ?)")
_AT_END = re.compile(rf"(?: ?[-|·•] ?|[.!?։:] |^){_STAMP}\.?$")
_INVITATIONS = (
    *("read more", "continue reading", "full story", "читать далее", "читать дальше", "читать полностью", "подробнее"),
    *("lire la suite", "lire plus", "en savoir plus", "devamini oku", "devami", "davami", "ardi", "ətrafli"),
    *("կարդալ ավելին", "մանրամասներ", "մանրամասն"),
)
_GO_ON = re.compile(rf"[ \n.[(]{{0,9}}(?:\[?\.\.\.\]?|{'|'.join(_INVITATIONS)})[ \n.»>)\]]{{0,9}}$")
# Three dots, a bracket, and nine marks behind.
_MAX_DOTS = 13
_MAX_ROUNDS = 4
# Every stamp holds a digit, or says that it is now.
_MAY_HOLD_STAMP = re.compile(r"\d|just now|только что")
_TAIL = 120


def drop_stamps(folded: str) -> str:
    """A folded text without times of an update, ages, counters, and invitations to read on."""
    lines = [_drop_from_line(line) if _MAY_HOLD_STAMP.search(line) else line for line in folded.split("\n")]
    text = "\n".join(line for line in lines if line)
    return text[:-_TAIL] + _drop_invitation(text[-_TAIL:])


def _drop_from_line(line: str) -> str:
    """The line without stamps; one may stand behind the other."""
    for _ in range(_MAX_ROUNDS):
        shorter = _AT_END.sub(" ", _AT_START.sub(" ", _ANYWHERE.sub(" ", line)))
        shorter = _drop_invitation(shorter) if len(shorter) <= _TAIL else shorter
        shorter = " ".join(shorter.split())
        if shorter == line:
            break
        line = shorter
    return line


def _drop_invitation(line: str) -> str:
    """The end of a text without an invitation to read on; looked for only where there is one, which few texts have."""
    may_invite = "..." in line[-_MAX_DOTS:] or line.rstrip(" \n.»>)]").endswith(_INVITATIONS)
    return _GO_ON.sub("", line) if may_invite else line
