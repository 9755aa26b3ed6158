"""Which model is in use, since when, by whose word: each promotion is kept with the model's row and never taken out.

The record stands in the `card` column under a key of its own, beside the card, so that it needed no table. A model without any
record was trained before there were promotions, and came into use by being trained.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from framewire.store.schema import models

HISTORY = "history"
PROMOTED, HELD_BACK = "promoted", "held back"


def add_event(conn: Connection, model_row_id: int, *, what: str, now: datetime, by: str, why: str) -> None:
    """Put on record that a model was promoted or held back: when, by whom, and why. The newest promotion is in use.

    Raises:
        ValueError: `what` is neither.
    """
    if what not in (PROMOTED, HELD_BACK):
        raise ValueError(f"a model is '{PROMOTED}' or '{HELD_BACK}', not '{what}'")
    cards = {row.id: row.card for row in conn.execute(select(models.c.id, models.c.card))}
    # Clocks of several machines, and `--now`, run backwards; numbers do not.
    number = 1 + max((event["number"] for card in cards.values() for event in card.get(HISTORY, [])), default=0)
    event = {"number": number, "what": what, "at": now.isoformat(), "by": by, "why": why}
    card = cards[model_row_id]
    changed = {**card, HISTORY: [*card.get(HISTORY, []), event]}
    conn.execute(update(models).where(models.c.id == model_row_id).values(card=changed))


def split_card(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `models` with `history` beside the card, oldest event first."""
    card = {key: value for key, value in row["card"].items() if key != HISTORY}
    return {**row, "card": card, HISTORY: list(row["card"].get(HISTORY, []))}


def find_promotion(row: Mapping[str, Any]) -> int | None:
    """The number of a model's newest promotion; 0 if it came into use before there were any, None if it was never in use."""
    events = row[HISTORY]
    if not events:
        return 0
    return max((event["number"] for event in events if event["what"] == PROMOTED), default=None)


def rank_use(row: Mapping[str, Any]) -> tuple[int, datetime, int]:
    """What models are ordered by: the highest is in use."""
    number = find_promotion(row)
    return -1 if number is None else number, row["added_at"], row["id"]
