"""Stories in several languages: what a name sounds like, what marks a text, and which groups are joined."""

from datetime import timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.summarise.openings import Opening, list_marks
from framewire.summarise.stories import number_stories
from framewire.text.sounds import sound_of
from summarise_cases import WINDOW

# Invented reports of invented events, at places of the codebook's region.
EVENTS = {
    1: Opening("Roses laid in Barda\nFamilies laid 27 white roses in Barda for 21 civilians killed by rockets."),
    2: Opening("Barda remembers\nIn Barda 27 white roses were laid by families, for 21 civilians killed by rockets."),
    3: Opening("Двадцать семь роз\nВ Барде 27 роз положили в память о 21 погибшем.", "ru"),
    4: Opening("Բարդայում վարդեր\nԲարդայի փողոցում դրվեց 27 վարդ՝ 21 զոհի հիշատակին։", "hy"),
    5: Opening("Square fills\nIn Yerevan 1,200 people stood on Republic Square for their 50,000 drams of rent."),
    6: Opening("Cinquante mille drams\nIls étaient 1 200 à Erevan pour 50 000 drams de loyer.", "fr"),
    7: Opening("Yağmur bekleniyor\nÜlkenin kuzeyinde pazar günü yağmur bekleniyor.", "tr"),
}


def number(*hours: float) -> dict[int, int]:
    times = [WINDOW.start + timedelta(hours=hour) for hour in hours]
    table = pd.DataFrame({"article_id": range(1, len(hours) + 1), "outlet": "x", "counted_at": pd.DatetimeIndex(times)})
    return number_stories(table, EVENTS)


def test_a_story_is_told_in_several_languages() -> None:
    found = number(*range(1, 8))
    assert found[1] == found[2] == found[3] == found[4]
    assert found[5] == found[6]
    assert len(set(found.values())) == 3


def test_what_is_far_in_time_is_another_story_in_another_language_too() -> None:
    found = number(1, 2, 121, 3, 4, 130, 5)
    assert found[1] == found[2] == found[4]
    assert len({found[1], found[3], found[5], found[6]}) == 4


def test_what_two_outlets_tell_of_two_events_in_one_language_is_not_joined_by_a_third_in_another() -> None:
    two = {
        1: EVENTS[1],
        2: Opening("Mine clearers return\nThe clearing of Barda begins with 27 men, 20 of them new."),
        3: EVENTS[3],
    }
    table = pd.DataFrame({"article_id": [1, 2, 3], "outlet": "x", "counted_at": WINDOW.start})
    found = number_stories(table, two)
    assert found[1] != found[2]
    assert found[3] == found[1]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([("Karabakh", "en"), ("Garabagh", "en"), ("Qarabağ", "az"), ("Карабах", "ru"), ("Ղարաբաղ", "hy")], "k, g, q, kh"),
        ([("Yerevan", "en"), ("Erevan", "fr"), ("İrəvan", "az"), ("Ереван", "ru"), ("Երևան", "hy")], "a ligature"),
        ([("Khankendi", "en"), ("Xankəndi", "az"), ("Hankendi", "tr"), ("Ханкенди", "ru"), ("Խանքենդի", "hy")], "kh is x"),
        ([("Shushi", "en"), ("Chouchi", "fr"), ("Şuşi", "az"), ("Шуши", "ru"), ("Շուշի", "hy")], "ou is a vowel in Armenian"),
        ([("Azerbaijan", "en"), ("Azerbaïdjan", "fr"), ("Azərbaycan", "az"), ("Азербайджан", "ru")], "dj is a c"),
        ([("Calgary", "en"), ("Калгари", "ru")], "a hard c"),
    ],
)  # fmt: skip
def test_a_name_sounds_the_same_in_every_script(words: list[tuple[str, str]], reason: str) -> None:
    assert len({sound_of(word, language=language) for word, language in words}) == 1, reason
    assert sound_of(*words[0][:1], language=words[0][1])


@given(st.text(), st.sampled_from(["en", "az", "ru", "hy", "ka"]))
def test_a_sound_is_made_of_classes_without_runs(word: str, language: str) -> None:
    sound = sound_of(word, language=language)
    assert set(sound) <= set("bdklmnrsv")
    assert all(a != b for a, b in pairwise(sound))


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("1,200 and 50 000 and 1.000.000", {"1200", "50000", "1000000"}, "between thousands"),
        ("in 2020, 300 came", {"2020", "300"}, "a comma with a space is none"),
        ("2023 120 people", {"2023", "120"}, "a year is no thousand"),
        ("7 men", set(), "one digit"),
    ],
)
def test_numbers_are_marks(text: str, expected: set[str], reason: str) -> None:
    assert {mark[1] for mark in list_marks(Opening(text)) if mark[0] == "number"} == expected, reason


def test_wordings_are_marks() -> None:
    opening = Opening("", "hy", (("dam", "filling"), ("dam", "theft")))
    assert sorted(list_marks(opening)) == [
        *(("referent", "dam"), ("referent", "dam")),
        *(("wording", "dam", "filling"), ("wording", "dam", "theft")),
    ]
