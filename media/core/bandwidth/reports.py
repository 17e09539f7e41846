"""What was sent on one transport, and what became of each packet as its far end reports it."""

from array import array
from typing import NamedTuple

from media.core.sequence import Unwrapper
from media.core.twcc import REFERENCE_BITS, REFERENCE_TICKS, TICK_MS, TransportFeedback

_TOLD_LOST = 0x8000
_REFERENCE_MASK = (1 << REFERENCE_BITS) - 1


class PacketReport(NamedTuple):
    """One packet: when it was sent, and when it arrived on the receiver's clock (None: it did not)."""

    number: int
    sent_ms: float
    arrival_ms: float | None
    octets: int


class SendLog:
    """The last `CAPACITY` packets of a transport by their transport-wide number, extended.

    A packet's place in the arrays is its number & MASK; `flows` and `sequences` say what it was, where that
    can be sent again.
    """

    CAPACITY = 4096
    MASK = CAPACITY - 1

    __slots__ = ("_clock", "flows", "next_number", "octets", "sent_ms", "sequences")

    def __init__(self) -> None:
        self.next_number = 1
        self.sent_ms = array("d", bytes(8 * self.CAPACITY))
        self.octets = array("H", bytes(2 * self.CAPACITY))
        self.flows: list[object | None] = [None] * self.CAPACITY
        self.sequences = array("H", bytes(2 * self.CAPACITY))
        self._clock = Unwrapper(REFERENCE_BITS)

    def sent(self, octets: int, now_ms: float, flow: object | None = None, sequence: int = 0) -> int:
        """Notes a packet that leaves; gives its extended number, of which the wire shows 16 bits."""
        number = self.next_number
        self.next_number = number + 1
        place = number & self.MASK
        self.sent_ms[place] = now_ms
        self.octets[place] = octets
        self.flows[place] = flow
        self.sequences[place] = sequence & 0xFFFF
        return number

    def take(self, feedback: TransportFeedback) -> list[PacketReport]:
        """What is new in this feedback, by number: each packet arrives once and is lost once.

        Numbers that were never given, or are no longer remembered, are passed over.
        """
        extended = self._clock.peek(feedback.reference & _REFERENCE_MASK)
        # What to add to arrivals so that they do not jump where the receiver's 24 bits wrap.
        shift_ms = (extended - feedback.reference) * REFERENCE_TICKS * TICK_MS
        reports: list[PacketReport] = []
        newest = self.next_number - 1
        for sequence, arrival_ms in feedback.statuses():
            back = (newest - sequence) & 0xFFFF
            number = newest - back
            if back >= self.CAPACITY or number < 1:
                continue
            place = number & self.MASK
            octets = self.octets[place]
            if octets == 0:
                continue
            sent_ms = self.sent_ms[place]
            if arrival_ms is not None:
                self.octets[place] = 0
                report = PacketReport(number, sent_ms, arrival_ms + shift_ms, octets & ~_TOLD_LOST)
                reports.append(report)
            elif not octets & _TOLD_LOST:
                self.octets[place] = octets | _TOLD_LOST
                reports.append(PacketReport(number, sent_ms, None, octets))
        if reports:
            self._clock.unwrap(feedback.reference & _REFERENCE_MASK)
        return reports
