"""Corrections as training passages: of each passage that coders coded, what was decided, else what was said last."""

from framewire.records import CodedPassage, CodingOrigin, StoredCoding
from framewire.store import get_codings, keep_newest, reading
from framewire.workflow.workspace import Workspace


def load_corrections(workspace: Workspace) -> list[CodedPassage]:
    """The codings of the store as training passages, in the codebook's first language, each text once.

    Left out are whole articles, whatever was coded for the audit (what measures a model must not teach it), and
    codings with a narrative that the codebook no longer has.
    """
    with reading(workspace.readonly_engine) as conn:
        newest = keep_newest(get_codings(conn))
    usable = [one for one in newest if _is_usable(one, workspace)]
    # Sorting keeps the order of time; of several the last one stays.
    by_text = {one.text: one for one in sorted(usable, key=lambda one: one.coding.origin is CodingOrigin.ADJUDICATION)}
    return [_as_passage(one) for one in by_text.values()]


def _is_usable(one: StoredCoding, workspace: Workspace) -> bool:
    coding, codebook = one.coding, workspace.codebook
    known = all(narrative.id in codebook.narrative_ids for narrative in coding.narratives)
    return (
        known and one.language == codebook.languages[0] and not one.is_whole and coding.origin is not CodingOrigin.AUDIT
    )


def _as_passage(one: StoredCoding) -> CodedPassage:
    coding = one.coding
    return CodedPassage(
        f"coded-{coding.version_id}-{coding.start}-{coding.end}",
        one.text,
        coding.relevant,
        coding.narratives,
        register="real press",
        story=f"article-{one.article_id}",
        coder=coding.coder,
    )
