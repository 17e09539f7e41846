"""The native packet plane as `media.plane.PacketPlane`: calls go down to the engine's thread, events come up.

Importing this module fails with ImportError where the extension was not built; the Python plane serves then.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from media.plane import (
    Address,
    ClockPoint,
    GradeStats,
    LayerStats,
    LineEstimate,
    PeerStats,
    PlaneListener,
    SlotClockPoint,
    SlotSpec,
    SlotStats,
    SrtpKeys,
    TapPacket,
    TrackSpec,
    TrackStats,
)
from media.plane_native import _core
from media.plane_native._core import Core
from media.plane_native.fresh import require_seam
from platform_api.kernel.ids import PeerId, PublicationId
from platform_api.kernel.log import get_logger

if TYPE_CHECKING:
    from media.plane_native._core import LayerFigures, SlotFigures, TrackFigures

TapSink = Callable[[TapPacket], None]


class NativePlane:
    """See `media.plane.PacketPlane`. `port` 0 takes a free one; `host6` None leaves IPv6 out.

    `segments`: several packets to one peer go to the kernel as one (UDP GSO), until a device refuses it.
    Raises StaleExtensionError where the extension was built for another version of these files.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "0.0.0.0",  # noqa: S104 - media comes from everywhere; the guard stands behind
        host6: str | None = "::",
        segments: bool = True,
    ) -> None:
        require_seam(_core)
        self._wanted = (port, host, host6, segments)
        self._core: Core | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: PlaneListener | None = None
        self._taps: dict[PublicationId, TapSink] = {}
        self._log = get_logger("media.plane")

    # Life

    @property
    def local_port(self) -> int:
        return self._running.local_port

    @property
    def _running(self) -> Core:
        if self._core is None:
            raise RuntimeError("the plane is not running")
        return self._core

    async def start(self, listener: PlaneListener) -> None:
        """Binds the port and starts the engine; raises OSError where the port is taken."""
        self._core = Core(*self._wanted)
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._core.news_fd, self._hear)

    async def close(self) -> None:
        core, self._core = self._core, None
        if core is None:
            return
        if self._loop is not None:
            self._loop.remove_reader(core.news_fd)
        core.close()
        self._taps.clear()

    # Peers

    def add_peer(self, peer: PeerId, *, local_ufrag: str, local_password: str | None = None) -> None:
        self._running.add_peer(peer, local_ufrag)
        if local_password is not None:
            self._running.set_password(peer, local_password)

    def remove_peer(self, peer: PeerId) -> None:
        if self._core is not None:
            self._core.remove_peer(peer)

    def bind_address(self, peer: PeerId, address: Address) -> None:
        self._running.bind_address(peer, *address[:2])

    def select_address(self, peer: PeerId, address: Address | None) -> None:
        if self._core is not None:
            self._core.select_address(peer, None if address is None else address[:2])

    def send_control(self, peer: PeerId, data: bytes, address: Address) -> None:
        if self._core is not None:
            self._core.send_control(peer, data, *address[:2])

    def set_keys(self, peer: PeerId, keys: SrtpKeys) -> None:
        """Raises ValueError where the keys do not fit their profile."""
        self._running.set_keys(peer, keys.profile, keys.transmit, keys.receive)

    # What flows

    def set_tracks(self, peer: PeerId, tracks: Sequence[TrackSpec]) -> None:
        self._running.set_tracks(peer, tracks)

    def set_slots(self, peer: PeerId, slots: Sequence[SlotSpec]) -> None:
        self._running.set_slots(peer, slots)

    def attach(self, peer: PeerId, mid: str, publication: PublicationId | None) -> None:
        self._running.attach(peer, mid, publication)

    def set_layer(self, peer: PeerId, mid: str, rid: str | None) -> None:
        self._running.set_layer(peer, mid, rid)

    def set_paused(self, peer: PeerId, mid: str, paused: bool) -> None:
        self._running.set_paused(peer, mid, paused)

    def set_glimpses(self, peer: PeerId, mid: str, bitrate_bps: int | None) -> None:
        self._running.set_glimpses(peer, mid, bitrate_bps)

    def set_goal(self, peer: PeerId, bitrate_bps: int) -> None:
        self._running.set_goal(peer, max(0, bitrate_bps))

    def set_publication_on(self, publication: PublicationId, on: bool) -> None:
        self._running.set_publication_on(publication, on)

    def request_keyframe(self, publication: PublicationId, rid: str | None = None) -> None:
        self._running.request_keyframe(publication, rid)

    def tap(self, publication: PublicationId, sink: TapSink | None) -> None:
        if sink is None:
            self._taps.pop(publication, None)
        else:
            self._taps[publication] = sink
        if self._core is not None:
            self._core.set_tapped(publication, sink is not None)

    # Figures

    def peer_stats(self, peer: PeerId) -> PeerStats:
        tracks, slots = self._running.peer_stats(peer)
        return PeerStats(peer, tuple(map(_track_stats, tracks)), tuple(map(_slot_stats, slots)))

    def counters(self) -> Mapping[str, int]:
        return self._running.counters()

    # What the engine tells

    def _hear(self) -> None:
        core = self._core
        if core is None:
            return
        events, tapped = core.take_events(), core.take_tapped()
        for event in events:
            self._guarded(self._tell, *event)
        for publication, rid, arrival_ms, data in tapped:
            sink = self._taps.get(PublicationId(publication))
            if sink is not None:
                self._guarded(sink, TapPacket(rid, arrival_ms, data))

    def _guarded(self, tell: Callable[..., None], *args: Any) -> None:  # noqa: ANN401 - as the event has them
        """A listener that fails is logged and does not keep the others from hearing."""
        try:
            tell(*args)
        except Exception:  # noqa: BLE001 - the listener's fault, seen in the log
            self._log.exception("plane.listener_failed")

    def _tell(self, kind: str, *fields: Any) -> None:  # noqa: ANN401 - as the event has them
        listener = self._listener
        if listener is None:
            return
        match kind, fields:
            case "control", (peer, data, address):
                listener.on_control_datagram(peer, data, address)
            case "started", (publication, rid):
                listener.on_track_started(publication, rid)
            case "clock", (publication, rid, (timestamp, capture_ms, clock_rate)):
                listener.on_clock(publication, rid, ClockPoint(timestamp, capture_ms, clock_rate))
            case "slot_clock", (peer, mid, (timestamp, capture_ms, clock_rate), source_timestamp, rid):
                point = SlotClockPoint(timestamp, capture_ms, clock_rate, source_timestamp, rid)
                listener.on_slot_clock(peer, mid, point)
            case "level", (publication, level_dbov):
                listener.on_audio_level(publication, level_dbov)
            case "flood", (peer,):
                listener.on_flood(peer)
            case "estimate", (peer, figures):
                listener.on_estimate(peer, LineEstimate(*figures))


