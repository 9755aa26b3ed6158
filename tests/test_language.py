"""The language of an entry."""

import pytest

from framewire.ingest.language import find_language

SIX = ("en", "hy", "az", "ru", "tr", "fr")


@pytest.mark.parametrize(
    ("text", "declared", "expected", "reason"),
    [
        ("The ministry said that the talks on the border went on in the afternoon.", "en", "en", "as declared"),
        (
            "Nazirlik bildirib ki, sərhəd üzrə danışıqlar günortadan sonra davam edib.",
            "en",
            "az",
            "Azerbaijani in an English feed",
        ),
        (
            "Переговоры о границе продолжались и после обеда, сообщили в министерстве.",
            "az",
            "ru",
            "Russian in an Azerbaijani feed",
        ),
        ("Սահմանի շուրջ բանակցությունները շարունակվել են նաև կեսօրից հետո։", "en", "hy", "Armenian in an English feed"),
        (
            "Bakanlık, sınır görüşmelerinin öğleden sonra da sürdüğünü açıkladı.",
            "en",
            "tr",
            "Turkish in an English feed",
        ),
        ("Baku", "en", "en", "too short to tell"),
        ("საზღვრის შესახებ მოლაპარაკებები შუადღის შემდეგაც გაგრძელდა", "ka", "ka", "a language outside the codebook"),
        ("12345 67890 12345 67890 12345 67890 12345 67890", "fr", "fr", "no letters"),
    ],
)
def test_languages(text: str, declared: str, expected: str, reason: str) -> None:
    assert find_language(text, declared=declared, candidates=SIX) == expected, reason


def test_an_unknown_declared_language_is_kept() -> None:
    text = "The ministry said that the talks on the border went on in the afternoon."
    assert find_language(text, declared="zz", candidates=SIX) == "zz"


@pytest.mark.parametrize(
    ("text", "told"),
    [("Блокада дороги", "ru"), ("Ճանապարհը փակ է", "hy"), ("Yol bağlı", "en"), ("42 %", "en"), ("", "en")],
)
def test_a_short_text_in_another_script_tells_its_language(text: str, told: str) -> None:
    assert find_language(text, declared="en", candidates=("en", "ru", "hy", "az")) == told
