"""The packet plane in Python: `media.plane.PacketPlane` on one UDP port, with no task or queue a packet."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from media.core import rtcp
from media.core.twcc import TransportFeedback
from media.plane import (
    Address,
    PeerStats,
    PlaneListener,
    SlotSpec,
    SrtpKeys,
    TapPacket,
    TrackSpec,
)
from media.plane_python import reports
from media.plane_python.axis import Axis
from media.plane_python.congestion import Congestion
from media.plane_python.events import Events
from media.plane_python.fanout import FanOut
from media.plane_python.glimpsing import TURN_S as GLIMPSE_TURN_S
from media.plane_python.ingest import Ingest
from media.plane_python.layer import Layer
from media.plane_python.peer import Peer
from media.plane_python.slot import Slot
from media.plane_python.sockets import UdpPort
from media.plane_python.switchboard import Switchboard
from platform_api.kernel.clock import Clock, SystemClock
from platform_api.kernel.ids import PeerId, PublicationId

TICK_S: Final = 0.1
REPORT_MS: Final = 1_000.0
CATCH_UP_TURN_S: Final = 0.005
LOSS_TURN_S: Final = 0.02
MAX_LOST_A_NACK: Final = 128


class PythonPlane:
    """See `media.plane.PacketPlane`. `port` 0 takes a free one; `host6` None leaves IPv6 out."""

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "0.0.0.0",  # noqa: S104 - media comes from everywhere; the guard stands behind
        host6: str | None = "::",
        clock: Clock | None = None,
    ) -> None:
        self._wanted = (port, host, host6)
        self._axis = Axis(clock or SystemClock())
        self._events = Events()
        self._fan_out = FanOut(self._axis.now_ms)
        self._peers: dict[PeerId, Peer] = {}
        self._board = Switchboard(self._fan_out, self._axis, self._events)
        self._congestion = Congestion(self._fan_out, self._axis, self._events)
        self._ingest = Ingest(self._peers, self._board, self, self._axis, self._events)
        self._port = UdpPort(self._ingest.buffer, self._ingest.datagram, self._drained)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tick_handle: asyncio.TimerHandle | None = None
        self._turn_handle: asyncio.TimerHandle | None = None
        self._listener: PlaneListener | None = None
        self._second_due_ms = 0.0

    # Life

    @property
    def local_port(self) -> int:
        return self._port.number

    async def start(self, listener: PlaneListener) -> None:
        """Binds the port and begins to read; raises OSError where the port is taken."""
        port, host, host6 = self._wanted
        self._port.open(port, host=host, host6=host6)
        self._loop = asyncio.get_running_loop()
        self._listener = self._board.listener = self._ingest.listener = listener
        self._congestion.listener = listener
        self._events.start()
        self._tick_handle = self._loop.call_later(TICK_S, self._tick)

    async def close(self) -> None:
        for handle in (self._tick_handle, self._turn_handle):
            if handle is not None:
                handle.cancel()
        self._tick_handle = self._turn_handle = None
        self._loop = None
        self._port.close()
        for peer in list(self._peers):
            self.remove_peer(peer)
        self._events.stop()

    # Peers

    def add_peer(
        self,
        peer: PeerId,
        *,
        local_ufrag: str,
        local_password: str | None = None,  # noqa: ARG002 - control answers all checks
    ) -> None:
        if peer not in self._peers:
            self._peers[peer] = Peer(peer)
        self._ingest.stun.add(local_ufrag, peer)

    def remove_peer(self, peer: PeerId) -> None:
        known = self._peers.get(peer)
        if known is None:
            return
        self._board.set_tracks(known, ())
        self._board.set_slots(known, ())
        known.forget_keys()
        self._congestion.forget(known)
        self._ingest.reporting.discard(known)
        self._ingest.addresses.remove(peer)
        self._ingest.stun.remove(peer)
        del self._peers[peer]

    def bind_address(self, peer: PeerId, address: Address) -> None:
        known = self._peers.get(peer)
        if known is not None:
            self._ingest.addresses.bind(peer, address, keep=known.address)

    def select_address(self, peer: PeerId, address: Address | None) -> None:
        known = self._peers.get(peer)
        if known is None:
            return
        known.address = address
        known.socket = None if address is None else self._port.sender_for(address)
        self._equip(known)

    def send_control(self, peer: PeerId, data: bytes, address: Address) -> None:
        opened = self._port.sender_for(address)
        if opened is None or peer not in self._peers:
            return
        self._ingest.stun.sent(data, peer, self._axis.now_ms())
        try:
            opened.sendto(data, address)
        except OSError:
            self._fan_out.blocked += 1

    def set_keys(self, peer: PeerId, keys: SrtpKeys) -> None:
        known = self._peers.get(peer)
        if known is None:
            return
        for slot in known.slots.values():
            slot.leave()
        self._congestion.restart(known)
        known.set_keys(keys)
        self._equip(known)
        self._ingest.keys_came(known)

    def _equip(self, peer: Peer) -> None:
        peer.equip_slots()
        self._board.retarget_peer(peer)
        for publication in peer.tracks.values():
            for layer in publication.layers.values():
                self._board.send_due_requests(layer)
        self._schedule_turn()

    # What flows

    def set_tracks(self, peer: PeerId, tracks: Sequence[TrackSpec]) -> None:
        known = self._peers.get(peer)
        if known is not None:
            self._board.set_tracks(known, tracks)

    def set_slots(self, peer: PeerId, slots: Sequence[SlotSpec]) -> None:
        known = self._peers.get(peer)
        if known is not None:
            self._board.set_slots(known, slots)
            self._board.retarget_peer(known)

    def attach(self, peer: PeerId, mid: str, publication: PublicationId | None) -> None:
        slot = self._slot(peer, mid)
        if slot is not None:
            self._board.attach(slot, publication)
            self._turn()

    def set_layer(self, peer: PeerId, mid: str, rid: str | None) -> None:
        slot = self._slot(peer, mid)
        if slot is not None:
            slot.want(rid)
            self._board.retarget(slot)

    def set_paused(self, peer: PeerId, mid: str, paused: bool) -> None:
        slot = self._slot(peer, mid)
        if slot is not None and slot.paused != paused:
            slot.paused = paused
            self._board.retarget(slot)
            self._turn()

    def set_glimpses(self, peer: PeerId, mid: str, bitrate_bps: int | None) -> None:
        slot = self._slot(peer, mid)
        if slot is not None:
            slot.limit_to_glimpses(bitrate_bps)
            self._board.retarget(slot)
            self._turn()

    def set_goal(self, peer: PeerId, bitrate_bps: int) -> None:
        known = self._peers.get(peer)
        if known is not None:
            self._congestion.set_goal(known, bitrate_bps)

    def set_publication_on(self, publication: PublicationId, on: bool) -> None:
        self._board.set_on(publication, on)
        self._turn()

    def request_keyframe(self, publication: PublicationId, rid: str | None = None) -> None:
        live = self._board.live(publication)
        for layer in live.layers.values() if live is not None else ():
            if rid is None or layer.rid == rid:
                self._board.ask_keyframe(layer)

    def tap(self, publication: PublicationId, sink: Callable[[TapPacket], None] | None) -> None:
        self._board.set_tap(publication, sink)

    def _slot(self, peer: PeerId, mid: str) -> Slot | None:
        known = self._peers.get(peer)
        return None if known is None else known.slots.get(mid)

    # Figures

    def peer_stats(self, peer: PeerId) -> PeerStats:
        known = self._peers.get(peer)
        return PeerStats(peer, (), ()) if known is None else known.stats()

    def counters(self) -> Mapping[str, int]:
        out, ingest = self._fan_out, self._ingest
        figures = {
            "in.packets": ingest.packets,
            "in.octets": ingest.octets,
            "in.early": ingest.early,
            "in.recovered": ingest.recovered,
            "in.receive_errors": self._port.receive_errors,
            "out.packets": out.packets,
            "out.octets": out.octets,
            "out.retransmitted": out.retransmitted,
            "out.reports": out.reports,
            "out.blocked": out.blocked,
            "out.unprotected": out.unprotected,
            "out.too_long": out.too_long,
            "peers": len(self._peers),
            "addresses": len(ingest.addresses),
        }
        figures.update((str(reason), count) for reason, count in ingest.dropped.items())
        return figures

    # What packets make the plane do

    def keyframe_wanted(self, layer: Layer) -> None:
        self._board.ask_keyframe(layer)

    def resend(self, slot: Slot, lost: tuple[int, ...]) -> None:
        now_ms = self._axis.now_ms()
        slot.peer.fill_repairs(now_ms)
        for sequence in slot.limit.listen(lost, now_ms):
            self._fan_out.resend(sequence, slot, now_ms=now_ms)

    def clock_learnt(self, layer: Layer) -> None:
        self._board.tell_clock(layer)

    def layer_began(self, layer: Layer) -> None:
        """The first packet of a layer: told, followed, and its publisher encouraged at once."""
        publication = layer.publication
        if self._listener is not None:
            self._events.emit(self._listener.on_track_started, publication.spec.publication, layer.rid)
        self._board.retarget_followers(publication.spec.publication)
        self._board.tell_clock(layer)
        publication.peer.report_due_ms = 0.0

    def packets_reported(self, peer: Peer, feedback: TransportFeedback) -> None:
        self._congestion.on_feedback(peer, feedback)

    def estimate_received(self, peer: Peer, estimate: rtcp.Remb) -> None:
        self._congestion.on_receiver_estimate(peer, estimate)

    # Time

    def _drained(self) -> None:
        if self._ingest.lossy:
            self._ask_lost()
        for peer in self._ingest.reporting:
            self._congestion.tell_publisher(peer)
        self._ingest.reporting.clear()
        self._schedule_turn()
        self._events.flush()

    def _ask_lost(self) -> None:
        now_ms = self._axis.now_ms()
        for layer in list(self._ingest.lossy):
            peer = layer.publication.peer
            lost = layer.loss.due(now_ms, peer.round_trip_ms, layer.rate.bitrate_bps)
            for start in range(0, len(lost), MAX_LOST_A_NACK):
                part = tuple(lost[start : start + MAX_LOST_A_NACK])
                nack = rtcp.Nack(peer.rtcp_ssrc, layer.ssrc, part)
                self._fan_out.send_rtcp(peer, reports.feedback_compound(peer, nack))
            if not layer.loss.waiting:
                self._ingest.lossy.discard(layer)

    def _schedule_turn(self) -> None:
        if self._turn_handle is not None or self._loop is None:
            return
        if self._board.is_catching_up or self._congestion.is_busy:
            self._turn_handle = self._loop.call_later(CATCH_UP_TURN_S, self._turn)
        elif self._board.glimpsing.is_busy:
            self._turn_handle = self._loop.call_later(GLIMPSE_TURN_S, self._turn)
        elif self._ingest.lossy:
            self._turn_handle = self._loop.call_later(LOSS_TURN_S, self._turn)

    def _turn(self) -> None:
        """The quick timer, running only while somebody catches up or something is missing."""
        if self._turn_handle is not None:
            self._turn_handle.cancel()
            self._turn_handle = None
        self._board.catch_up_turn()
        self._board.glimpsing.turn()
        if self._congestion.is_busy:
            self._congestion.turn()
        if self._ingest.lossy:
            self._ask_lost()
        self._schedule_turn()

    def _tick(self) -> None:
        """Ten times a second: reports that are due, keyframe requests that waited, once a second the rest."""
        if self._loop is None:
            return
        self._tick_handle = self._loop.call_later(TICK_S, self._tick)
        now_ms = self._axis.now_ms()
        every_second = now_ms >= self._second_due_ms
        if every_second:
            self._second_due_ms = now_ms + 1_000
            self._axis.follow()
        for peer in self._peers.values():
            for layer in reports.layers_of(peer):
                self._board.send_due_requests(layer)
                if every_second:
                    self._each_second(layer, now_ms)
            if peer.arrivals is not None and peer.arrivals.is_due(now_ms):
                self._congestion.tell_publisher(peer)
            if peer.outbound is not None and now_ms >= peer.report_due_ms:
                self._report(peer, now_ms)
        if every_second:
            self._board.retarget_all()
        self._schedule_turn()
        self._events.flush()

    def _each_second(self, layer: Layer, now_ms: float) -> None:
        layer.rate.tick(layer.reception.octets, now_ms)
        layer.grades.tick(now_ms)
        self._board.tell_clock(layer)
        if layer.waiting:
            self._board.ask_keyframe(layer)

    def _report(self, peer: Peer, now_ms: float) -> None:
        # Spread, so that reports to a full room do not all fall into one turn (RFC 3550 6.2).
        peer.report_due_ms = now_ms + REPORT_MS * random.uniform(0.8, 1.2)  # noqa: S311
        for slot in peer.slots.values():
            slot.rate.tick(slot.octets, now_ms)
        for compound in reports.compounds_for(peer, now_ms + self._axis.offset_ms):
            self._fan_out.send_rtcp(peer, compound)
