"""Which layers of a publication anybody needs: more is said at once, less when it has lasted."""

from typing import Final

LOWER_AFTER_S: Final = 5.0
REPEAT_S: Final = 10.0
"""What was said is said again: a page whose link blinked must not stay dark."""

ALL: Final = 99


class Need:
    """Of one publication as its present peer sends it: level 0 is nobody, 1 the lowest layer.

    Until something else is said all is wanted. Time is given, in seconds that only grow.
    """

    def __init__(self) -> None:
        self.told = ALL
        self._less_since_s: float | None = None
        self._told_s: float | None = None

    @property
    def is_told(self) -> bool:
        """Whether anything was ever said."""
        return self._told_s is not None

    def hear(self, level: int, count: int, now_s: float) -> bool:
        """The highest level that is needed now, of so many; whether the publisher is to be told `told`."""
        level = ALL if level >= count and count else level
        if level >= self.told:
            self._less_since_s = None
            if level > self.told:
                return self._tell(level, now_s)
            return self._told_s is not None and now_s - self._told_s >= REPEAT_S and self._tell(level, now_s)
        if self._less_since_s is None:
            self._less_since_s = now_s
        return now_s - self._less_since_s >= LOWER_AFTER_S and self._tell(level, now_s)

    def _tell(self, level: int, now_s: float) -> bool:
        self.told, self._told_s, self._less_since_s = level, now_s, None
        return True
