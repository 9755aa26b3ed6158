"""Which narratives are good enough for a number: measured agreement of coders, measured precision of the model."""

from collections.abc import Mapping
from typing import Any

# Source: Krippendorff 2004: below .667 no conclusion may rest on a coding, not even a tentative one.
AGREEMENT_FLOOR = 0.667
# Below it most of what a number counts is wrong.
PRECISION_FLOOR = 0.5
NOT_RELIABLE = "not reliable yet"


def find_unreliable(card: Mapping[str, Any] | None) -> dict[str, str]:
    """The narratives below a floor of the model's card, with what is too low: 'agreement .55'.

    What was never measured is below no floor; the method footer says that it was not measured.
    """
    scores = ((card or {}).get("cross_validation") or {}).get("narratives", {}).get("by_id", {})
    agreed = ((card or {}).get("agreement") or {}).get("narratives", {})
    found = {}
    for narrative in sorted({*scores, *agreed}):
        alpha = agreed.get(narrative, {}).get("alpha")
        own = scores.get(narrative, {})
        if alpha is not None and alpha < AGREEMENT_FLOOR:
            found[narrative] = f"agreement {alpha:.2f}"
        elif own.get("support") and own["precision"] < PRECISION_FLOOR:
            found[narrative] = f"precision {own['precision']:.2f}"
    return found
