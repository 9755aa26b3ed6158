"""The direction of the house: which room may import which. Held by walking the imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pipeline" / "framewire"
GROUND = {"records", "errors", "codebook", "text", "files", "yamlfile", "tomlfile", "masking"}
STAGES = {"ingest", "label", "learn", "summarise", "store"}
TOP = {"cli", "analysis", "web", "backfill"}
ALLOWED = {
    "__init__": {"analysis", "codebook", "errors"},
    "errors": set(),
    "masking": set(),
    "records": {"errors"},
    "files": {"errors"},
    "yamlfile": {"errors", "files"},
    "tomlfile": {"errors", "files"},
    "text": {"records", "errors"},
    "codebook": GROUND,
    "mail_settings": GROUND,
    "config": GROUND | {"mail_settings"},
    "exports": GROUND,
    **dict.fromkeys(STAGES, GROUND),
    "processes": {"errors"},
    "learn": GROUND | {"label", "processes"},
    "workflow": GROUND | STAGES | {"config", "mail_settings", "exports", "processes"},
    "analysis": GROUND | STAGES | {"config", "workflow"},
    "backfill": GROUND | STAGES | {"config", "workflow", "exports", "processes"},
    "cli": GROUND | {"config", "workflow", "ingest", "learn", "store", "summarise", "backfill", "web", "processes"},
    "web": GROUND | {"config", "mail_settings", "workflow", "learn", "summarise"},
}
# Edges of the world, and the one room that may touch each.
EDGES = {
    "httpx2": {"ingest"},
    "httpcore2": {"ingest"},
    "sqlalchemy": {"store", "workflow"},
    "alembic": {"store"},
    "smtplib": {"summarise"},
    "imaplib": {"workflow"},
    "click": {"cli"},
    "joblib": {"learn", "processes"},
    "distributed": {"backfill"},
    "fsspec": {"backfill"},
    "warcio": {"ingest"},
    "feedparser": {"ingest"},
    "matplotlib": {"analysis"},
    "starlette": {"web"},
    "uvicorn": {"web"},
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            if node.module == "framewire":
                yield from (f"framewire.{alias.name}" for alias in node.names)


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "framewire" and len(parts) > 1 and parts[1] not in ("__version__", "seeds"):
            assert parts[1] in ALLOWED[room] | {room}, f"{room} may not import {name}"
        if parts[0] in EDGES:
            assert room in EDGES[parts[0]], f"{room} may not import {parts[0]}"


def test_every_room_has_its_rule() -> None:
    assert {room_of(path) for path in MODULES} <= set(ALLOWED)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_models_are_unpickled_in_one_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    unpickles = "joblib.load" in text or "pickle.load" in text
    assert not unpickles or path.relative_to(PACKAGE) == Path("learn/registry.py")


def test_nothing_in_the_code_knows_the_first_codebooks_subject() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8").lower()
        for word in ("artsakh", "stepanakert", "khankendi", "shusha", "baku", "lachin", "zangezur"):
            assert word not in text, f"{path}: {word}"


def test_functions_are_short() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                assert node.end_lineno - node.lineno <= 60, f"{path}: {node.name}"
