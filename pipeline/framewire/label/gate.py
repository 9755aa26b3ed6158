"""A quick look at a text: does it name anything of the codebook's subject? Most news does not, and then few patterns can hold."""

from collections.abc import Iterable

from ahocorasick_rs import BytesAhoCorasick, Implementation

from framewire.label.phrases import PhraseIndex, PhraseSet


class SubjectGate:
    """Closed to texts that hold none of the subject's names, not even inside a word."""

    def __init__(self, index: PhraseIndex, names: Iterable[int]) -> None:
        self._index = index
        literals = sorted({index.phrases[name].literal.strip() for name in names} - {b""}, key=len)
        # A name that holds another one adds nothing.
        cores: list[bytes] = []
        for literal in literals:
            if not any(core in literal for core in cores):
                cores.append(literal)
        self._automaton = BytesAhoCorasick(cores, implementation=Implementation.ContiguousNFA)
        self._known: dict[int, bool] = {}
        self._known_sets: dict[PhraseSet, bool] = {}

    def is_open(self, haystack: bytes) -> bool:
        """True if the text may hold phrases that need the subject."""
        return bool(self._automaton.find_matches_as_indexes(haystack))

    def is_needed(self, phrase: int, near: Iterable[PhraseSet | None]) -> bool:
        """True if a phrase stands in no text but those that the gate is open to: by its words, or by all its contexts."""
        return self.holds_name(phrase) or all(context is not None and self._all_hold_names(context) for context in near)

    def _all_hold_names(self, context: PhraseSet) -> bool:
        if context not in self._known_sets:
            self._known_sets[context] = all(map(self.holds_name, context.ids))
        return self._known_sets[context]

    def holds_name(self, phrase: int) -> bool:
        """True if a phrase stands in no text but those that the gate is open to, by its own words."""
        if phrase not in self._known:
            self._known[phrase] = self.is_open(self._index.phrases[phrase].literal)
        return self._known[phrase]
