"""Time as a dependency: aware UTC for moments, monotonic seconds for durations."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What code that needs the time is given."""

    def now(self) -> datetime:
        """The moment, aware UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never jump, for durations and time-outs."""
        ...

    async def pause(self, seconds: float) -> None:
        """Gives control back once so many of those seconds have passed."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that tests move by hand."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic_s = 0.0
        self._pauses: dict[asyncio.Event, float] = {}

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds
        for over, due_s in self._pauses.items():
            if due_s <= self._monotonic_s:
                over.set()

    async def pause(self, seconds: float) -> None:
        """Ends when somebody has advanced the clock so far."""
        over = asyncio.Event()
        self._pauses[over] = self._monotonic_s + seconds
        try:
            await over.wait()
        finally:
            del self._pauses[over]

    def jump(self, seconds: float) -> None:
        """Moves the wall clock alone, as an administrator's correction does."""
        self._now += timedelta(seconds=seconds)


def unix_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return round(moment.timestamp() * 1000)
