"""Which changes of a headline or text are none, and how large the others are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framewire.text.changes import fold_wording, is_trivial_change, measure_change

NAMES = ("The Lakeside Post", "lakeside")

TRIVIAL = [
    # Layout and typography.
    ("Talks on the lake resume", "Talks  on the lake\n\nresume", True, "lines"),
    ("Talks on the lake resume", " Talks on\u00a0the  lake resume ", True, "spaces"),
    ("Talks on the lake resume", "Talks on the la\u00adke\u200b resume", True, "marks that nobody sees"),
    ("“Talks” on the lake", '"Talks" on the lake', True, "straight quotation marks"),
    ("‘Talks’ on the lake", "„Talks“ on the lake", True, "single and double ones"),
    ("« Pourparlers » au lac", "“Pourparlers” au lac", True, "French ones with their spaces"),
    ("The board’s talks", "The board's talks", True, "apostrophes"),
    ("Talks on the lake", "“Talks” on the lake", False, "quotation marks that come say whose word it is"),
    ("So-called “talks”", "So-called talks", False, "or go"),
    ("Talks – again", "Talks — again", True, "dashes"),
    ("Talks—again", "Talks - again", True, "a dash without spaces"),
    ("Talks resume…", "Talks resume...", True, "ellipsis"),
    ("Talks resume.", "Talks resume", True, "a full stop at the end"),
    ("Talks resume", "Talks resume?", False, "a question mark is a doubt"),
    ("Talks resume", "Talks resume!", False, "an exclamation mark is a voice"),
    ("TALKS ON THE LAKE RESUME", "Talks on the lake resume", True, "capitals, en"),
    ("ПЕРЕГОВОРЫ ИДУТ ЕЩЁ", "Переговоры идут еще", True, "capitals and yo, ru"),
    ("ԲԱՆԱԿՑՈՒԹՅՈՒՆՆԵՐ ԵՎ ԼԻՃ", "Բանակցություններ և լիճ", True, "capitals and ew, hy"),
    ("GÖRÜŞMELER ILIMLI İLERLİYOR", "Görüşmeler ılımlı ilerliyor", True, "dotted and dotless i, tr"),
    ("DANIŞIQLAR YENİDƏN BAŞLAYIR", "Danışıqlar yenidən başlayır", True, "the same, az"),
    ("REPRISE DES POURPARLERS À L’ÉTÉ", "Reprise des pourparlers à l'été", True, "capitals, fr"),
    # Times of an update.
    ("Talks resume", "Talks resume Updated 14:05", True, "en"),
    (
        "Talks resume. Last updated: 24 November 2026, 14:05",
        "Talks resume. Last updated: 25 November 2026, 9:12",
        True,
        "en",
    ),
    ("Update at 2:05 pm GMT\nTalks resume", "Talks resume", True, "en, before it"),
    ("Переговоры. Обновлено в 14:05", "Переговоры. Обновлено: 24.11.2026, 15:30", True, "ru"),
    ("Բանակցություններ։ Թարմացվել է 14:05", "Բանակցություններ։ Թարմացվել է ժամը 15:30", True, "hy"),
    ("Danışıqlar. Yenilənib: 14:05", "Danışıqlar. Yenilənib: 24.11.2026 15:30", True, "az"),
    ("Görüşmeler. Güncelleme: 24.11.2026 - 14:05", "Görüşmeler. Son güncelleme: 24.11.2026 - 15:30", True, "tr"),
    ("Pourparlers. Mis à jour le 24/11/2026 à 14h05", "Pourparlers. Mis à jour à 15h30", True, "fr"),
    ("14:05 Talks resume", "14:20 Talks resume", True, "a ticker's time"),
    ("[14:05] Talks resume", "Talks resume", True, "in brackets"),
    ("Talks resume at 14:05", "Talks resume at 15:30", False, "the time is what is told"),
    # Ages and counters.
    ("Talks resume (2 min ago)", "Talks resume (15 min ago)", True, "en"),
    ("Talks resume | 2 hours ago", "Talks resume | 3 hours ago", True, "en, behind a bar"),
    ("Переговоры (2 минуты назад)", "Переговоры (только что)", True, "ru"),
    ("Բանակցություններ (2 րոպե առաջ)", "Բանակցություններ (1 ժամ առաջ)", True, "hy"),
    ("Danışıqlar (2 dəqiqə əvvəl)", "Danışıqlar (3 saat öncə)", True, "az"),
    ("Görüşmeler · 2 dakika önce", "Görüşmeler · 3 saat önce", True, "tr"),
    ("Pourparlers (il y a 2 minutes)", "Pourparlers (il y a 3 heures)", True, "fr"),
    (
        "The dam broke 2 days ago after rain",
        "The dam broke 3 days ago after rain",
        False,
        "inside a sentence it is told",
    ),
    ("Talks resume\n1,204 views", "Talks resume\n1,377 views", True, "en"),
    ("Talks resume\n12 comments", "Talks resume\n1.2k comments", True, "en"),
    ("Переговоры\nПросмотров: 120", "Переговоры\nПросмотров: 1 377", True, "ru"),
    ("Բանակցություններ\nԴիտումներ՝ 120", "Բանակցություններ\nԴիտումներ՝ 131", True, "hy"),
    ("Danışıqlar\nBaxış sayı: 120", "Danışıqlar\nBaxış sayı: 131", True, "az"),
    ("Görüşmeler\nOkunma: 120", "Görüşmeler\nOkunma: 131", True, "tr"),
    ("Pourparlers\n120 vues", "Pourparlers\n131 vues", True, "fr"),
    ("Flood kills 12", "Flood kills 14", False, "a number that is told"),
    ("Board counts 12 views of the lake as protected", "Board counts 14 views of the lake as protected", False, "told"),
    # Invitations and names of the site.
    ("The board met. Read more", "The board met.", True, "en"),
    ("The board met […]", "The board met", True, "cut"),
    ("Совет собрался. Читать далее", "Совет собрался.", True, "ru"),
    ("Խորհուրդը հավաքվեց։ Կարդալ ավելին", "Խորհուրդը հավաքվեց։", True, "hy"),
    ("Şura toplandı. Ətraflı", "Şura toplandı.", True, "az"),
    ("Kurul toplandı. Devamını oku", "Kurul toplandı.", True, "tr"),
    ("Le conseil s'est réuni. Lire la suite", "Le conseil s'est réuni.", True, "fr"),
    ("Talks resume - The Lakeside Post", "Talks resume", True, "its own name behind a dash"),
    ("Talks resume | Anything", "Talks resume", True, "any name behind a bar"),
    ("Talks resume — ministry", "Talks resume", False, "behind a dash it is who said it"),
    ("Talks resume — The Harbour Times", "Talks resume", False, "another's name says who told it"),
    # Real changes.
    ("Water theft at the lake", "Water use at the lake", False, "a word"),
    ("Board opens dam", "Dam opens", False, "who does it"),
    ("", "A text is added.", False, "a text is added"),
    ("", "", True, "nothing"),
]


@pytest.mark.parametrize(("old", "new", "expected", "reason"), TRIVIAL)
def test_which_changes_are_none(old: str, new: str, expected: bool, reason: str) -> None:
    assert is_trivial_change(old, new, names=NAMES) is expected, reason
    assert is_trivial_change(new, old, names=NAMES) is expected, reason


SIZES = [
    ("a b c d", "a b c d", 0.0, "the same"),
    ("a b c d", "a b x d", 0.25, "one word of four"),
    ("a b", "c d", 1.0, "no word in common"),
    ("a b c", "a b c d", 1 - 6 / 7, "one word more"),
    ("theft at lake", '"theft" at lake', 1 - 6 / 8, "quotation marks count as words"),
    ("a b c", "c b a", 1 - 2 / 6, "the order counts"),
    ("", "a b", 1.0, "from nothing"),
    ("", "…", 0.0, "no words at all"),
]


@pytest.mark.parametrize(("old", "new", "expected", "reason"), SIZES)
def test_sizes(old: str, new: str, expected: float, reason: str) -> None:
    assert measure_change(old, new) == pytest.approx(expected), reason


def test_the_size_of_long_texts_counts_words_in_any_order() -> None:
    words = [f"w{i}" for i in range(3_000)]
    turned = [*words[1_500:], *words[:1_500]]
    assert measure_change(" ".join(words), " ".join(turned)) == 0.0
    assert measure_change(" ".join(words), " ".join([*turned[1:], "other"])) == pytest.approx(1 / 3_000)


WORDS = st.lists(st.sampled_from(["lake", "board", "“talks”", "Theft", "14:05", "updated", "-", "…", "|"]), max_size=12)


@given(WORDS, WORDS)
def test_laws_of_changes(first: list[str], second: list[str]) -> None:
    old, new = " ".join(first), " ".join(second)
    assert is_trivial_change(old, old)
    assert is_trivial_change(old, new) == is_trivial_change(new, old)
    assert 0.0 <= measure_change(old, new) <= 1.0
    assert measure_change(old, old) == 0.0
    if fold_wording(old) == fold_wording(new):
        assert measure_change(old, new) == 0.0


@given(st.text(max_size=80))
def test_folding_ends_and_stays(text: str) -> None:
    folded = fold_wording(text)
    assert is_trivial_change(text, folded)


@pytest.mark.parametrize(
    "piece", ["1", ".", " ", "12.12 ", "« ", "- ", "updated ", "1 view ", "(14:05 ", "|", "\n14:05"]
)
def test_long_hostile_texts_are_compared_too(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert not is_trivial_change(f"Talks resume {text}.", f"Talks fail {text}.")
    assert measure_change(text, text) == 0.0
