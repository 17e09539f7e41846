"""How many octets may go out for the sake of loss: a bucket that time fills."""

from typing import Final

BURST_OCTETS: Final = 150_000.0
FLOOR_BPS: Final = 1_000_000.0
THIN_BURST_MS: Final = 250.0
THIN_BURST_OCTETS: Final = 3_000.0


class OctetBudget:
    """Begins full. One for all that a subscriber is sent again, and one for what is asked again of a flow."""

    __slots__ = ("_filled_ms", "_tokens")

    def __init__(self) -> None:
        self._tokens = BURST_OCTETS
        self._filled_ms: float | None = None

    def fill(self, now_ms: float, flowing_bps: float, most_bps: float | None = None) -> None:
        """What time brings: half of the rate of what flows, at least a megabit a second.

        `most_bps`: what a thin line has for it. More would be lost as well, and be asked for again.
        """
        bps, burst = max(FLOOR_BPS, flowing_bps / 2), BURST_OCTETS
        if most_bps is not None:
            bps = min(bps, most_bps)
            burst = min(burst, max(THIN_BURST_OCTETS, most_bps * THIN_BURST_MS / 8000))
        elapsed_ms = 0.0 if self._filled_ms is None else max(0.0, now_ms - self._filled_ms)
        self._tokens = min(burst, self._tokens + elapsed_ms * bps / 8000)
        self._filled_ms = now_ms

    def take(self, octets: int) -> bool:
        """Whether so many are there; if so they are gone."""
        if octets > self._tokens:
            return False
        self._tokens -= octets
        return True
