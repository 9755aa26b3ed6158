"""A codebook as human coders use it: Markdown to read and to print. Source: CommonMark 0.31, GitHub Flavored Markdown."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from framewire.codebook.export.rules import split_rules
from framewire.codebook.model import Codebook, Narrative, Patterns, Wording

# Enough to know the wording by; whoever wants all of them reads the codebook file.
MAX_PHRASES = 6
# A `_` inside a word, and a # before the end, are letters like others.
_SPECIAL = re.compile(r"[\\`*\[\]<~|$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|(?<= )#(?=#*$)")
# What would open a heading, a list, a quotation, a rule or a table at the start of a line.
_OPENS = re.compile(r"^(?:[-+=#>:]|\d+(?=[.)]))")
_SOURCES = {"document": "as the source says", "added": "added by the authors of the codebook"}


def render_markdown(codebook: Codebook, *, language: str) -> str:
    """The codebook as a document with a table of contents, phrases and sentences in one of its languages."""
    page = _Page(codebook)
    text = (
        _environment()
        .get_template("codebook.md.j2")
        .render(
            book=codebook,
            language=language,
            rules=split_rules(codebook.coding_rules),
            slugs=page.slugs,
            list_actors=page.list_actors,
            list_facts=page.list_facts,
            link_codes=page.link_codes,
            say_usage=page.say_usage,
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def escape(text: str) -> str:
    """The text in one line, with nothing in it that Markdown would take for its own."""
    line = _SPECIAL.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
    return _OPENS.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", line)


def say_phrases(patterns: Patterns, language: str) -> str:
    """The first phrases of a language, as words in quotation marks; empty if there are none."""
    several = [
        phrase.replace("*", "…")
        for pattern in patterns.get(language, ())
        for phrase in pattern.phrases
        if not phrase.startswith("@")
    ]
    phrases = list(dict.fromkeys(several))
    more = len(phrases) - MAX_PHRASES
    shown = ", ".join(f"“{escape(phrase)}”" for phrase in phrases[:MAX_PHRASES])
    return f"{shown}, and {more} more" if more > 0 else shown


def _name_headings(codebook: Codebook) -> dict[str, str]:
    """Which anchor each heading has, by what it is of, in the order of the document.

    Source: GitHub's anchors: small letters, no punctuation, hyphens for spaces, a number behind those that occur again.
    """
    headings = [("title", codebook.title), ("contents", "Contents")]
    headings += [("rules", "Coding rules")] if codebook.coding_rules else []
    headings += [("sides", "Sides")] if codebook.sides else []
    headings += [("relevance", "Relevance")]
    headings += [("narratives", "Narratives")] if codebook.narratives else []
    headings += [(f"narratives/{part.id}", part.label) for part in codebook.narratives]
    headings += [("terminology", "Terminology")] if codebook.terminology else []
    for referent in codebook.terminology:
        headings.append((f"terminology/{referent.id}", referent.label))
        headings += [(f"terminology/{referent.id}/{part.id}", part.title) for part in referent.wordings]
    taken: dict[str, int] = {}
    return {key: _find_free(slug_of(text), taken) for key, text in headings}


def slug_of(heading: str) -> str:
    """The anchor of a heading that occurs once."""
    kept = (c for c in " ".join(heading.split()).lower() if c in " -_" or unicodedata.category(c)[0] in "LMN")
    return "".join(kept).replace(" ", "-")


def _find_free(slug: str, taken: dict[str, int]) -> str:
    """The slug, or the first free one of slug-1, slug-2 ..."""
    free = slug
    while free in taken:
        taken[slug] += 1
        free = f"{slug}-{taken[slug]}"
    taken[free] = 0
    return free


class _Page:
    """What the template asks about one codebook."""

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook
        self.slugs = _name_headings(codebook)

    def list_actors(self, side_id: str) -> list[str]:
        """Who acts for a side."""
        return [escape(actor.label or actor.id) for actor in self._codebook.actors if actor.side == side_id]

    def list_facts(self, narrative: Narrative) -> Iterator[str]:
        """What is to be known of a narrative beside its definition."""
        if narrative.sided:
            yield "code also who is accused"
        if narrative.bound_to:
            yield f"tied to {escape(self._codebook.say_side(narrative.bound_to))}"
        if narrative.mirror:
            yield f"counterpart: {self._link(narrative.mirror)}"

    def link_codes(self, rules: tuple[str, ...]) -> list[str]:
        """Rules `what -> narrative_id`, with links to those narratives."""
        return [self._link_code(rule) for rule in rules]

    def say_usage(self, wording: Wording) -> str:
        """Whose words these are, and who says so."""
        whose = ", ".join(map(self._codebook.say_side, wording.usage))
        return f"{escape(whose)} ({escape(_SOURCES.get(wording.usage_source, f'source: {wording.usage_source}'))})"

    def _link_code(self, rule: str) -> str:
        what, arrow, codes = rule.partition("->")
        if not arrow:
            return escape(rule)
        return f"{escape(what)} → " + " ".join(self._link(word) for word in codes.split())

    def _link(self, word: str) -> str:
        """A link, if the word is a narrative's id, with a comma behind it perhaps."""
        name = word.rstrip(",;.")
        if name not in self._codebook.narrative_ids:
            return escape(word)
        label = escape(self._codebook.get_narrative(name).label)
        return f"[{label}](#{self.slugs[f'narratives/{name}']}){word[len(name) :]}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("framewire.codebook.export", ""),
        autoescape=False,  # noqa: S701 - Markdown; every text goes through `md`
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update({"md": escape, "phrases": say_phrases})
    return environment
