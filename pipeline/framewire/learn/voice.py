"""Fits the arbiter of voice on coded narratives."""

from collections import Counter
from collections.abc import Iterator, Sequence

from framewire.label import Annotation, VoiceArbiter, VoiceReader, evidence_spans
from framewire.learn.linear import fit_choice
from framewire.records import CodedPassage, Voice

# Fewer coded narratives than this teach an arbiter nothing that the rules do not know.
MIN_EXAMPLES = 60
# A feature of fewer coded narratives is left out.
MIN_COUNT = 8
# Source: grouped cross-validation on the training passages.
C_VOICE = 0.1


def fit_voice(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], *, language: str
) -> VoiceArbiter | None:
    """An arbiter of asserted, attributed and denied; None with too few examples or only one voice."""
    examples = list(_find_examples(passages, annotations, language))
    voices = [voice for _, voice in examples]
    if len(examples) < MIN_EXAMPLES or len(set(voices)) < 2:
        return None
    counts = Counter(name for features, _ in examples for name in features)
    kept = [{n: v for n, v in features.items() if counts[n] >= MIN_COUNT} for features, _ in examples]
    weights, intercepts = fit_choice(kept, voices, c=C_VOICE)
    return VoiceArbiter(
        {Voice(voice): row for voice, row in weights.items()},
        {Voice(voice): start for voice, start in intercepts.items()},
    )


def _find_examples(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], language: str
) -> Iterator[tuple[dict[str, float], str]]:
    """(features, voice) of each coded narrative; scare quotes count as attributed."""
    for passage, annotation in zip(passages, annotations, strict=True):
        if not passage.narratives:
            continue
        reader = VoiceReader(annotation, language=language)
        for narrative in passage.narratives:
            voice = Voice.ATTRIBUTED if narrative.voice is Voice.SCARE_QUOTED else narrative.voice
            yield reader.find_features(narrative.id, evidence_spans(annotation, narrative.id)), voice.value
