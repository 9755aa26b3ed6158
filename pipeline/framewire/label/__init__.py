"""Articles in, labels out: term mentions, narratives, voice, accused side."""

from framewire.label.account import Account
from framewire.label.accused import AccusedModel
from framewire.label.arbiter import VoiceArbiter
from framewire.label.labeller import Labeller, evidence_spans
from framewire.label.narratives import LinearLayer, NarrativeModel, Scores
from framewire.label.terms import Annotation, TermMatcher, find_mentions
from framewire.label.voice import VoiceReader

__all__ = [
    "Account",
    "AccusedModel",
    "Annotation",
    "Labeller",
    "LinearLayer",
    "NarrativeModel",
    "Scores",
    "TermMatcher",
    "VoiceArbiter",
    "VoiceReader",
    "evidence_spans",
    "find_mentions",
]
