"""Tables whose columns and dtypes are the same whatever is in them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd


def fixed_table(rows: Sequence[Sequence[Any]], dtypes: dict[str, str]) -> pd.DataFrame:
    """A table of these columns and dtypes, also without rows."""
    text = pd.Series(["text"]).dtype
    columns = list(zip(*rows, strict=True)) or [()] * len(dtypes)
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=text if dtype == "text" else dtype)
            for (name, dtype), values in zip(dtypes.items(), columns, strict=True)
        }
    )
