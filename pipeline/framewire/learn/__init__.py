"""Coded passages in, a trained model with its card out."""

from framewire.learn.agreement import measure_agreement
from framewire.learn.card import build_card, model_version, render_card
from framewire.learn.evaluation import cross_validate, evaluate_model
from framewire.learn.passages import (
    digest_passages,
    find_passage_files,
    load_headers,
    load_passages,
    load_second_codings,
)
from framewire.learn.registry import find_versions, load_model, save_model
from framewire.learn.training import check_passages, train_model, train_with_held_out
from framewire.learn.tried import load_tried

__all__ = [
    "build_card",
    "check_passages",
    "cross_validate",
    "digest_passages",
    "evaluate_model",
    "find_passage_files",
    "find_versions",
    "load_headers",
    "load_model",
    "load_passages",
    "load_second_codings",
    "load_tried",
    "measure_agreement",
    "model_version",
    "render_card",
    "save_model",
    "train_model",
    "train_with_held_out",
]
