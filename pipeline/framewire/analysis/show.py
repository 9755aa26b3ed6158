"""What an article, a passage and a model card look like in a notebook: one fragment, no script, every text escaped."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from framewire.workflow.explain_html import find_pieces


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage with its labels, as plain values under the keys of `framewire articles show --json`."""

    values: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    @property
    def text(self) -> str:
        """The passage's text."""
        return str(self.values["text"])

    def _repr_html_(self) -> str:
        return _render("article.html.j2", article=None, passages=_cut([self.values]))


@dataclass(frozen=True, slots=True)
class Article:
    """One article with the labels of its newest version, as plain values; its passages by position."""

    values: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def __len__(self) -> int:
        return len(self.values["passages"])

    def __iter__(self) -> Iterator[Passage]:
        return iter(self.passages)

    @property
    def passages(self) -> list[Passage]:
        """The passages, in the order of the text."""
        return [Passage(values) for values in self.values["passages"]]

    def __repr__(self) -> str:
        return f"<Article {self.values['article']} of {self.values['outlet']}: {self.values['title']}>"

    def _repr_html_(self) -> str:
        return _render("article.html.j2", article=self.values, passages=_cut(self.values["passages"]))


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model was made from, how good it is and where it fails; `values` is the whole card."""

    values: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def __repr__(self) -> str:
        return f"<Model card {self.values['codebook']['id']}/{self.values['version']}>"

    def _repr_html_(self) -> str:
        scores = self.values.get("cross_validation")
        return _render("card.html.j2", card=self.values, scores=scores, rows=_list_narratives(self.values))


def _cut(passages: list[dict[str, Any]]) -> list[tuple[dict[str, Any], Any]]:
    return [(passage, find_pieces(passage)) for passage in passages]


def _list_narratives(card: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a narrative: examples, threshold, scores and agreement where they were measured."""
    scores = (card.get("cross_validation") or {}).get("narratives", {}).get("by_id", {})
    agreement = (card.get("agreement") or {}).get("narratives", {})
    return [
        {
            "id": name,
            "n": card["passages"]["by_narrative"].get(name, 0),
            "is_few": card["passages"]["by_narrative"].get(name, 0) < card["few_examples"],
            **{key: scores.get(name, {}).get(key) for key in ("precision", "recall", "f1")},
            "alpha": agreement.get(name, {}).get("alpha"),
        }
        for name in sorted(card["thresholds"])
    ]


def _render(name: str, **values: Any) -> str:
    """The fragment; letters beyond ASCII are references, so that no encoding can spoil it."""
    return _template(name).render(**values).encode("ascii", "xmlcharrefreplace").decode("ascii")


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("framewire.analysis", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["figure"] = lambda value: "–" if value is None else f"{value:.2f}"
    return environment.get_template(name)
