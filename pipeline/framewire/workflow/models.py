"""Training in a workspace, and loading what was trained there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from framewire.codebook import Codebook
from framewire.errors import ModelError, ModelMissing
from framewire.label import NarrativeModel
from framewire.learn import (
    build_card,
    check_passages,
    cross_validate,
    digest_passages,
    find_passage_files,
    load_headers,
    load_model,
    load_passages,
    load_second_codings,
    measure_agreement,
    model_version,
    render_card,
    save_model,
    train_model,
)
from framewire.learn.registry import CARD_FILE
from framewire.records import CodedPassage
from framewire.store import RULES, add_codebook, add_model, get_models, reading, transaction
from framewire.workflow.seeds import find_cards
from framewire.workflow.workspace import Workspace
from framewire.yamlfile import unknown_message

N_PROBES = 32


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What training made: its name (`karabakh/1-0a1b2c3d4e`), its folder and its card."""

    name: str
    folder: Path
    card: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """What labels now: the model or None for rules alone, its row and the codebook's in the store, and why there is no model.

    `is_elsewhere`: the store knows a model that is in use, and it does not lie here.
    """

    model: NarrativeModel | None
    row_id: int
    codebook_row_id: int
    name: str | None = None
    card: dict[str, Any] | None = None
    problem: str | None = None
    is_elsewhere: bool = False


