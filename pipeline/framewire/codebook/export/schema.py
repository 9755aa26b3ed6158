"""The format of a codebook file as a JSON Schema, made from the checked parts themselves."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from framewire.codebook.model import Codebook

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Defaults that say no more than that the key may be left out.
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class _WithoutTitles(GenerateJsonSchema):
    """Leaves out titles that repeat the key."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        del schema
        return False


def build_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a codebook file. What only a whole codebook shows, such as unknown ids, it cannot tell."""
    made = _tidy(Codebook.model_json_schema(schema_generator=_WithoutTitles))
    head = {
        "$schema": DIALECT,
        "title": "Framewire codebook",
        "description": "What Framewire looks for: who and what is named, in which words, and which narratives there are.",
    }
    return head | {key: value for key, value in made.items() if key not in head}


def render_schema() -> str:
    """The schema as a JSON text."""
    return json.dumps(build_schema(), ensure_ascii=False, indent=2) + "\n"


def _tidy(node: Any) -> Any:
    """A schema without empty defaults, which editors would offer as text."""
    if isinstance(node, list):
        return [_tidy(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {key: _tidy(value) for key, value in node.items() if key != "default" or value not in _EMPTY}
