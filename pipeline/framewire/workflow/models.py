"""Training in a workspace, and loading what was trained there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    load_tried,
    measure_agreement,
    model_version,
    render_card,
    save_model,
    train_with_held_out,
)
from framewire.learn.held_out import decide_held_out, save_held_out
from framewire.learn.readings import read_held_out
from framewire.learn.registry import CARD_FILE
from framewire.processes import count_room, side_by_side
from framewire.records import CodedPassage
from framewire.store import (
    HELD_BACK,
    PROMOTED,
    RULES,
    add_codebook,
    add_event,
    add_model,
    transaction,
)
from framewire.workflow.model_records import get_row_in_use
from framewire.workflow.rivals import Rival, build_comparison, coded_before, find_rival
from framewire.workflow.seeds import find_cards
from framewire.workflow.workspace import Workspace

N_PROBES = 32
# From so many passages on, a training takes longer than processes need to start. Source: 3 s a process, 10 ms a passage.
WORTH_PROCESSES = 1_000
# What a process of a training takes at most. Source: measured on the passages that come along, 5,573.
PROCESS_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What training made: its name (`karabakh/1-0a1b2c3d4e`), its folder and its card; and whether it was put in use, and why."""

    name: str
    folder: Path
    card: dict[str, Any]
    digest: str
    is_promoted: bool = True
    reason: str = ""


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
    trained_at: datetime | None = None
    is_elsewhere: bool = False


def train_into(
    folder: Path,
    codebook: Codebook,
    passages: Sequence[CodedPassage],
    *,
    second: Sequence[CodedPassage] = (),
    about: Sequence[str] = (),
    tried: Sequence[Sequence[str]] = (),
    rival: Rival | None = None,
    random_state: int = 0,
    with_scores: bool = True,
) -> TrainedModel:
    """A model trained on passages and written into `folder/<codebook>/<version>`; recording the digest is the caller's.

    The passages are in the codebook's first language. `second` is another coding of some of them; the agreement stands in the
    card, and so do `about`, what the passage files say of themselves, `tried`, a table of what was compared beforehand, and the
    comparison with a `rival`.
    """
    language = codebook.languages[0]
    model, scores_held_out = train_with_held_out(passages, codebook, language=language, random_state=random_state)
    held_out = decide_held_out(model, passages, scores_held_out)
    if with_scores:
        scores: dict[str, Any] | None = cross_validate(passages, codebook, language=language, random_state=random_state)
    else:
        scores = _find_measured_scores(model, passages)
    agreement = measure_agreement(passages, second, codebook) if second else None
    card = build_card(
        model, passages, about=about, scores=scores, agreement=agreement, tried=tried, random_state=random_state
    )
    if rival:
        held_out = read_held_out(held_out, model, random_state=random_state)
        card["comparison"] = build_comparison(rival, held_out, language=language, random_state=random_state)
    target = folder / codebook.id / model_version(codebook, passages)
    probes = [passage.text for passage in passages[:: max(1, len(passages) // N_PROBES)]][:N_PROBES]
    digest = save_model(target, model, card=card, card_text=render_card(card), probes=probes)
    save_held_out(target, held_out)
    return TrainedModel(f"{codebook.id}/{card['version']}", target, card, digest)


def choose_jobs(passages: Sequence[CodedPassage]) -> int:
    """How many processes a training on passages is worth, and there is room for."""
    return count_room(PROCESS_BYTES) if len(passages) >= WORTH_PROCESSES else 1


def _find_measured_scores(model: NarrativeModel, passages: Sequence[CodedPassage]) -> dict[str, Any] | None:
    """The scores of a card that comes with the seeds, if it was made from these very passages and this codebook."""
    version = model_version(model.codebook, passages)
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
    by: str = "train",
    is_gated: bool = True,
) -> TrainedModel:
    """A model trained on the workspace's passages and recorded in its store, in use unless it is held back.

    It is held back if it is worse than the model in use, somewhere, on passages that neither has seen.

    Args:
        workspace: whose passages, models and store.
        now: when it is trained.
        random_state: of the folds.
        with_scores: whether to cross-validate for the card.
        corrections: passages that coders coded in the store; they take the place of passages of the same text.
        by: who trains, for the record.
        is_gated: False = put it in use without comparing.
    """
    written = load_training_passages(workspace)
    passages = merge_corrections(written, corrections)
    rival = _find_rival(workspace, written, corrections, passages) if is_gated else "not compared, as asked for"
    with side_by_side(choose_jobs(passages)):
        trained = train_into(
            workspace.config.models,
            workspace.codebook,
            passages,
            second=load_second_codings(workspace.config.passages, written, codebook=workspace.codebook),
            about=[*load_headers(find_passage_files(workspace.config.passages)), *say_corrections(corrections)],
            tried=load_tried(workspace.config.passages),
            rival=rival if isinstance(rival, Rival) else None,
            random_state=random_state,
            with_scores=with_scores,
        )
    decided = _decide(trained, rival)
    with transaction(workspace.engine) as conn:
        row_id = add_model(conn, name=trained.name, digest=trained.digest, card=trained.card, now=now)
        what = PROMOTED if decided.is_promoted else HELD_BACK
        add_event(conn, row_id, what=what, now=now, by=by, why=decided.reason)
    return decided


def _find_rival(
    workspace: Workspace,
    written: Sequence[CodedPassage],
    corrections: Sequence[CodedPassage],
    passages: Sequence[CodedPassage],
) -> Rival | str:
    row = get_row_in_use(workspace)

    def guess() -> list[list[CodedPassage]]:
        known = coded_before(corrections, row["added_at"]) if row else []
        return [list(written), merge_corrections(written, known)]

    version = model_version(workspace.codebook, passages)
    return find_rival(row, workspace.config.models, workspace.codebook, version=version, guesses=guess)


def _decide(trained: TrainedModel, rival: Rival | str) -> TrainedModel:
    """The trained model, put in use or held back, with the reason."""
    if not isinstance(rival, Rival):
        return replace(trained, reason=rival)
    comparison = trained.card["comparison"]
    if comparison["worse"]:
        return replace(trained, is_promoted=False, reason=f"worse than {rival.name}: {'; '.join(comparison['worse'])}")
    return replace(trained, reason=f"nowhere worse than {rival.name} on {comparison['n']} passages unseen by either")


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
    """The model in use (the one promoted last for this codebook) and its row: `id`, `name`, `card`.

    Raises:
        ModelError: it cannot be used; each reason has its own class.
    """
    row = get_row_in_use(workspace)
    if row is None:
        raise ModelMissing(
            f"{workspace.model_folder}: no model has been trained for codebook '{workspace.codebook.id}'. Run `framewire train`."
        )
    folder = workspace.config.models / row["name"]
    loaded, key = workspace.loaded_models, (row["digest"], _read_stamps(folder))
    if key not in loaded:
        loaded.clear()
        loaded[key] = load_model(folder, codebook=workspace.codebook, trusted_digest=row["digest"])
    return loaded[key], row


def _read_stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of change of a model's files: as long as they stay, what was loaded and checked stays good."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple((path.name, found.st_size, found.st_mtime_ns) for path in files if (found := path.lstat()))


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
        trained_at=row["added_at"] if row else None,
        is_elsewhere=isinstance(problem, ModelMissing) and get_row_in_use(workspace) is not None,
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
