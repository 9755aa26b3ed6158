"""How often an address may fail to sign in: a small window in memory, under a clock that is given."""

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

# Source: OWASP Authentication Cheat Sheet: a few tries, then a wait; five in five minutes make guessing a long token hopeless.
MAX_FAILURES = 5
WINDOW_SECONDS = 300.0
# A flood from many addresses must not fill the memory; the ones that failed longest ago are forgotten.
MAX_ADDRESSES = 10_000


class Throttle:
    """Failures by address; those older than the window count no more."""

    def __init__(self, clock: Callable[[], float], *, max_failures: int = MAX_FAILURES) -> None:
        self._clock = clock
        self._max_failures = max_failures
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def find_wait(self, address: str) -> int:
        """How many seconds the address has to wait; 0 = none."""
        with self._lock:
            failures = self._recent(address)
            if len(failures) < self._max_failures:
                return 0
            return max(1, round(WINDOW_SECONDS - (self._clock() - failures[0])))

    def add_failure(self, address: str) -> None:
        """Remember a failure."""
        with self._lock:
            failures = self._recent(address)
            failures.append(self._clock())
            self._failures[address] = failures
            self._failures.move_to_end(address)
            while len(self._failures) > MAX_ADDRESSES:
                self._failures.popitem(last=False)

    def forget(self, address: str) -> None:
        """The address has signed in."""
        with self._lock:
            self._failures.pop(address, None)

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address, deque(maxlen=self._max_failures))
        while failures and self._clock() - failures[0] >= WINDOW_SECONDS:
            failures.popleft()
        return failures
