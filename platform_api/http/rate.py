"""How often one asker may call one route: a bucket each, in memory, bounded (GCRA)."""

from collections import OrderedDict
from dataclasses import dataclass

from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import TooMany

MAX_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` calls at once and `count` per `per_s` seconds over time."""

    count: int
    per_s: float


DEFAULT_RATE = Rate(300, 60)


class RateLimiter:
    """Remembers for each key when its bucket will be empty; forgets the longest untouched first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, rate: Rate) -> None:
        """Counts one call; raises TooMany `rate.exceeded` and counts nothing when the bucket is full."""
        now = self._clock.monotonic_s()
        step = rate.per_s / rate.count
        empty_at = max(self._empty_at.get(key, now), now) + step
        wait_s = empty_at - now - rate.per_s
        if wait_s > 1e-9:
            raise TooMany("rate.exceeded", retry_after_s=wait_s)
        self._empty_at[key] = empty_at
        self._empty_at.move_to_end(key)
        if len(self._empty_at) > MAX_KEYS:
            self._empty_at.popitem(last=False)
