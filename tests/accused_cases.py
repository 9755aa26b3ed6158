"""Sentences whose accused side is known: {A} does it, {B} is the other side; each is read with the sides one way and the other.

Written for this table. A doer's people are Norlanders or Sudlanders.
"""

ONE_SIDE: list[tuple[str, str]] = [
    ("{A} attacked {B} at dawn.", "a plain subject"),
    ("{A} shelled the villages of {B} for a week.", "a subject and a possessive"),
    ("{A} has blockaded {B} since December.", "a perfect"),
    ("{A} is blocking the road to {B}.", "a progressive"),
    ("{A} expelled the {B}ers from the valley.", "the people as object"),
    ("{A} starved the people of {B} for nine months.", "people of"),
    ("{A}er forces shelled the town.", "an adjective and its forces"),
    ("{A}er troops drove {B}er families from their homes.", "forces and families"),
    ("{A}er soldiers killed three {B}er civilians.", "soldiers and civilians"),
    ("{A}er drones hit a {B}er hospital.", "drones and a hospital"),
    ("The town was shelled by {A}.", "a passive with by"),
    ("{B} was attacked by {A} at dawn.", "a passive with both"),
    ("The {B}ers were driven out by {A}.", "a passive of the people"),
    ("{B}er villages were burned by {A}er troops.", "a passive with forces"),
    ("{B}er prisoners were tortured by {A}er guards.", "a passive with guards"),
    ("{B} suffered at the hands of {A}.", "at the hands of"),
    ("{A}'s attack on {B} began at dawn.", "a nominalisation: attack on"),
    ("{A}'s shelling of {B}er towns went on.", "a nominalisation: shelling of"),
    ("{A}'s blockade of {B} is in its ninth month.", "a nominalisation: blockade of"),
    ("The attack by {A} on {B} began at dawn.", "attack by and on"),
    ("The aggression of {A} against {B} has no excuse.", "aggression against"),
    ("The {A}er aggression against {B} has no excuse.", "an adjective's aggression"),
    ("The genocide that {A} committed against {B}ers is denied to this day.", "committed against"),
    ("{B} accuses {A} of ethnic cleansing.", "accuses of"),
    ("{B} accused {A} on Monday of torturing prisoners.", "accused of, with a day between"),
    ("{B} blames {A} for the blockade.", "blames for"),
    ("{A} is accused of shelling the town.", "a passive accusation"),
    ("{A} was accused by {B} of war crimes.", "accused by"),
    ("{A} denies that it shelled the town.", "who denies is accused"),
    ("{A} rejected {B}'s accusations of ethnic cleansing.", "who rejects is accused"),
    ("{B} said that {A} had attacked its posts.", "a report of a deed"),
    ("{B} fled from {A}er shelling.", "who flees suffers"),
    ("{A}er propaganda spreads lies about {B}.", "propaganda about"),
    ("{B}er refugees cannot return because {A} destroyed their homes.", "refugees and a destroyer"),
    ("{A} kept the gate shut. The {B}ers behind it had eaten nothing since Sunday.", "a doer and sufferers in two sentences"),
    ("Nobody asked the {B}ers. {A}er tanks stood in their orchards by noon.", "sufferers first, then tanks"),
    ("{B} lodged a complaint against {A} over the shelled school.", "a complaint against"),
    ("Schoolbooks in {A} teach children to hate the {B}ers.", "schoolbooks of the doer"),
]  # fmt: skip
NOBODY: list[tuple[str, str]] = [
    ("The river is dry.", "no side is named"),
    ("Families fled from the valley.", "flight with no cause"),
]
# What stands with Norland's names beyond the words next to them.
COMPANY: list[tuple[str, set[str]]] = [
    ("Rain fell.", set()),
    ("Rain fell. Sudland mourns.", set()),
    (
        "Norland mourns. Rain fell.",
        {"alone: mourns", "only", "only: mourns", "only: rain", "only: fell", "opens sentence", "first sentence"},
    ),
    (
        "Sudland fled. Then Norland wept.",
        {"alone: then", "alone: wept", "last sentence", "named later"},
    ),
    (
        "Norland struck Sudland and Norland left.",
        {"first of two", "opens sentence", "first sentence", "last sentence", "first named", "more often"},
    ),
]
