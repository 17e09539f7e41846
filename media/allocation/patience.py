"""How long there must have been room on a line: short on a calm one, long on a restless one."""

from typing import Final

CALM_S: Final = 1.0
CLIMB_S: Final = 0.5
LONGEST_S: Final = 8.0
SOON_S: Final = 5.0
FORGIVEN_S: Final = 20.0
START_S: Final = 3.0
"""So long after the first estimate what has room rises at once: nobody waits for a sharp picture."""


class Patience:
    """Of one line. A rise that was taken back soon doubles the wait; time without another such forgives it.

    A line that was found to carry more, and then still more, is followed quickly; so is a calm one that was
    found to carry all that is wanted: nothing is to be gained by learning more of it. Pure.
    """

    def __init__(self) -> None:
        self._first_s: float | None = None
        self._wait_s = CALM_S
        self._rose_s = float("-inf")
        self._fell_s = float("-inf")
        self._taken_back_s = float("-inf")

    def begin(self, now_s: float) -> None:
        """There is an estimate; the first one counts."""
        if self._first_s is None:
            self._first_s = now_s

    def fell(self, now_s: float) -> None:
        """Something had to give way."""
        if now_s - self._rose_s < SOON_S:
            self._wait_s = min(self._waits_s(now_s) * 2, LONGEST_S)
            self._taken_back_s = now_s
        self._fell_s = now_s

    def rose(self, now_s: float) -> None:
        self._rose_s = now_s

    def wait_s(self, now_s: float, *, for_all: bool = False) -> float:
        """How long the room must have lasted now; `for_all`: it is room for everything wanted."""
        if self._first_s is None or now_s - self._first_s < START_S:
            return 0.0
        wait_s = self._waits_s(now_s)
        is_climbing = self._rose_s > self._fell_s and now_s - self._rose_s < SOON_S
        is_soon = is_climbing or (for_all and wait_s <= CALM_S)
        return min(CLIMB_S, wait_s) if is_soon else wait_s

    def _waits_s(self, now_s: float) -> float:
        return self._wait_s if now_s - self._taken_back_s <= FORGIVEN_S else CALM_S
