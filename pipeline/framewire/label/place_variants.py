"""Rules of a narrative in which the variants of a place's name count alike: whichever of them an outlet uses, it tells the same story."""

import re
from collections.abc import Iterator

from framewire.codebook import Codebook, Context, Pattern, Patterns


class PlaceVariants:
    """Spreads a phrase that holds a place's name over all variants of the name, in one language."""

    def __init__(self, codebook: Codebook, language: str) -> None:
        self._language = language
        self._variants_of: dict[str, list[str]] = {}
        for place in codebook.places:
            names = place.list_plain_names(language)
            self._variants_of |= dict.fromkeys((name.lower() for name in names), names)
        longest_first = sorted(self._variants_of, key=len, reverse=True)
        self._name = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)

    def spread(self, phrase: str) -> Iterator[str]:
        """The phrase with every variant of the first place that it names, the phrase itself first."""
        yield phrase
        if not self._variants_of or phrase.startswith("@") or not (match := self._name.search(phrase)):
            return
        for name in self._variants_of[match.group().lower()]:
            if name.lower() != match.group().lower():
                yield phrase[: match.start()] + name + phrase[match.end() :]

    def spread_all(self, patterns: Patterns) -> Patterns:
        """The patterns of this language with all phrases spread, those of their contexts as well."""
        return {self._language: tuple(self._spread_pattern(pattern) for pattern in patterns.get(self._language, ()))}

    def _spread_pattern(self, pattern: Pattern) -> Pattern:
        changed = {
            "phrases": self._spread_phrases(pattern.phrases),
            "near": self._spread_context(pattern.near),
            "not_near": self._spread_context(pattern.not_near),
        }
        return pattern.model_copy(update=changed)

    def _spread_context(self, context: Context | None) -> Context | None:
        return context and context.model_copy(update={"any": self._spread_phrases(context.any)})

    def _spread_phrases(self, phrases: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(variant for phrase in phrases for variant in self.spread(phrase)))
