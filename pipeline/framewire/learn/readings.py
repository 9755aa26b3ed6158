"""Voice and accused side of the narratives that coders found, as a model reads them in passages whose stories it has not seen.

Both are read after the narrative, so they are judged where it was found rightly.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from framewire.label import Account, Annotation, NarrativeModel, VoiceReader, evidence_spans
from framewire.learn.accused import fit_accused
from framewire.learn.held_out import HeldOut, Reading
from framewire.learn.training_set import N_FOLDS, TrainingSet, build_training_set, split_by_story
from framewire.learn.voice import fit_voice
from framewire.records import CodedPassage


def read_unseen(held_out: HeldOut, model: NarrativeModel) -> HeldOut:
    """The same with voice and accused side as a model reads them that was trained on none of the passages."""
    rows = _list_coded(held_out)
    annotations = model.annotate([held_out.passages[i].text for i in rows])
    found = [_read(model, held_out.passages[i], annotation) for i, annotation in zip(rows, annotations, strict=True)]
    return replace(
        held_out,
        readings={(i, name): reading for i, part in zip(rows, found, strict=True) for name, reading in part},
    )


def read_held_out(held_out: HeldOut, model: NarrativeModel, *, random_state: int) -> HeldOut:
    """The same with voice and accused side as models like this one read them, each trained on the other folds' stories.

    Empty where the coded narratives are of fewer stories than there are folds.
    """
    rows = _list_coded(held_out)
    data = build_training_set([held_out.passages[i] for i in rows], model.codebook, language=model.language)
    if len(np.unique(data.groups)) < N_FOLDS:
        return held_out
    readings: dict[tuple[int, str], Reading] = {}
    for train, test in split_by_story(data, random_state):
        part = _fit_readers(model, data.take(train))
        for i in test.tolist():
            found = _read(part, data.passages[i], data.annotations[i])
            readings |= {(rows[i], name): reading for name, reading in found}
    return replace(held_out, readings=readings)


def _list_coded(held_out: HeldOut) -> list[int]:
    """The passages that carry a narrative."""
    return [i for i, passage in enumerate(held_out.passages) if passage.narratives]


def _fit_readers(model: NarrativeModel, data: TrainingSet) -> NarrativeModel:
    """The model with voice and accused side learnt from these passages alone."""
    return replace(
        model,
        accused_=fit_accused(data.passages, data.annotations, model.codebook),
        voice_=fit_voice(data.passages, data.annotations, language=model.language),
    )


def _read(model: NarrativeModel, passage: CodedPassage, annotation: Annotation) -> Iterator[tuple[str, Reading]]:
    """(narrative, its voice and accused side), of each that the passage carries."""
    reader = VoiceReader(annotation, language=model.language, arbiter=model.voice_)
    account = Account(model.accused_, annotation, model.codebook)
    for narrative in passage.narratives:
        voice, _ = reader.read_narrative(narrative.id, evidence_spans(annotation, narrative.id))
        yield narrative.id, Reading(voice, account.accuse(model.codebook.get_narrative(narrative.id)))
