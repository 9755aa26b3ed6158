"""Fits the arbiter of voice on coded narratives."""

from collections.abc import Iterator, Sequence

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from framewire.codebook import Codebook
from framewire.label import Annotation, VoiceArbiter, VoiceReader, evidence_spans
from framewire.records import CodedPassage, Voice

# Fewer coded narratives than this teach an arbiter nothing that the rules do not know.
MIN_EXAMPLES = 60
C_VOICE = 0.5


def fit_voice(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook, *, language: str
) -> VoiceArbiter | None:
    """An arbiter of asserted, attributed and denied; None with too few examples or only one voice."""
    examples = list(_find_examples(passages, annotations, codebook, language))
    voices = [voice for _, voice in examples]
    if len(examples) < MIN_EXAMPLES or len(set(voices)) < 2:
        return None
    vectorizer = DictVectorizer()
    X = vectorizer.fit_transform([features for features, _ in examples])
    fitted = LogisticRegression(C=C_VOICE, max_iter=1000).fit(X, voices)
    names = [str(name) for name in vectorizer.get_feature_names_out()]
    rows = fitted.coef_ if len(fitted.classes_) > 2 else [-fitted.coef_[0], fitted.coef_[0]]
    starts = fitted.intercept_ if len(fitted.classes_) > 2 else [-fitted.intercept_[0], fitted.intercept_[0]]
    classes = [Voice(name) for name in fitted.classes_]
    return VoiceArbiter(
        {voice: dict(zip(names, map(float, row), strict=True)) for voice, row in zip(classes, rows, strict=True)},
        {voice: float(start) for voice, start in zip(classes, starts, strict=True)},
    )


def _find_examples(
    passages: Sequence[CodedPassage], annotations: Sequence[Annotation], codebook: Codebook, language: str
) -> Iterator[tuple[dict[str, float], str]]:
    """(features, voice) of each coded narrative; scare quotes count as attributed."""
    for passage, annotation in zip(passages, annotations, strict=True):
        if not passage.narratives:
            continue
        reader = VoiceReader(annotation, language=language)
        for narrative in passage.narratives:
            voice = Voice.ATTRIBUTED if narrative.voice is Voice.SCARE_QUOTED else narrative.voice
            yield reader.find_features(evidence_spans(annotation, narrative.id)), voice.value
