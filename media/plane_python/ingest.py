"""Datagrams in: from bytes of anybody to authenticated packets of a peer; drops are counted, never raised."""

from collections import Counter
from struct import Struct
from typing import Final

from media.core import rtcp
from media.core.allowance import Judged
from media.core.arrivals import ArrivalLog
from media.core.errors import MalformedPacket
from media.core.extensions import iterate
from media.core.layers import ALIVE_MS
from media.core.red import open_red
from media.core.rtp import RtpHeader, parse_header, unwrap_rtx
from media.plane import Address, PlaneListener
from media.plane_python import feedback
from media.plane_python.axis import Axis
from media.plane_python.events import Events
from media.plane_python.guard import AddressTable, Drop, Kind, StunTable, classify
from media.plane_python.layer import Layer
from media.plane_python.peer import Flow, Peer
from media.plane_python.resolve import resolve
from media.plane_python.srtp import PacketBuffer, unprotect_rtcp, unprotect_rtp
from media.plane_python.switchboard import Switchboard
from platform_api.kernel.ids import PeerId

_SSRC = Struct(">I")
_REPLAYED: Final = (9, 10)  # srtp_err_status_replay_fail, srtp_err_status_replay_old


class Ingest:
    """The way in. `dropped` counts by reason; `lossy` are the layers with gaps to ask for.

    `reporting` are the publishers that are to hear now how their packets arrived.
    """

    def __init__(
        self,
        peers: dict[PeerId, Peer],
        switchboard: Switchboard,
        actions: feedback.FeedbackActions,
        axis: Axis,
        events: Events,
    ) -> None:
        self.buffer = PacketBuffer()
        self.addresses = AddressTable()
        self.stun = StunTable()
        self.dropped: Counter[Drop] = Counter()
        self.packets = 0
        self.octets = 0
        self.early = 0
        self.recovered = 0
        self.lossy: set[Layer] = set()
        self.reporting: set[Peer] = set()
        self.listener: PlaneListener | None = None
        self._peers = peers
        self._switchboard = switchboard
        self._actions = actions
        self._axis = axis
        self._events = events

    def datagram(self, size: int, address: Address) -> None:
        """One datagram in the buffer, from anybody."""
        kind = classify(self.buffer.view, size)
        if kind is Kind.RTP:
            self._rtp(size, address)
        elif kind is Kind.RTCP:
            self._rtcp(size, address)
        elif isinstance(kind, Drop):
            self.dropped[kind] += 1
        else:
            self._control(kind, size, address)

    def keys_came(self, peer: Peer) -> None:
        """Reads what came before the keys."""
        for data, address in peer.take_early(self._axis.now_ms()):
            self.buffer.view[: len(data)] = data
            self.datagram(len(data), address)

    def _control(self, kind: Kind, size: int, address: Address) -> None:
        now_ms = self._axis.now_ms()
        data = bytes(self.buffer.view[:size])
        owner: PeerId | Drop
        if kind is Kind.STUN:
            owner = self.stun.owner(data, now_ms)
        else:
            owner = self.addresses.owner(address) or Drop.FOREIGN_ADDRESS
        if isinstance(owner, Drop):
            self.dropped[owner] += 1
        elif not self._peers[owner].allows_control(now_ms):
            self.dropped[Drop.CONTROL_FLOOD] += 1
        elif self.listener is not None:
            self._events.emit(self.listener.on_control_datagram, owner, data, address)

    def _authenticated(self, size: int, address: Address, kind: Kind) -> tuple[Peer, int] | None:
        """(the peer, the plaintext's length) once the datagram has passed SRTP; else None, counted."""
        owner = self.addresses.owner(address)
        if owner is None:
            self.dropped[Drop.FOREIGN_ADDRESS] += 1
            return None
        peer = self._peers[owner]
        if peer.inbound is None:
            data = bytes(self.buffer.view[:size])
            if peer.keep_early(data, address, self._axis.now_ms()):
                self.early += 1
            else:
                self.dropped[Drop.NO_KEYS] += 1
            return None
        buffer = self.buffer
        ssrc = _SSRC.unpack_from(buffer.view, 8 if kind is Kind.RTP else 4)[0]
        if ssrc not in peer.flows and not peer.has_room(self._axis.now_ms()):
            self.dropped[Drop.TOO_MANY_SSRCS] += 1
            return None
        buffer.length[0] = size
        unprotect = unprotect_rtp if kind is Kind.RTP else unprotect_rtcp
        status = unprotect(peer.inbound.handle, buffer.memory, buffer.length)
        if status:
            self.dropped[Drop.REPLAYED if status in _REPLAYED else Drop.NOT_AUTHENTIC] += 1
            return None
        judged = peer.allowance.judge(size, len(peer.tracks), self._axis.now_ms())
        if judged is not Judged.TAKEN:
            self._refuse(peer, judged)
            return None
        return peer, buffer.length[0]

    def _refuse(self, peer: Peer, judged: Judged) -> None:
        self.dropped[Drop.MEDIA_FLOOD] += 1
        if judged is Judged.FLOODS and self.listener is not None:
            self._events.emit(self.listener.on_flood, peer.id)

    def _rtp(self, size: int, address: Address) -> None:
        passed = self._authenticated(size, address, Kind.RTP)
        if passed is None:
            return
        peer, length = passed
        self.packets += 1
        self.octets += length
        now_ms = self._axis.now_ms()
        ssrc = _SSRC.unpack_from(self.buffer.view, 8)[0]
        flow = peer.admit(ssrc, now_ms)
        flow.last_ms = now_ms
        try:
            self._media(peer, flow, bytes(self.buffer.view[:length]), now_ms)
        except MalformedPacket:
            self.dropped[Drop.RTP_MALFORMED] += 1

    def _media(self, peer: Peer, flow: Flow, data: bytes, now_ms: float) -> None:
        header = parse_header(data)
        layer = flow.layer
        if layer is None or layer.publication.layers.get(layer.rid) is not layer:
            if not resolve(peer, flow, data, header, now_ms) or flow.layer is None:
                self.dropped[Drop.UNKNOWN_SSRC] += 1
                return
            layer = flow.layer
        identifier = layer.publication.spec.extensions.transport_cc
        if identifier is not None and header.extension_profile:
            self._note_arrival(peer, identifier, data, header, now_ms)
        if flow.is_rtx:
            if header.payload_end - header.payload_start < 2:
                return  # a probe of the path: padding only (RFC 4588 8.6 allows no such repair)
            data = unwrap_rtx(data, header, ssrc=layer.ssrc, payload_type=layer.publication.spec.payload_type)
            header = parse_header(data)
        elif header.payload_type != layer.publication.spec.payload_type:
            if header.payload_type == layer.publication.spec.red_payload_type:
                self._redundant(layer, data, header, now_ms)
            else:
                self.dropped[Drop.UNKNOWN_SSRC] += 1
            return
        self._layer_packet(layer, data, header, now_ms, repaired=flow.is_rtx)

    def _redundant(self, layer: Layer, data: bytes, header: RtpHeader, now_ms: float) -> None:
        """Voice out of redundant audio: first those before it that were lost, then itself."""
        opened = open_red(data, header, block_type=layer.publication.spec.payload_type)
        for earlier in opened.earlier:
            if layer.lacks(earlier[2] << 8 | earlier[3]):
                self.recovered += 1
                self._layer_packet(layer, earlier, parse_header(earlier), now_ms, repaired=True)
        self._layer_packet(layer, opened.primary, parse_header(opened.primary), now_ms, repaired=False)

    def _note_arrival(
        self, peer: Peer, identifier: int, data: bytes, header: RtpHeader, now_ms: float
    ) -> None:
        for found, start, end in iterate(data, header):
            if found == identifier and end - start == 2:
                if peer.arrivals is None:
                    peer.arrivals = ArrivalLog()
                if peer.arrivals.arrived(data[start] << 8 | data[start + 1], header.ssrc, now_ms):
                    self.reporting.add(peer)
                return

    def _layer_packet(
        self, layer: Layer, data: bytes, header: RtpHeader, now_ms: float, *, repaired: bool
    ) -> None:
        first = layer.reception.packets == 0
        silent_ms = now_ms - layer.last_packet_ms
        packet = layer.accept(
            data, header, now_ms=now_ms, wall_ms=now_ms + self._axis.offset_ms, repaired=repaired
        )
        if packet is None:
            self.dropped[Drop.DUPLICATE] += 1
            return
        if layer.is_video and layer.loss.waiting:
            self.lossy.add(layer)
        publication = layer.publication
        if first and not repaired:
            self._actions.layer_began(layer)
        elif silent_ms > ALIVE_MS:
            self._switchboard.retarget_followers(publication.spec.publication)
        if packet.audio_level is not None and publication.is_live and self.listener is not None:
            level = layer.audio_level_due(packet.audio_level, now_ms)
            if level is not None:
                self._events.emit(self.listener.on_audio_level, publication.spec.publication, level)
        self._switchboard.forward(layer, packet)

    def _rtcp(self, size: int, address: Address) -> None:
        passed = self._authenticated(size, address, Kind.RTCP)
        if passed is None:
            return
        peer, length = passed
        now_ms = self._axis.now_ms()
        peer.admit(_SSRC.unpack_from(self.buffer.view, 4)[0], now_ms).last_ms = now_ms
        try:
            packets = rtcp.parse_compound(bytes(self.buffer.view[:length]))
        except MalformedPacket:
            self.dropped[Drop.RTCP_MALFORMED] += 1
            return
        feedback.handle(peer, packets, self._actions, now_ms + self._axis.offset_ms)
