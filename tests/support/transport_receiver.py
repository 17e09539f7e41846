"""A subscriber's end of transport-wide feedback: tells what came, and when it claims it came."""

from collections.abc import Callable

from media.core.extensions import elements
from media.core.sequence import Unwrapper
from media.core.twcc import TransportFeedback, make_feedback
from tests.support.rtp_peer import Received, RtpPeer


def stamp_of(packet: Received, identifier: int) -> int | None:
    """The transport-wide number of a packet; None where it has none."""
    value = elements(packet.data, packet.header).get(identifier)
    return None if value is None else int.from_bytes(value, "big")


class TransportReceiver:
    """`delay_ms`: how much later than it came each packet is said to have come, by the ms since the first."""

    def __init__(self, peer: RtpPeer, identifier: int) -> None:
        self.peer = peer
        self.delay_ms: Callable[[float], float] = lambda _: 0.0
        self.last: TransportFeedback | None = None
        self._identifier = identifier
        self._unwrapper = Unwrapper(16)
        self._read = 0
        self._told: int | None = None
        self._first_ms: float | None = None
        self._number = 0

    def report(self, *, media_ssrc: int | None = None, is_lost: bool = False) -> None:
        """Tells of everything that came since the last report, if anything did. `is_lost`: it is not heard."""
        news = self.peer.rtp[self._read :]
        self._read += len(news)
        arrivals: dict[int, float] = {}
        for packet in news:
            stamp = stamp_of(packet, self._identifier)
            if stamp is None:
                continue
            if self._first_ms is None:
                self._first_ms = packet.at_ms
            delay_ms = self.delay_ms(packet.at_ms - self._first_ms)
            arrivals.setdefault(self._unwrapper.unwrap(stamp), packet.at_ms + delay_ms)
        if arrivals:
            self._make(sorted(arrivals.items()), news[-1].header.ssrc if media_ssrc is None else media_ssrc)
            if not is_lost and self.last is not None:
                self.peer.send_rtcp(self.last)

    def _make(self, arrivals: list[tuple[int, float]], media_ssrc: int) -> None:
        self.last, _ = make_feedback(
            1,
            media_ssrc,
            self._number,
            [(number & 0xFFFF, at_ms) for number, at_ms in arrivals],
            base=None if self._told is None else (self._told + 1) & 0xFFFF,
        )
        self._told = arrivals[-1][0]
        self._number += 1
