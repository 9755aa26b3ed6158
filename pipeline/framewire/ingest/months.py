"""Month names and time zone names as feeds write them."""

import unicodedata

_NAMES = {
    "en": "january february march april may june july august september october november december",
    "en short": "jan feb mar apr may jun jul aug sep oct nov dec",
    "hy": "հունվար փետրվար մարտ ապրիլ մայիս հունիս հուլիս օգոստոս սեպտեմբեր հոկտեմբեր նոյեմբեր դեկտեմբեր",
    "hy genitive": "հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի "
    "դեկտեմբերի",
    "hy short": "հնվ փտվ մրտ ապր մյս հնս հլս օգս սեպ հոկ նոյ դեկ",
    "az": "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr",
    "az short": "yan fev mar apr may iyn iyl avq sen okt noy dek",
    "ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "ru genitive": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ru short": "янв фев мар апр май июн июл авг сен окт ноя дек",
    "ru longer": "янв февр мар апр май июн июл авг сент окт нояб дек",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "tr short": "oca şub mar nis may haz tem ağu eyl eki kas ara",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "fr short": "janv févr mars avr mai juin juil août sept oct nov déc",
}

# Hours from UTC. Names that mean several zones far apart (IST, CST of China, AST) are left to count as UTC, but for
# the United States' own, which RFC 5322 fixes; AMT and AZT are those of Armenia and Azerbaijan.
ZONES: dict[str, float] = {
    **dict.fromkeys(("Z", "UT", "UTC", "GMT", "WET"), 0),
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "BST": 1,
    "WEST": 1,
    "CET": 1,
    "MEZ": 1,
    "CEST": 2,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "TRT": 3,
    "MSK": 3,
    "МСК": 3,
    "AMT": 4,
    "AZT": 4,
    "GET": 4,
    "SAMT": 4,
    "GST": 4,
    "IRST": 3.5,
}


def fold_word(word: str) -> str:
    """A month's name without case, accents and dots on or off the I, so that all spellings of it meet."""
    plain = unicodedata.normalize("NFD", word.casefold().replace("ı", "i"))
    return "".join(char for char in plain if not unicodedata.combining(char))


MONTHS: dict[str, int] = {
    fold_word(name): number for names in _NAMES.values() for number, name in enumerate(names.split(), start=1)
}
