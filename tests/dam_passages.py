"""Coded passages about the invented dam, put together from parts: for tests of the machinery, never of quality."""

from itertools import product

from framewire.records import CodedNarrative, CodedPassage, Voice

PLACES = ("at Upper Lake", "near Lake Siv", "on the river")
OPENINGS = (
    "On Monday",
    "In the spring",
    "Late at night",
    "After the rains",
    "For the third year",
    "Before dawn",
    "Since Friday",
    "As the year ended",
)


def build_dam_passages() -> list[CodedPassage]:
    """Ninety-six passages of forty-eight stories: theft by either side, lawful use, neglect, plain news, other subjects."""
    passages = []
    for i, (opening, place) in enumerate(product(OPENINGS, PLACES)):
        thief, victim = ("Norland", "Sudland") if i % 2 else ("Sudland", "Norland")
        voice = Voice.ATTRIBUTED if i % 3 == 0 else Voice.ASSERTED
        said = f"{victim} said that " if voice is Voice.ATTRIBUTED else ""
        theft = CodedNarrative("water_theft", voice, thief.lower())
        passages += [
            CodedPassage(
                f"t{i}",
                f"{opening} {said}{thief} took the water of {victim} {place}; farmers saw the theft of water and dry fields.",
                True,
                (theft,),
                story=f"s{i}",
            ),
            CodedPassage(
                f"l{i}",
                f"{opening} officials {place} spoke of a sovereign right and lawful use of the Upper Lake dam by Norland.",
                True,
                (CodedNarrative("lawful_use"),),
                story=f"s{i}",
            ),
            CodedPassage(
                f"n{i}",
                f"{opening} engineers of Norland and Sudland met {place} and read the gauges of the Siv dam together.",
                True,
                (),
                story=f"p{i}",
            ),
            CodedPassage(
                f"x{i}",
                f"{opening} the football team lost its match and the coach spoke of a poor season number {i}.",
                False,
                (),
                story=f"p{i}",
            ),
        ]
    return passages
