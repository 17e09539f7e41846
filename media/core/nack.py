"""Loss on both sides of a hop: what we miss and ask for, and what we are asked for and grant."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from media.core.budget import OctetBudget

PACKET_OCTETS: Final = 1200
"""What each packet that is asked for is taken to cost the line on which it comes."""


@dataclass(slots=True)
class _Missing:
    asked_ms: float | None
    tries: int
    since_ms: float


class LossTracker:
    """Finds gaps in one incoming flow and says when to ask for them (RFC 4585 6.2.1).

    Bounded: at most `MAX_MISSING` gaps are held; a jump of more than that is taken for a new beginning.
    """

    MAX_MISSING = 256
    MAX_TRIES = 8
    MAX_AGE_MS = 1500
    MIN_INTERVAL_MS = 30

    __slots__ = ("_budget", "_highest", "_missing", "given_up", "recovered", "sent")

    def __init__(self) -> None:
        self._highest: int | None = None
        self._missing: OrderedDict[int, _Missing] = OrderedDict()
        self._budget = OctetBudget()
        self.sent = 0
        self.recovered = 0
        self.given_up = 0

    def arrived(self, sequence: int, now_ms: float) -> bool:
        """Notes an extended sequence number; true if gaps are waiting to be asked for."""
        highest = self._highest
        if highest is None or sequence == highest + 1:
            self._highest = sequence
        elif sequence > highest:
            self._open_gap(highest, sequence, now_ms)
        elif self._missing.pop(sequence, None) is not None:
            self.recovered += 1
        return bool(self._missing)

    def _open_gap(self, highest: int, sequence: int, now_ms: float) -> None:
        self._highest = sequence
        if sequence - highest > self.MAX_MISSING:
            self.given_up += len(self._missing)
            self._missing.clear()
            return
        for lost in range(highest + 1, sequence):
            self._missing[lost] = _Missing(None, 0, now_ms)
        while len(self._missing) > self.MAX_MISSING:
            self._missing.popitem(last=False)
            self.given_up += 1

    @property
    def waiting(self) -> bool:
        return bool(self._missing)

    def due(self, now_ms: float, rtt_ms: float, flowing_bps: float) -> list[int]:
        """The 16-bit sequence numbers to ask for now, oldest first; each again after a round trip.

        No more than the budget of a flow of this rate: a line that loses much is not filled with repairs
        besides. What is beyond it is asked for in a later turn.
        """
        self._budget.fill(now_ms, flowing_bps)
        interval_ms = max(rtt_ms, self.MIN_INTERVAL_MS)
        asked: list[int] = []
        for sequence, missing in list(self._missing.items()):
            if missing.tries >= self.MAX_TRIES or now_ms - missing.since_ms > self.MAX_AGE_MS:
                del self._missing[sequence]
                self.given_up += 1
            elif missing.asked_ms is None or now_ms - missing.asked_ms >= interval_ms:
                if not self._budget.take(PACKET_OCTETS):
                    break
                missing.asked_ms = now_ms
                missing.tries += 1
                asked.append(sequence & 0xFFFF)
        self.sent += len(asked)
        return asked


class RetransmissionLimit:
    """Whether a packet of one flow may be sent again: each at most once a round trip, within the budget.

    The budget is the subscriber's, for all its flows.

    One NACK of 1400 bytes can name 5800 packets; without a limit a subscriber could turn a trickle of
    feedback into a flood of media.
    """

    MAX_REMEMBERED = 1024
    MIN_INTERVAL_MS = 10
    MAX_NAMED_A_SECOND = 1000

    __slots__ = ("_named", "_named_since_ms", "_sent_ms", "refused")

    def __init__(self) -> None:
        self._sent_ms: OrderedDict[int, float] = OrderedDict()
        self._named = 0
        self._named_since_ms = 0.0
        self.refused = 0

    def listen(self, lost: Sequence[int], now_ms: float) -> Sequence[int]:
        """Those of the sequence numbers asked for that are looked up at all: a thousand a second."""
        if now_ms - self._named_since_ms >= 1000:
            self._named, self._named_since_ms = 0, now_ms
        heard = lost[: self.MAX_NAMED_A_SECOND - self._named]
        self._named += len(heard)
        self.refused += len(lost) - len(heard)
        return heard

    def allow(self, sequence: int, size: int, *, now_ms: float, rtt_ms: float, budget: OctetBudget) -> bool:
        """Takes `size` octets from the budget for this out-sequence, or refuses and counts it."""
        last_ms = self._sent_ms.get(sequence)
        if last_ms is not None and now_ms - last_ms < max(rtt_ms, self.MIN_INTERVAL_MS):
            self.refused += 1
            return False
        if not budget.take(size):
            self.refused += 1
            return False
        self._sent_ms[sequence] = now_ms
        self._sent_ms.move_to_end(sequence)
        if len(self._sent_ms) > self.MAX_REMEMBERED:
            self._sent_ms.popitem(last=False)
        return True
