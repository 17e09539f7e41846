"""Which rooms an operator's figures name: no more than a hundred at once; the rest are one."""

from collections.abc import Callable
from typing import Final

from platform_api.kernel.clock import Clock

MAX_ROOMS_NAMED: Final = 100
OTHERS: Final = "others"
QUIET_S: Final = 3_600.0
"""A room of which nothing was heard for so long gives its place to another."""


class NamedRooms:
    """Gives places to rooms as they are heard of; `forget` is told of each that loses its own."""

    def __init__(self, clock: Clock, forget: Callable[[str], None]) -> None:
        self._clock = clock
        self._forget = forget
        self._heard_s: dict[str, float] = {}

    def name(self, room: str) -> str:
        """What the room is called in figures from now on."""
        now_s = self._clock.monotonic_s()
        if room not in self._heard_s and len(self._heard_s) >= MAX_ROOMS_NAMED:
            self._make_room(now_s)
        if room not in self._heard_s and len(self._heard_s) >= MAX_ROOMS_NAMED:
            return OTHERS
        self._heard_s[room] = now_s
        return room

    def _make_room(self, now_s: float) -> None:
        for room in [each for each, heard_s in self._heard_s.items() if now_s - heard_s >= QUIET_S]:
            del self._heard_s[room]
            self._forget(room)