def _track_stats(figures: "TrackFigures") -> TrackStats:
    publication, layers, nacks_sent, plis_sent = figures
    return TrackStats(
        publication=PublicationId(publication),
        layers=tuple(map(_layer_stats, layers)),
        nacks_sent=nacks_sent,
        plis_sent=plis_sent,
    )


def _layer_stats(figures: "LayerFigures") -> LayerStats:
    rid, ssrc, packets, octets, lost, bitrate_bps, keyframes, grades = figures
    return LayerStats(
        rid=rid,
        ssrc=ssrc,
        packets=packets,
        octets=octets,
        lost=lost,
        bitrate_bps=bitrate_bps,
        keyframes=keyframes,
        grades=tuple(GradeStats(*grade) for grade in grades),
    )


def _slot_stats(figures: "SlotFigures") -> SlotStats:
    mid, publication, packets, octets, retransmitted, lost, rtt_ms, layer, bitrate_bps, every_ms = figures
    return SlotStats(
        mid=mid,
        publication=None if publication is None else PublicationId(publication),
        packets=packets,
        octets=octets,
        retransmitted=retransmitted,
        fraction_lost=lost,
        rtt_ms=rtt_ms,
        layer=layer,
        bitrate_bps=bitrate_bps,
        glimpse_every_ms=every_ms,
    )
