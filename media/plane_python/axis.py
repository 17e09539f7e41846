"""The plane's two clocks: one that never jumps for intervals, and the server's wall clock."""

import time

STEP_MS = 500.0
SLEW_MS = 1.0


class Axis:
    """Monotonic ms, and what to add to them to get wall ms since 1970.

    A wall clock that is disciplined gently is followed a millisecond at a time; one that is set anew
    is followed at once, for every part of the house writes that time.
    """

    __slots__ = ("offset_ms",)

    def __init__(self) -> None:
        self.offset_ms = time.time() * 1000 - time.monotonic() * 1000

    def now_ms(self) -> float:
        return time.monotonic() * 1000

    def wall_ms(self) -> float:
        return time.monotonic() * 1000 + self.offset_ms

    def follow(self) -> None:
        """Comes nearer to the machine's wall clock; called once a second."""
        error = time.time() * 1000 - time.monotonic() * 1000 - self.offset_ms
        if abs(error) > STEP_MS:
            self.offset_ms += error
        else:
            self.offset_ms += max(-SLEW_MS, min(SLEW_MS, error))
