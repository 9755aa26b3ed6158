"""Corrections as training passages: of each passage that coders coded, what was decided, else what was said last."""

import re

from framewire.records import CodedPassage, CodingOrigin, StoredCoding
from framewire.store import get_codings, get_originals, keep_newest, list_outlets, reading
from framewire.workflow.workspace import Workspace

# How much a correction counts beside a written passage: few of real press among thousands that were written.
# Source: weeks of the sample press on others, weights 1, 3 and 10 (docs/method.md, "What corrections are worth").
CORRECTION_WEIGHT = 3.0
_ID = "coded-{}-{}-{}"


def load_corrections(workspace: Workspace) -> list[CodedPassage]:
    """The codings of the store as training passages, in the codebook's first language, each text once.

    Left out are whole articles, whatever was coded for the audit (what measures a model must not teach it), and
    codings with a narrative that the codebook no longer has.
    """
    with reading(workspace.readonly_engine) as conn:
        newest = keep_newest(get_codings(conn))
        usable = [one for one in newest if _is_usable(one, workspace)]
        originals = get_originals(conn, sorted({one.article_id for one in usable}))
        groups = dict(list_outlets(conn))
    # Sorting keeps the order of time; of several the last one stays.
    by_text = {one.text: one for one in sorted(usable, key=lambda one: one.coding.origin is CodingOrigin.ADJUDICATION)}
    return [
        _as_passage(one, story=originals.get(one.article_id, one.article_id), side=groups.get(one.outlet_id))
        for one in by_text.values()
    ]


def _is_usable(one: StoredCoding, workspace: Workspace) -> bool:
    coding, codebook = one.coding, workspace.codebook
    known = all(narrative.id in codebook.narrative_ids for narrative in coding.narratives)
    return (
        known and one.language == codebook.languages[0] and not one.is_whole and coding.origin is not CodingOrigin.AUDIT
    )


def _as_passage(one: StoredCoding, *, story: int, side: str | None) -> CodedPassage:
    """The coding as a training passage. Copies of one article are one story, so that none is held out from the others."""
    coding = one.coding
    return CodedPassage(
        _ID.format(coding.version_id, coding.start, coding.end),
        one.text,
        coding.relevant,
        coding.narratives,
        register="real press",
        side=side,
        story=f"article-{story}",
        coder=coding.coder,
        extra={"language": one.language, "coded_at": coding.coded_at.isoformat(), "blind": coding.blind},
        weight=CORRECTION_WEIGHT,
    )


def find_coded_span(passage_id: str) -> tuple[int, int, int] | None:
    """The version, start and end that a correction is of, from its id as a passage; None of a written passage."""
    match = re.fullmatch(_ID.replace("{}", r"(\d+)"), passage_id)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None
