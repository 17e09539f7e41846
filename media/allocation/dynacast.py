"""Which layers of a publication anybody needs: more is said at once, less when it has lasted."""

from typing import Final

LOWER_AFTER_S: Final = 5.0
REPEAT_S: Final = 10.0
"""What was said is said again: a page whose link blinked must not stay dark."""

Levels = frozenset[int] | None
"""Places of layers, 1 the lowest; None: all that there are."""


class Need:
    """Of one publication as its present peer sends it.

    Until something else is said all is wanted. Time is given, in seconds that only grow.
    """

    def __init__(self) -> None:
        self.told: Levels = None
        self._less_since_s: float | None = None
        self._told_s: float | None = None

    @property
    def is_told(self) -> bool:
        """Whether anything was ever said."""
        return self._told_s is not None

    def hear(self, levels: Levels, now_s: float) -> bool:
        """What is needed now; whether the publisher is to be told `told`."""
        if self.told is not None and (levels is None or levels - self.told):
            return self._tell(None if levels is None else levels | self.told, now_s)
        if levels == self.told:
            self._less_since_s = None
            is_due = self._told_s is not None and now_s - self._told_s >= REPEAT_S
            return is_due and self._tell(levels, now_s)
        if self._less_since_s is None:
            self._less_since_s = now_s
        return now_s - self._less_since_s >= LOWER_AFTER_S and self._tell(levels, now_s)

    def _tell(self, levels: Levels, now_s: float) -> bool:
        self.told, self._told_s, self._less_since_s = levels, now_s, None
        return True


def needed_levels(viewed: int, count: int, *, best: bool = False) -> Levels:
    """Of so many layers all up to the highest that is viewed, and the best for one who keeps it."""
    levels = frozenset(range(1, viewed + 1)) | (frozenset((count,)) if best else frozenset())
    return None if len(levels) >= count else levels
