"""Guesses as this process counted them, on the clock that never jumps (CR-03).

The database counts for all processes and outlives them, by moments; were the machine's clock put forward,
its locks would end early. So each process also remembers what it counted, by seconds that only go forward.
"""

from collections import OrderedDict, deque
from typing import Final

from platform_api.identity.rules import AttemptLimit

MOST_KEYS: Final = 20_000
"""More are forgotten oldest first; the database still counts them."""
MOST_KEPT: Final = 64
"""Of one key; no limit is higher."""


class Guesses:
    """When the last guesses of each key were counted, in seconds that never jump."""

    def __init__(self) -> None:
        self._counted: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str, limit: AttemptLimit, now_s: float) -> float:
        """How long until another guess may be counted; 0 for now."""
        counted = self._counted.get(key, ())
        if len(counted) < limit.count:
            return 0.0
        return max(counted[-limit.count] + limit.window.total_seconds() - now_s, 0.0)

    def add(self, key: str, now_s: float) -> None:
        """Remembers one that was counted now."""
        self._counted.setdefault(key, deque(maxlen=MOST_KEPT)).append(now_s)
        self._counted.move_to_end(key)
        if len(self._counted) > MOST_KEYS:
            self._counted.popitem(last=False)

    def forget(self, key: str) -> None:
        """Whoever proved the secret starts afresh."""
        self._counted.pop(key, None)

    def forget_one(self, key: str) -> None:
        """Takes one back, for it turned out right."""
        if counted := self._counted.get(key):
            counted.pop()
