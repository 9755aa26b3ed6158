"""A codebook to begin from, with coded passages: invented, commented, and good as it stands."""

import json
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment

_ABOUT = "Invented lines that show the form. Put your own in their place: they teach nothing about your subject."
_ABOUT_SECOND = (
    "Invented: what a second person said of some of the lines beside this folder, without having seen their codes."
)
# (text, relevant, codes, story); a code is a narrative's id, voice and accused side.
_PASSAGES: tuple[tuple[str, bool, tuple[tuple[str, str, str | None], ...], str], ...] = (
    (
        "The council promised in May that no school would be touched. In November it broke its word.",
        True,
        (("broken_promise", "asserted", "council"),),
        "november vote",
    ),
    (
        "The parents' league says that the vote of Upper Birch was ignored.",
        True,
        (("broken_promise", "attributed", "council"),),
        "village vote",
    ),
    (
        "Councillor Marian Holt rejected the charge that anyone had gone back on an agreement.",
        True,
        (("broken_promise", "denied", "council"),),
        "answer to the league",
    ),
    (
        "The parents had agreed to the new bus in writing and now block it, the council complains.",
        True,
        (("broken_promise", "attributed", "parents"),),
        "school bus",
    ),
    (
        "Take away the classroom and the young families will leave: Upper Birch would be a row of dark windows.",
        True,
        (("village_without_school", "asserted", None),),
        "a walk through the village",
    ),
    (
        '"The school is the heart of the village," said a baker\'s widow at the meeting in Upper Birch.',
        True,
        (("village_without_school", "attributed", None),),
        "meeting in the barn",
    ),
    ("The council votes on the village school merger on 3 November.", True, (), "agenda"),
    ("Alder Valley School will have four classrooms and a hall, the plans show.", True, (), "building plans"),
    ("School inspectors visited Upper Birch and Nether Alder last week.", True, (), "inspection"),
    ("The district council raises the fee for parking by the river.", False, (), "parking"),
    ("A school in the capital won the chess cup.", False, (), "chess"),
    ("The bakery of a family of five closes after ninety years.", False, (), "bakery"),
    ("Councillors argued until midnight about the swimming bath.", False, (), "swimming bath"),
)
# What the second person said: the number of the line, and the codes. They disagree once, on the voice.
_SECOND: tuple[tuple[int, bool, tuple[tuple[str, str, str | None], ...]], ...] = (
    (1, True, (("broken_promise", "asserted", "council"),)),
    (3, True, (("broken_promise", "attributed", "council"),)),
    (6, True, (("village_without_school", "attributed", None),)),
    (8, True, ()),
    (10, False, ()),
)


def render_skeleton(codebook_id: str, *, title: str, languages: Sequence[str]) -> str:
    """The text of a codebook.yaml with every key explained; its example stands under the first of the languages."""
    environment = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - YAML
    # A JSON string is a YAML string.
    environment.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    source = files("framewire.codebook").joinpath("skeleton.yaml.j2").read_text(encoding="utf-8")
    first, *others = languages
    return environment.from_string(source).render(
        id=codebook_id, title=title, languages=languages, first=first, others=others
    )


def render_passages() -> str:
    """Coded passages for the skeleton, one JSON object a line: just enough stories that a model can be trained."""
    lines = [
        {"id": f"example-{i}", "text": text, "relevant": relevant, "narratives": _code(codes), "story": story}
        | {"coder": "first"}
        for i, (text, relevant, codes, story) in enumerate(_PASSAGES, start=1)
    ]
    return _join([{"about": _ABOUT}, *lines])


def render_second_codings() -> str:
    """What another coder said of some of the passages, in the form that goes into `second/`."""
    lines = [
        {"id": f"example-{i}", "relevant": relevant, "narratives": _code(codes), "coder": "second"}
        for i, relevant, codes in _SECOND
    ]
    return _join([{"about": _ABOUT_SECOND}, *lines])


def _code(codes: Sequence[tuple[str, str, str | None]]) -> list[dict[str, str]]:
    return [
        {"id": narrative, "voice": voice} | ({"accused": accused} if accused else {})
        for narrative, voice, accused in codes
    ]


def _join(lines: Sequence[dict[str, object]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
