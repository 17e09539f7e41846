"""Packets that left together, as one: the unit whose delays are compared (gcc-02 5.2)."""

from typing import NamedTuple

BURST_MS = 5.0
MAX_BURST_MS = 100.0
MAX_JUMP_MS = 3_000.0


class Delta(NamedTuple):
    """From one group to the next: ms between their sendings and their arrivals; when the later arrived."""

    sent_ms: float
    arrival_ms: float
    at_ms: float


class PacketGroups:
    """Tells the difference of two groups once the later of them is complete."""

    __slots__ = ("_before", "_first_arrival", "_first_sent", "_last_arrival", "_last_sent")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The next packet begins anew, compared with nothing."""
        self._before: tuple[float, float] | None = None
        self._first_sent: float | None = None
        self._last_sent = 0.0
        self._first_arrival = 0.0
        self._last_arrival = 0.0

    def add(self, sent_ms: float, arrival_ms: float) -> Delta | None:
        """Takes a packet, by order of sending; one that was overtaken by a whole group is passed over."""
        first = self._first_sent
        if first is None:
            self._begin(sent_ms, arrival_ms)
            return None
        if sent_ms < first:
            return None
        if sent_ms - first <= BURST_MS or self._belongs(sent_ms, arrival_ms):
            self._last_sent = max(self._last_sent, sent_ms)
            self._last_arrival = max(self._last_arrival, arrival_ms)
            return None
        delta = self._delta()
        self._before = self._last_sent, self._last_arrival
        self._begin(sent_ms, arrival_ms)
        return delta

    def _begin(self, sent_ms: float, arrival_ms: float) -> None:
        self._first_sent = self._last_sent = sent_ms
        self._first_arrival = self._last_arrival = arrival_ms

    def _belongs(self, sent_ms: float, arrival_ms: float) -> bool:
        """Sent later, but arrived in one burst with the group: it waited with it on the way."""
        gap_ms = arrival_ms - self._last_arrival
        return (
            gap_ms - (sent_ms - self._last_sent) < 0
            and gap_ms <= BURST_MS
            and arrival_ms - self._first_arrival < MAX_BURST_MS
        )

    def _delta(self) -> Delta | None:
        if self._before is None:
            return None
        sent_ms = self._last_sent - self._before[0]
        arrival_ms = self._last_arrival - self._before[1]
        if arrival_ms < 0 or abs(arrival_ms - sent_ms) > MAX_JUMP_MS:
            return None
        return Delta(sent_ms, arrival_ms, self._last_arrival)
