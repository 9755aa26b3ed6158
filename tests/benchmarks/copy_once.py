"""One copy of a store into another, measured: `python copy_once.py SOURCE_URL TARGET_URL` prints rows, seconds, CPU and the most memory held."""

import json
import sys
import time

from measure import peak_mb

from framewire.store import copy_store


def main() -> None:
    """Measures one copy."""
    begun, base = time.perf_counter(), peak_mb()
    arrived: dict[str, float] = {}

    def note(table: str, done: int, total: int) -> None:
        if done == total:
            arrived[table] = time.perf_counter() - begun

    copied = copy_store(sys.argv[1], sys.argv[2], progress=note)
    told = {
        "rows": sum(one.n_rows for one in copied),
        "before": sum(one.n_before for one in copied),
        "seconds": time.perf_counter() - begun,
        # The rest is verification: both stores are read again.
        "copied_seconds": max(arrived.values()),
        "cpu": time.process_time(),
        "start_mb": base,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
