"""What the statistics said a moment ago, kept for as long as they hardly change."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

V = TypeVar("V")
KEPT_S: Final = 60.0
MOST: Final = 2_000
"""So many answers are kept; the one that was asked for longest ago goes."""


class Remembered(Generic[V]):
    """Values by what they were asked for, each for a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """The value, if it is fresh."""
        at, value = self._kept.get(key, (0.0, None))
        if value is None or self._clock() - at > KEPT_S:
            return None
        self._kept.move_to_end(key)
        return value

    def keep(self, key: Hashable, value: V) -> V:
        """The value, kept."""
        self._kept[key] = (self._clock(), value)
        self._kept.move_to_end(key)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return value
