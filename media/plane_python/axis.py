"""The plane's two clocks: one that never jumps for intervals, and the server's wall clock."""

from platform_api.kernel.clock import Clock

STEP_MS = 500.0
SLEW_MS = 1.0


class Axis:
    """Monotonic ms, and what to add to them to get wall ms since 1970.

    A wall clock that is disciplined gently is followed a millisecond at a time; one that is set anew
    is followed at once, for every part of the house writes that time.
    """

    __slots__ = ("_clock", "_monotonic_s", "offset_ms")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._monotonic_s = clock.monotonic_s
        self.offset_ms = self._offset_now_ms()

    def now_ms(self) -> float:
        return self._monotonic_s() * 1000

    def wall_ms(self) -> float:
        return self._monotonic_s() * 1000 + self.offset_ms

    def follow(self) -> None:
        """Comes nearer to the machine's wall clock; called once a second."""
        error = self._offset_now_ms() - self.offset_ms
        if abs(error) > STEP_MS:
            self.offset_ms += error
        else:
            self.offset_ms += max(-SLEW_MS, min(SLEW_MS, error))

    def _offset_now_ms(self) -> float:
        return self._clock.now().timestamp() * 1000 - self._clock.monotonic_s() * 1000
