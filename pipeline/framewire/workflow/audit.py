"""The audit: whole articles drawn with each summary, coded blind, that correct the shares of narratives."""

from collections.abc import Iterator
from datetime import datetime

from framewire.records import UNCLEAR, CodingOrigin, LabelledSpan, LabelState, StoredCoding, Voice
from framewire.store import RULES, get_codings, get_labelled_spans, keep_newest, reading
from framewire.summarise.audit import AuditedArticle
from framewire.workflow.models import ModelInUse
from framewire.workflow.workspace import Workspace


def read_audited(workspace: Workspace, in_use: ModelInUse) -> tuple[AuditedArticle, ...]:
    """Every audited article that the model in use has labelled: what it says beside what the coder said, who saw no label.

    Of several coders the newest counts. What another model labelled says nothing of the errors of this one.
    """
    sided = {narrative.id for narrative in workspace.codebook.narratives if narrative.sided}
    return tuple(
        AuditedArticle(_read_model(spans, sided), _read_coder(one, sided))
        for one, spans in _iter_audited(workspace, in_use)
    )


def read_audit_pairs(
    workspace: Workspace, in_use: ModelInUse, *, since: datetime, until: datetime
) -> list[tuple[frozenset[str], frozenset[str]]]:
    """(what the model in use says, what the coder says) of each article that was audited in a time, as narratives."""
    return [
        (_names(_read_model(spans, set())), _names(_read_coder(one, set())))
        for one, spans in _iter_audited(workspace, in_use)
        if since <= one.coding.coded_at <= until
    ]


def _names(told: frozenset[tuple[str, str]]) -> frozenset[str]:
    return frozenset(name for name, _ in told)


def _iter_audited(workspace: Workspace, in_use: ModelInUse) -> Iterator[tuple[StoredCoding, list[LabelledSpan]]]:
    with reading(workspace.readonly_engine) as conn:
        for one in _keep_audit(get_codings(conn)):
            spans = [
                span for span in get_labelled_spans(conn, one.article_id) if span.version_id == one.coding.version_id
            ]
            if spans and spans[0].model == (in_use.name or RULES):
                yield one, spans


def _keep_audit(codings: list[StoredCoding]) -> list[StoredCoding]:
    """The newest audit coding of each version; what was decided between coders of one counts before theirs."""
    blind = [one for one in codings if one.coding.blind and one.is_whole]
    newest = {one.coding.version_id: one for one in keep_newest(_of(blind, CodingOrigin.AUDIT))}
    decided = {one.coding.version_id: one for one in keep_newest(_of(blind, CodingOrigin.ADJUDICATION))}
    return [decided.get(version, one) for version, one in newest.items()]


def _of(codings: list[StoredCoding], origin: CodingOrigin) -> list[StoredCoding]:
    return [one for one in codings if one.coding.origin is origin]


def _read_model(spans: list[LabelledSpan], sided: set[str]) -> frozenset[tuple[str, str]]:
    """What the article carries by its passages: assigned, and not only denied."""
    labels = [label for span in spans if span.position is not None for label in span.labels["narratives"]]
    return frozenset(
        (label["id"], (label["accused"] or UNCLEAR) if label["id"] in sided else "")
        for label in labels
        if label["state"] != LabelState.ABSTAINED.value and label["voice"] != Voice.DENIED.value
    )


def _read_coder(one: StoredCoding, sided: set[str]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (narrative.id, (narrative.accused or UNCLEAR) if narrative.id in sided else "")
        for narrative in one.coding.narratives
        if narrative.voice is not Voice.DENIED
    )
