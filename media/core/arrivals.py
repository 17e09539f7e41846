"""When the packets of a publisher's transport arrived, until it is told (transport-wide feedback upwards)."""

from media.core.sequence import Unwrapper
from media.core.twcc import TransportFeedback, make_feedback

TELL_MS = 50.0
MAX_PENDING = 1024
A_FEEDBACK = 256
"""Arrivals in one feedback: it fits a datagram whatever the times are."""


class ArrivalLog:
    """Holds what was not told yet; `media_ssrc` is that of the last packet."""

    __slots__ = ("_number", "_pending", "_since_ms", "_told", "_unwrapper", "media_ssrc")

    def __init__(self) -> None:
        self._unwrapper = Unwrapper(16)
        self._pending: dict[int, float] = {}
        self._since_ms = 0.0
        self._told: int | None = None
        self._number = 0
        self.media_ssrc = 0

    def arrived(self, sequence: int, ssrc: int, now_ms: float) -> bool:
        """Notes a transport-wide number; true once it is time to tell. A repeated one changes nothing."""
        if not self._pending:
            self._since_ms = now_ms
        if len(self._pending) < MAX_PENDING:
            self._pending.setdefault(self._unwrapper.unwrap(sequence), now_ms)
        self.media_ssrc = ssrc
        return self.is_due(now_ms)

    def is_due(self, now_ms: float) -> bool:
        pending = len(self._pending)
        return pending > 0 and (now_ms - self._since_ms >= TELL_MS or pending >= A_FEEDBACK)

    def take(self, sender_ssrc: int) -> list[TransportFeedback]:
        """All that waits, as feedback: gaps since the last are told as lost, latecomers by themselves."""
        pending = sorted(self._pending.items())
        self._pending = {}
        made = []
        while pending:
            made.append(self._next(sender_ssrc, pending))
        return made

    def _next(self, sender_ssrc: int, pending: list[tuple[int, float]]) -> TransportFeedback:
        first, told = pending[0][0], self._told
        is_late = told is not None and first <= told
        is_gap = told is not None and 0 < first - told <= MAX_PENDING
        base = told + 1 if told is not None and is_gap else first
        most = 1 if is_late else A_FEEDBACK
        arrivals = [(number & 0xFFFF, at_ms) for number, at_ms in pending[:most]]
        feedback, held = make_feedback(
            sender_ssrc, self.media_ssrc, self._number, arrivals, base=base & 0xFFFF
        )
        self._number += 1
        if not is_late:
            self._told = pending[held - 1][0]
        del pending[:held]
        return feedback