def train_into(
    folder: Path,
    codebook: Codebook,
    passages: Sequence[CodedPassage],
    *,
    second: Sequence[CodedPassage] = (),
    about: Sequence[str] = (),
    random_state: int = 0,
    with_scores: bool = True,
) -> TrainedModel:
    """A model trained on passages and written into `folder/<codebook>/<version>`; recording the digest is the caller's.

    The passages are in the codebook's first language. `second` is another coding of some of them; the agreement stands in the
    card, and so does `about`, what the passage files say of themselves.
    """
    language = codebook.languages[0]
    model = train_model(passages, codebook, language=language, random_state=random_state)
    if with_scores:
        scores: dict[str, Any] | None = cross_validate(passages, codebook, language=language, random_state=random_state)
    else:
        scores = _find_measured_scores(model, passages)
    agreement = measure_agreement(passages, second, codebook) if second else None
    card = build_card(model, passages, about=about, scores=scores, agreement=agreement, random_state=random_state)
    target = folder / codebook.id / model_version(model, passages)
    probes = [passage.text for passage in passages[:: max(1, len(passages) // N_PROBES)]][:N_PROBES]
    digest = save_model(target, model, card=card, card_text=render_card(card), probes=probes)
    return TrainedModel(f"{codebook.id}/{card['version']}", target, card, digest)


def _find_measured_scores(model: NarrativeModel, passages: Sequence[CodedPassage]) -> dict[str, Any] | None:
    """The scores of a card that comes with the seeds, if it was made from these very passages and this codebook."""
    version = model_version(model, passages)
    path = find_cards() / model.codebook.id / version / CARD_FILE
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = card.get("version") == version and card.get("passages", {}).get("digest") == digest_passages(passages)
    scores: dict[str, Any] | None = card.get("cross_validation") if same else None
    return scores


def load_training_passages(workspace: Workspace) -> list[CodedPassage]:
    """The coded passages of the workspace. Raises InputError if they cannot be read, or no model can be trained on them."""
    folder = workspace.config.passages
    passages = load_passages(find_passage_files(folder), codebook=workspace.codebook)
    check_passages(passages, workspace.codebook, name=str(folder))
    return passages


def train_in_workspace(
    workspace: Workspace,
    *,
    now: datetime,
    random_state: int = 0,
    with_scores: bool = True,
    corrections: Sequence[CodedPassage] = (),
) -> TrainedModel:
    """A model trained on the workspace's passages and recorded in its store as the one in use.

    `corrections` are passages that coders coded in the store; they take the place of passages of the same text.
    """
    written = load_training_passages(workspace)
    passages = merge_corrections(written, corrections)
    trained = train_into(
        workspace.config.models,
        workspace.codebook,
        passages,
        second=load_second_codings(workspace.config.passages, written, codebook=workspace.codebook),
        about=[*load_headers(find_passage_files(workspace.config.passages)), *say_corrections(corrections)],
        random_state=random_state,
        with_scores=with_scores,
    )
    with transaction(workspace.engine) as conn:
        add_model(conn, name=trained.name, digest=trained.digest, card=trained.card, now=now)
    return trained


def merge_corrections(written: Sequence[CodedPassage], corrections: Sequence[CodedPassage]) -> list[CodedPassage]:
    """The written passages without those whose text was coded again, then the corrections."""
    coded = {passage.text for passage in corrections}
    return [*(passage for passage in written if passage.text not in coded), *corrections]


def say_corrections(corrections: Sequence[CodedPassage]) -> list[str]:
    """What the card says of corrections: how many, and by whom."""
    if not corrections:
        return []
    coders = ", ".join(sorted({passage.coder or "unknown" for passage in corrections}))
    return [f"{len(corrections)} passages are corrections of real press, coded by {coders}"]


def load_current_model(workspace: Workspace) -> tuple[NarrativeModel, dict[str, Any]]:
    """The model in use (the one recorded last for this codebook) and its row: `id`, `name`, `card`.

    Raises:
        ModelError: it cannot be used; each reason has its own class.
    """
    with reading(workspace.engine) as conn:
        rows = get_models(conn, codebook_id=workspace.codebook.id)
    if not rows:
        raise ModelMissing(
            f"{workspace.model_folder}: no model has been trained for codebook '{workspace.codebook.id}'. Run `framewire train`."
        )
    folder = workspace.config.models / rows[0]["name"]
    return load_model(folder, codebook=workspace.codebook, trusted_digest=rows[0]["digest"]), rows[0]


def list_models(workspace: Workspace) -> list[dict[str, Any]]:
    """The models on record for this codebook, newest first."""
    with reading(workspace.engine) as conn:
        rows = get_models(conn, codebook_id=workspace.codebook.id)
    return [
        {
            "name": row["name"],
            "in_use": i == 0,
            "trained": row["added_at"].strftime("%Y-%m-%d %H:%M"),
            "passages": row["card"]["passages"]["n"],
            "codebook_version": row["card"]["codebook"]["version"],
        }
        for i, row in enumerate(rows)
    ]


def get_card(workspace: Workspace, name: str | None) -> dict[str, Any]:
    """The card of a model, of the one in use if `name` is None.

    Raises:
        ModelMissing: none of this name is on record.
    """
    with reading(workspace.engine) as conn:
        rows = get_models(conn, codebook_id=workspace.codebook.id)
    for row in rows:
        if name in (None, row["name"], row["name"].partition("/")[2]):
            card: dict[str, Any] = row["card"]
            return card
    of = f"of codebook '{workspace.codebook.id}' in {workspace.config.folder}"
    if not rows:
        raise ModelMissing(f"no model {of} is on record. Run `framewire train`.")
    known = [row["name"].partition("/")[2] for row in rows]
    raise ModelMissing(f"no model {name} {of}: {unknown_message('model', name, known)}. See `framewire model list`.")


def record_codebook(workspace: Workspace, now: datetime) -> int:
    """The row of the codebook in use, added if it is new."""
    codebook = workspace.codebook
    with transaction(workspace.engine) as conn:
        return add_codebook(
            conn, codebook_id=codebook.id, version=codebook.version, digest=codebook.digest, text=codebook.text, now=now
        )


def record_rules(workspace: Workspace, now: datetime) -> int:
    """The row that stands for "no model: terms and rules only" with the codebook in use."""
    with transaction(workspace.engine) as conn:
        return add_model(conn, name=RULES, digest=workspace.codebook.digest, card={}, now=now)


def load_model_in_use(workspace: Workspace, now: datetime) -> ModelInUse:
    """The model that labels now, with its rows in the store; rules alone, with the reason, if there is no usable one."""
    codebook_row_id = record_codebook(workspace, now)
    model, row, problem = load_model_or_reason(workspace)
    row_id = row["id"] if row else record_rules(workspace, now)
    return ModelInUse(
        model,
        row_id,
        codebook_row_id,
        name=row["name"] if row else None,
        card=row["card"] if row else None,
        problem=str(problem) if problem else None,
        is_elsewhere=isinstance(problem, ModelMissing) and bool(list_models(workspace)),
    )


def load_model_or_reason(
    workspace: Workspace,
) -> tuple[NarrativeModel | None, dict[str, Any] | None, ModelError | None]:
    """The model in use and its row, or the reason why there is none."""
    try:
        model, row = load_current_model(workspace)
    except ModelError as error:
        return None, None, error
    return model, row, None
