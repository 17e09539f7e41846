"""One peer connection: its addresses, keys, SSRCs, and what it sends and receives."""

import secrets
import socket
from typing import TYPE_CHECKING, Final

from media.core.allowance import Allowance
from media.core.arrivals import ArrivalLog
from media.core.budget import OctetBudget
from media.core.clock_map import SenderClock
from media.plane import Address, PeerStats, SrtpKeys
from media.plane_python.guard import MAX_CONTROL_A_SECOND
from media.plane_python.line import Line
from media.plane_python.srtp import SrtpContext
from platform_api.kernel.ids import PeerId, PublicationId

if TYPE_CHECKING:
    from media.plane_python.layer import Layer
    from media.plane_python.publication import Publication
    from media.plane_python.slot import Slot

MAX_SSRCS: Final = 32
SSRC_IDLE_MS: Final = 10_000.0
DEFAULT_RTT_MS: Final = 60.0
MAX_EARLY: Final = 128
EARLY_MS: Final = 1_000.0


class Flow:
    """What an authenticated SSRC of a peer carries; no layer: not known (yet).

    `mid` and `rid` are what its packets once said: a sender leaves both out as soon as a receiver report
    names the SSRC, but the section may begin anew later (another codec).
    """

    __slots__ = ("is_rtx", "last_ms", "layer", "mid", "rid")

    def __init__(self, now_ms: float) -> None:
        self.layer: Layer | None = None
        self.mid: str | None = None
        self.rid: str | None = None
        self.is_rtx = False
        self.last_ms = now_ms


class Peer:
    """State of one peer; all tables are bounded."""

    def __init__(self, peer: PeerId) -> None:
        self.id = peer
        self.address: Address | None = None
        self.socket: socket.socket | None = None
        self.goal_bps = 0
        self.line: Line | None = None
        self.allowance = Allowance()
        self.repairs = OctetBudget()  # for all that the peer is sent again
        self.arrivals: ArrivalLog | None = None
        self.inbound: SrtpContext | None = None
        self.outbound: SrtpContext | None = None
        self.flows: dict[int, Flow] = {}
        self._early: list[tuple[bytes, Address, float]] = []
        self.tracks: dict[PublicationId, Publication] = {}
        self.slots: dict[str, Slot] = {}
        self.slots_by_ssrc: dict[int, Slot] = {}
        self.sender_clock = SenderClock()
        self.rtcp_ssrc = 1 + secrets.randbelow(0xFFFFFFFE)
        self.rtt_ms: float | None = None
        self.report_due_ms = 0.0
        self._control_since_ms = 0.0
        self._control_seen = 0

    @property
    def round_trip_ms(self) -> float:
        """The last measured round trip, or a cautious guess."""
        return DEFAULT_RTT_MS if self.rtt_ms is None else self.rtt_ms

    def set_keys(self, keys: SrtpKeys) -> None:
        """Takes new keys; what was counted under the old ones begins again."""
        inbound = SrtpContext(keys.profile, keys.receive, inbound=True)
        outbound = SrtpContext(keys.profile, keys.transmit, inbound=False)
        self.forget_keys()
        self.inbound, self.outbound = inbound, outbound
        for slot in self.slots.values():
            slot.restart()

    def forget_keys(self) -> None:
        for context in (self.inbound, self.outbound):
            if context is not None:
                context.close()
        self.inbound = self.outbound = None
        self.flows.clear()
        for slot in self.slots.values():
            slot.context = None

    def fill_repairs(self, now_ms: float) -> None:
        """What may be sent again grows with what flows, as far as the line has room for it."""
        flowing_bps = sum(each.rate.bitrate_bps for each in self.slots.values())
        self.repairs.fill(now_ms, flowing_bps, None if self.line is None else self.line.repairs_bps)

    def equip_slots(self) -> None:
        """Gives every slot what the forwarding loop needs of its peer."""
        if self.line is None and any(slot.shape.transport_id is not None for slot in self.slots.values()):
            self.line = Line(self.goal_bps)
        for slot in self.slots.values():
            is_stamped = self.line is not None and slot.shape.transport_id is not None
            slot.log = self.line.log if self.line is not None and is_stamped else None
            slot.context = None if self.outbound is None else self.outbound.handle
            slot.tag_bytes = 0 if self.outbound is None else self.outbound.tag_bytes
            slot.address = self.address
            slot.socket = self.socket

    def keep_early(self, data: bytes, address: Address, now_ms: float) -> bool:
        """Keeps SRTP that came before its first keys; false if there is no room for it.

        A publisher sends its first keyframe while we still derive them.
        """
        has_room = len(self._early) < MAX_EARLY
        if has_room:
            self._early.append((data, address, now_ms))
        return has_room

    def take_early(self, now_ms: float) -> list[tuple[bytes, Address]]:
        """What came shortly before the keys, in its order."""
        early, self._early = self._early, []
        return [(data, address) for data, address, came_ms in early if now_ms - came_ms <= EARLY_MS]

    def has_room(self, now_ms: float) -> bool:
        """Whether one more SSRC may come in; makes room by forgetting the one idle longest."""
        if len(self.flows) < MAX_SSRCS:
            return True
        ssrc, flow = min(self.flows.items(), key=lambda item: item[1].last_ms)
        if now_ms - flow.last_ms < SSRC_IDLE_MS:
            return False
        del self.flows[ssrc]
        if self.inbound is not None:
            self.inbound.forget(ssrc)
        return True

    def admit(self, ssrc: int, now_ms: float) -> Flow:
        """The entry of an SSRC whose packet has just passed authentication."""
        flow = self.flows.get(ssrc)
        if flow is None:
            flow = self.flows[ssrc] = Flow(now_ms)
        return flow

    def forget_layers(self, publication: "Publication") -> None:
        """SSRCs of a publication that has ended stay authenticated but carry nothing."""
        for flow in self.flows.values():
            if flow.layer is not None and flow.layer.publication is publication:
                flow.layer = None

    def allows_control(self, now_ms: float) -> bool:
        """Whether one more STUN or DTLS datagram of this second may go up."""
        if now_ms - self._control_since_ms >= 1_000:
            self._control_since_ms, self._control_seen = now_ms, 0
        self._control_seen += 1
        return self._control_seen <= MAX_CONTROL_A_SECOND

    def stats(self) -> PeerStats:
        return PeerStats(
            self.id,
            tuple(publication.stats() for publication in self.tracks.values()),
            tuple(slot.stats() for slot in self.slots.values()),
        )
