"""Passages to be coded, and codings, as files: CSV, JSON Lines, Label Studio's tasks, doccano's lines.

Each item carries its anchor, so that it is found again in the store. Sources of the formats: RFC 4180; "Label Studio task
format" (labelstud.io/guide/task_format) with the controls Choices and Taxonomy; doccano's JSONL of multi-label text
classification, in which further keys are metadata.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

from framewire.codebook import Codebook
from framewire.learn.corrections import IRRELEVANT, NONE, Verdict, render_narrative, render_verdict
from framewire.records import CodedNarrative, Voice
from framewire.text.anchors import Anchor

FORMATS = ("csv", "jsonl", "label-studio", "doccano")
# A spreadsheet runs what begins with these. Source: OWASP, CSV injection.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "id",
    "reason",
    "outlet",
    "language",
    "text",
    "model",
    "coding",
    "note",
    "coder",
    "coded_at",
    "blind",
    "url",
    "prefix",
    "suffix",
    "start",
    "end",
    "text_hash",
    "version_hash",
)


@dataclass(frozen=True, slots=True)
class CodingItem:
    """A span to be coded, or coded: `verdict` None = not yet. `text_hash` is the span's, `version_hash` the whole text's.

    `model` is what a model says, None where the coder must not see it.
    """

    id: str
    anchor: Anchor
    text_hash: str
    version_hash: str
    url: str | None = None
    outlet: str = ""
    language: str = ""
    reason: str = ""
    blind: bool = False
    model: Verdict | None = None
    verdict: Verdict | None = None
    coder: str | None = None
    coded_at: str | None = None
    note: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def render_items(items: Sequence[CodingItem], form: str, codebook: Codebook) -> str:
    """The items as a file of this format.

    Raises:
        ValueError: there is no such format.
    """
    if form == "csv":
        return _render_csv(items)
    if form == "jsonl":
        return "".join(f"{json.dumps(as_line(item), ensure_ascii=False)}\n" for item in items)
    if form == "label-studio":
        return json.dumps([_as_task(item, codebook) for item in items], ensure_ascii=False, indent=1) + "\n"
    if form == "doccano":
        return "".join(f"{json.dumps(_as_doccano(item), ensure_ascii=False)}\n" for item in items)
    raise ValueError(f"no format is called '{form}'; there are {', '.join(FORMATS)}")


def as_line(item: CodingItem) -> dict[str, Any]:
    """An item as an object of JSON Lines. Of a coded one the first keys are those of a training passage."""
    verdict = item.verdict
    return {
        "id": item.id,
        "text": item.anchor.quote,
        "relevant": verdict.relevant if verdict else None,
        "narratives": _as_values(verdict.narratives) if verdict else None,
        "coder": item.coder,
        "date": item.coded_at,
        "note": item.note,
        "reason": item.reason,
        "model": _say_model(item),
        "blind": item.blind,
        "outlet": item.outlet,
        "language": item.language,
        **_about_place(item),
        **item.extra,
    }


def render_labelling_config(codebook: Codebook) -> str:
    """The labelling configuration of a Label Studio project: on the subject or not, and narrative > voice > accused side."""
    lines = [
        "<View>",
        '  <Text name="text" value="$text"/>',
        '  <Choices name="relevant" toName="text" choice="single">',
    ]
    lines += [f"    <Choice value={quoteattr(word)}/>" for word in ("relevant", IRRELEVANT)]
    lines += ["  </Choices>", '  <Taxonomy name="narratives" toName="text" leafsOnly="true">']
    for narrative in codebook.narratives:
        accused = codebook.accused_answers if narrative.sided and not narrative.bound_to else ()
        lines.append(f"    <Choice value={quoteattr(narrative.id)} hint={quoteattr(narrative.label)}>")
        for voice in Voice:
            sides = "".join(f"<Choice value={quoteattr(side)}/>" for side in accused)
            lines.append(f"      <Choice value={quoteattr(voice.value)}>{sides}</Choice>")
        lines.append("    </Choice>")
    return "\n".join([*lines, "  </Taxonomy>", "</View>", ""])


def defuse(value: Any) -> Any:
    """The value, with a leading ' where a spreadsheet would take a text for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _about_place(item: CodingItem) -> dict[str, Any]:
    """Where the item is to be found again."""
    anchor = item.anchor
    return {
        "url": item.url,
        "prefix": anchor.prefix,
        "suffix": anchor.suffix,
        "start": anchor.start,
        "end": anchor.end,
        "text_hash": item.text_hash,
        "version_hash": item.version_hash,
    }


def _say_model(item: CodingItem) -> str | None:
    return render_verdict(item.model) if item.model and not item.blind else None


def _as_values(narratives: Sequence[CodedNarrative]) -> list[dict[str, str | None]]:
    return [{"id": n.id, "voice": n.voice.value, "accused": n.accused} for n in narratives]


def _render_csv(items: Sequence[CodingItem]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=COLUMNS)
    writer.writeheader()
    for item in items:
        row = {
            "id": item.id,
            "reason": item.reason,
            "outlet": item.outlet,
            "language": item.language,
            "text": item.anchor.quote,
            "model": _say_model(item),
            "coding": render_verdict(item.verdict) if item.verdict else None,
            "note": item.note,
            "coder": item.coder,
            "coded_at": item.coded_at,
            "blind": "yes" if item.blind else "no",
            **_about_place(item),
        }
        writer.writerow({name: defuse(value) for name, value in row.items()})
    return buffer.getvalue()


def _as_task(item: CodingItem, codebook: Codebook) -> dict[str, Any]:
    """A task of Label Studio: what the model says as a prediction, a coding as an annotation."""
    about = {
        key: value for key, value in as_line(item).items() if key not in ("text", "relevant", "narratives", "model")
    }
    task: dict[str, Any] = {"data": {"text": item.anchor.quote, "framewire": about}}
    if item.verdict:
        told: dict[str, Any] = {"result": _as_results(item.verdict, codebook)}
        if item.coded_at:
            told["created_at"] = item.coded_at
        task["annotations"] = [told]
    elif item.model and not item.blind:
        task["predictions"] = [{"model_version": "framewire", "result": _as_results(item.model, codebook)}]
    return task


def _as_results(verdict: Verdict, codebook: Codebook) -> list[dict[str, Any]]:
    place = {"to_name": "text"}
    chosen = "relevant" if verdict.relevant else IRRELEVANT
    results = [{"from_name": "relevant", **place, "type": "choices", "value": {"choices": [chosen]}}]
    paths = [_as_path(narrative, codebook) for narrative in verdict.narratives]
    if paths:
        results.append({"from_name": "narratives", **place, "type": "taxonomy", "value": {"taxonomy": paths}})
    return results


def _as_path(narrative: CodedNarrative, codebook: Codebook) -> list[str]:
    """The branch of the configuration's tree: it has no sides where the definition names the one."""
    is_bound = codebook.get_narrative(narrative.id).bound_to is not None
    return [narrative.id, narrative.voice.value, *([narrative.accused] if narrative.accused and not is_bound else [])]


def _as_doccano(item: CodingItem) -> dict[str, Any]:
    """A line for doccano. It cannot tell labels that came with it from labels of a coder, so the model's stand beside."""
    verdict = item.verdict
    labels = [] if verdict is None else [IRRELEVANT] if not verdict.relevant else [NONE]
    if verdict and verdict.narratives:
        labels = [render_narrative(narrative) for narrative in verdict.narratives]
    line = {key: value for key, value in as_line(item).items() if key not in ("relevant", "narratives", "id")}
    return {"text": item.anchor.quote, "label": labels, "framewire_id": item.id, **line}
