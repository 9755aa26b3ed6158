"""YAML texts: positions, problems, guesses."""

from pathlib import Path

import pytest

from framewire.errors import ConfigError
from framewire.yamlfile import YAMLProblem, dump_yaml, load_yaml, nearest, position, read_yaml, unknown_key_message

TEXT = """\
# a comment that stays
version: 1
outlets:
- id: courier   # beside
  feeds:
  - url: "https://courier.press.example/rss?a=1"
    language: no
"""


def test_yaml_1_2_keeps_no_as_a_word() -> None:
    assert read_yaml(TEXT)["outlets"][0]["feeds"][0]["language"] == "no"


def test_positions_count_from_one() -> None:
    tree = read_yaml(TEXT)
    assert position(tree, "outlets") == (3, 1)
    assert position(tree["outlets"], 0) == (4, 3)
    assert position(tree["outlets"][0]["feeds"][0], "language") == (7, 5)


def test_position_of_a_missing_key_is_its_parent() -> None:
    assert position(read_yaml(TEXT)["outlets"][0], "country") == (4, 3)


def test_round_trip_keeps_comments() -> None:
    assert dump_yaml(read_yaml(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("text", "line", "column", "word"),
    [
        ("a: 1\na: 2\n", 2, 1, "duplicate"),
        ("a: [1, 2\nb: 3\n", 2, 2, "the bracket that opens in line 1 is not closed"),
        ("a: b: c\n", 1, 5, "stands in quotes"),
        ("a: 1\nb:\n- c: 1\n   d: 2\n", 4, 5, "the key here begins in column 4, the one in line 3 in column 3"),
        ("a: 1\nb:\n- c: 1\n d: 2\n", 4, 2, "the key here begins in column 2, the one in line 3 in column 3"),
        ("a: 1\n\tb: 2\n", 2, 1, "a tab stands where YAML wants spaces"),
        ('a: "1\nb: 2\n', 3, 1, "the quote that opens in line 1 is not closed"),
        ("a: 1\n---\nb: 2\n", 2, 1, "document"),
        ("- 1\n- 2\n", 1, 1, "a list"),
        ("", 1, 1, "nothing"),
        ("just words\n", 1, 1, "a single value"),
        ("a: 1\nb: \x00\n", 2, 4, "no YAML"),
        ("a: 2026-13-45\n", 1, 1, "no YAML"),
    ],
)
def test_problems_say_where(text: str, line: int, column: int, word: str) -> None:
    with pytest.raises(YAMLProblem) as caught:
        read_yaml(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert word in caught.value.message


def test_load_raises_what_the_caller_names(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    with pytest.raises(ConfigError, match="no such file"):
        load_yaml(path, error=ConfigError)
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_yaml(path, error=ConfigError)
    path.write_text("a: 1\na: 2\n")
    with pytest.raises(ConfigError, match=r"^feeds\.yaml:2:1: "):
        load_yaml(path, error=ConfigError)
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load_yaml(path, error=ConfigError) == {"a": 1}


def test_nearest_known_word() -> None:
    assert nearest("langauge", ["language", "url"]) == "language"
    assert nearest("zzz", ["language", "url"]) is None
    assert unknown_key_message("langauge", ["url", "language"]) == "unknown key 'langauge' (did you mean 'language'?)"
    assert unknown_key_message("zzz", ["url", "language"]) == "unknown key 'zzz' (known: language, url)"


def test_a_key_that_holds_a_mapping_is_refused_by_name() -> None:
    with pytest.raises(YAMLProblem, match="is no YAML"):
        read_yaml("? [a, {b: c}]\n: d\n")
