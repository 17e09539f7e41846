"""Packets out: one incoming packet to every slot, or one packet again to one slot.

This is the only code whose cost is multiplied by the number of viewers. The packet is rendered once for
slots of one shape; for each slot it is copied into one buffer, eleven header bytes are written, it is
encrypted in place and given to the kernel. What the kernel does not take is lost; nothing is queued but
video to a peer whose line is thinner than wanted (`media.core.pacing`).
"""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Final, cast

from media.core.bandwidth.reports import SendLog
from media.core.dependency import patch_frame_number
from media.core.packet import MediaPacket, Shape, descriptor_offset, stamp_offset
from media.core.rewrite import Rewriter, Segment, patch_picture
from media.core.rtp import rewrite_identity
from media.plane_python.layer import Layer
from media.plane_python.line import Held
from media.plane_python.peer import Peer
from media.plane_python.slot import Slot
from media.plane_python.srtp import PACKET_BYTES, PacketBuffer, protect_rtcp, protect_rtp

MAX_TRAILER_BYTES: Final = 32
MAX_PLAIN_BYTES: Final = PACKET_BYTES - MAX_TRAILER_BYTES

_IDENTITY = Struct(">BHII")
_WORD = Struct(">H")


class FanOut:
    """Sends RTP and RTCP of all peers through one reused buffer; counts, never raises."""

    def __init__(self, now_ms: Callable[[], float]) -> None:
        self._now_ms = now_ms
        self._buffer = PacketBuffer()
        self.holding: set[Peer] = set()
        self.packets = 0
        self.octets = 0
        self.retransmitted = 0
        self.unprotected = 0
        self.blocked = 0
        self.too_long = 0
        self.reports = 0

    def fan_out(self, packet: MediaPacket, slots: Sequence[Slot], *, newest: bool) -> None:
        """One packet to all slots of its layer: the hot loop."""
        view, memory, length = self._buffer.view, self._buffer.memory, self._buffer.length
        write, protect = _IDENTITY.pack_into, protect_rtp
        sequence, timestamp, marker = packet.sequence, packet.timestamp, 0x80 if packet.marker else 0
        shape, tag_bytes, size, start, payload, stamp = None, -1, 0, 0, 0, 0
        now_ms, sent, data, out = 0.0, 0, b"", view
        for slot in slots:
            rewriter = slot.rewriter
            if (slot.is_choosy or sequence < rewriter.first) and not self._admits(packet, slot, newest):
                continue
            if slot.shape is not shape or slot.tag_bytes != tag_bytes:
                shape, tag_bytes = slot.shape, slot.tag_bytes
                data, start = packet.render(shape)
                size = len(data)
                if size > MAX_PLAIN_BYTES:
                    self.too_long += 1
                    return
                payload, out = size - start, view[: size + tag_bytes]
                stamp = 0 if shape.transport_id is None else stamp_offset(data)
                now_ms = now_ms or (self._now_ms() if stamp else 0.0)
            view[:size] = data
            out_sequence = sequence + rewriter.sequence_delta
            ends = slot.is_choosy and rewriter.grade.ends_picture(packet.place)
            kind, at = slot.payload_type | (0x80 if ends else marker), timestamp + rewriter.timestamp_delta
            write(view, 1, kind, out_sequence & 0xFFFF, at & 0xFFFFFFFF, slot.ssrc)
            if rewriter.patches:
                _patch(view, start, packet, shape, rewriter)
            if newest:
                rewriter.last = packet
            if slot.pacer is not None and self._held(slot, size, stamp, payload, out_sequence):
                continue
            if stamp and slot.log is not None:
                number = slot.log.sent(size, now_ms, slot, out_sequence)
                _WORD.pack_into(view, stamp, number & 0xFFFF)
                if slot.stamps is not None:
                    slot.stamps.keep(out_sequence, number)
            length[0] = size
            if protect(slot.context, memory, length):
                self.unprotected += 1
                continue
            try:
                slot.socket.sendto(out, slot.address)  # type: ignore[union-attr, arg-type]
            except OSError:
                self.blocked += 1
                continue
            slot.packets += 1
            slot.octets += payload
            sent += 1
        self.packets, self.octets = self.packets + sent, self.octets + sent * size

    def _admits(self, packet: MediaPacket, slot: Slot, newest: bool) -> bool:
        """Whether it leaves as the next of the slot's flow; one that came late takes its own place."""
        if packet.sequence < slot.rewriter.first or not newest:
            self.send_late(packet, slot)
            return False
        return slot.admits(packet)

    def send_late(self, packet: MediaPacket, slot: Slot) -> None:
        """A packet that came out of order: it takes the place that was kept for it, if one was."""
        segment = slot.rewriter.segment_of(slot.layer, packet.sequence)
        if segment is not None and self._send_as_was(packet, slot, segment, slot.payload_type, again=False):
            slot.packets += 1
            slot.octets += packet.payload_end - packet.payload_start

    def send_next(self, packet: MediaPacket, slot: Slot) -> None:
        """The next packet of a slot that is catching up."""
        slot.retime_for(packet)
        self.fan_out(packet, (slot,), newest=True)

    def resend(self, sequence: int, slot: Slot, *, now_ms: float, round_trips: float = 1.0) -> bool:
        """Answers one lost sequence number of a slot, by RTX where negotiated, within its limits.

        Each at most once in so many round trips.
        """
        found = slot.rewriter.find(sequence)
        if found is None:
            return False
        segment, in_sequence = found
        layer = cast(Layer, segment.source)
        packet = layer.cache.get(in_sequence)
        if packet is None or packet.is_padding:
            return False
        size = len(packet.data)
        peer = slot.peer
        if not slot.limit.allow(
            sequence, size, now_ms=now_ms, rtt_ms=peer.round_trip_ms * round_trips, budget=peer.repairs
        ):
            return False
        payload_type, rtx_payload_type = slot.payload_types_for(layer.publication.spec.codec)
        if rtx_payload_type is None:
            sent = int(self._send_as_was(packet, slot, segment, payload_type, again=True))
        else:
            twice = peer.line is not None and peer.line.repeats_twice and peer.repairs.take(size)
            sent = sum(self.send_rtx(packet, slot, segment, rtx_payload_type) for _ in range(1 + twice))
        packet.forget_rendered()
        slot.retransmitted += sent
        self.retransmitted += sent
        return sent > 0

    def _send_as_was(
        self, packet: MediaPacket, slot: Slot, segment: Segment, payload_type: int, *, again: bool
    ) -> bool:
        """Under its own number; `again`: it has left before, and must leave the same to the bit."""
        is_whole = segment.grade.admits(packet.place)
        data, start = packet.render(slot.shape) if is_whole else packet.render_bare(slot.shape)
        view = self._buffer.view
        if len(data) > MAX_PLAIN_BYTES:
            return False
        view[: len(data)] = data
        rewrite_identity(
            view,
            marker=packet.marker or segment.grade.ends_picture(packet.place),
            payload_type=payload_type,
            sequence=packet.sequence + segment.sequence_delta,
            timestamp=packet.timestamp + segment.timestamp_delta,
            ssrc=slot.ssrc,
        )
        if is_whole:
            _patch(view, start, packet, slot.shape, segment)
        if slot.log is not None and not self._stamp_as_was(
            slot, data, packet.sequence + segment.sequence_delta, again=again
        ):
            return False
        return self._protect_and_send(slot, len(data))

    def _stamp_as_was(self, slot: Slot, data: bytes, sequence: int, *, again: bool) -> bool:
        if again:
            number = None if slot.stamps is None else slot.stamps.get(sequence)
        else:
            number = cast(SendLog, slot.log).sent(len(data), self._now_ms(), slot, sequence)
            if slot.stamps is not None:
                slot.stamps.keep(sequence, number)
        if number is None:
            return False
        _WORD.pack_into(self._buffer.view, stamp_offset(data), number & 0xFFFF)
        return True

    def send_rtx(
        self, packet: MediaPacket, slot: Slot, segment: Segment, payload_type: int, *, is_probe: bool = False
    ) -> bool:
        """RFC 4588 4: own SSRC, type and sequence; the original sequence number before the payload."""
        is_whole = segment.grade.admits(packet.place)
        data, start = packet.render(slot.shape) if is_whole else packet.render_bare(slot.shape)
        view, size = self._buffer.view, len(data) + 2
        if size > MAX_PLAIN_BYTES or slot.spec.rtx_ssrc is None:
            return False
        view[:start] = data[:start]
        _WORD.pack_into(view, start, (packet.sequence + segment.sequence_delta) & 0xFFFF)
        view[start + 2 : size] = data[start:]
        rewrite_identity(
            view,
            marker=packet.marker or segment.grade.ends_picture(packet.place),
            payload_type=payload_type,
            sequence=slot.rtx_sequence,
            timestamp=packet.timestamp + segment.timestamp_delta,
            ssrc=slot.spec.rtx_ssrc,
        )
        if is_whole:
            _patch(view, start + 2, packet, slot.shape, segment)
        slot.rtx_sequence += 1
        if slot.log is not None:
            sequence = None if is_probe else packet.sequence + segment.sequence_delta
            self._stamp(slot, stamp_offset(data), size, sequence)
        if slot.pacer is not None:
            slot.pacer.spend(size)
        return self._protect_and_send(slot, size)

    def _stamp(self, slot: Slot, place: int, size: int, sequence: int | None = None) -> int:
        """`sequence`: what of the slot is sent again if this is lost; None: nothing."""
        log = cast(SendLog, slot.log)
        number = log.sent(size, self._now_ms(), None if sequence is None else slot, sequence or 0)
        _WORD.pack_into(self._buffer.view, place, number & 0xFFFF)
        return number

    def send_stamped(self, slot: Slot, packet: bytes, stamp: int) -> bool:
        """A whole packet in plaintext, with a number at `stamp` unless that is 0."""
        self._buffer.view[: len(packet)] = packet
        if stamp and slot.log is not None:
            self._stamp(slot, stamp, len(packet))
        return self._protect_and_send(slot, len(packet))

    # Pacing

    def _held(self, slot: Slot, size: int, stamp: int, payload: int, sequence: int) -> bool:
        """Whether the packet in the buffer, of this number on the wire, has to wait for its turn."""
        pacer, now_ms = slot.pacer, self._now_ms()
        # One flow keeps its order: what follows waits where the first of it waits, whatever flows now.
        if not slot.held and slot.layer is not None:
            slot.rank = slot.layer.publication.spec.rank
        if pacer is None or pacer.passes(size, slot.rank, now_ms):
            return False
        held = Held(
            slot,
            bytes(self._buffer.view[:size]),
            stamp,
            sequence,
            payload,
        )
        pacer.hold(held, size, slot.rank, now_ms)
        slot.held += 1
        self.holding.add(slot.peer)
        return True

    def release(self, peer: Peer, *, everything: bool = False) -> None:
        """Sends what waited for its turn, as far as its turn has come."""
        line = peer.line
        if line is None:
            self.holding.discard(peer)
            return
        for held in line.pacer.everything() if everything else line.pacer.due(self._now_ms()):
            self._send_held(held)
        if not line.pacer.is_holding:
            self.holding.discard(peer)

    def _send_held(self, held: Held) -> None:
        slot, data = held.slot, held.data
        slot.held -= 1
        self._buffer.view[: len(data)] = data
        if held.stamp and slot.log is not None:
            number = self._stamp(slot, held.stamp, len(data), held.sequence)
            if slot.stamps is not None:
                slot.stamps.keep(held.sequence, number)
        if self._protect_and_send(slot, len(data)):
            slot.packets += 1
            slot.octets += held.payload_octets

    def _protect_and_send(self, slot: Slot, size: int) -> bool:
        if slot.context is None or slot.socket is None or slot.address is None:
            return False
        buffer = self._buffer
        buffer.length[0] = size
        if protect_rtp(slot.context, buffer.memory, buffer.length):
            self.unprotected += 1
            return False
        try:
            slot.socket.sendto(buffer.view[: buffer.length[0]], slot.address)
        except OSError:
            self.blocked += 1
            return False
        self.packets += 1
        self.octets += size
        return True

    def send_rtcp(self, peer: Peer, compound: bytes) -> bool:
        """One RTCP compound to a peer; false if it has no keys or address, or the kernel does not take it."""
        if peer.outbound is None or peer.socket is None or peer.address is None:
            return False
        buffer = self._buffer
        if len(compound) > MAX_PLAIN_BYTES:
            self.too_long += 1
            return False
        buffer.view[: len(compound)] = compound
        buffer.length[0] = len(compound)
        if protect_rtcp(peer.outbound.handle, buffer.memory, buffer.length):
            self.unprotected += 1
            return False
        try:
            peer.socket.sendto(buffer.view[: buffer.length[0]], peer.address)
        except OSError:
            self.blocked += 1
            return False
        self.reports += 1
        return True


def _patch(view: memoryview, start: int, packet: MediaPacket, shape: Shape, by: Segment | Rewriter) -> None:
    """Adds what a stretch of the flow is moved by to the running numbers of a rendered packet."""
    if by.picture_delta or by.tl0_delta:
        patch_picture(view, start, packet, picture_delta=by.picture_delta, tl0_delta=by.tl0_delta)
    number = packet.frame_number
    if by.frame_delta and number is not None and shape.descriptor_id is not None:
        patch_frame_number(view, descriptor_offset(view, shape), number + by.frame_delta)
