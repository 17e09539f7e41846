//! Packets out: one incoming packet to every slot that carries its layer.
//!
//! This is the only code whose cost is multiplied by the number of viewers: for each slot the packet is copied
//! behind a header of the slot's own, encrypted in place and left in the outbox.

use super::counters::Counter;
use super::packet::MediaPacket;
use super::peer::Peer;
use super::slot::Slot;
use super::spec::SlotSpec;
use super::{Engine, LayerKey, PeerKey, SlotKey};
use crate::codec::PictureDelta;
use crate::core::rewrite::Segment;
use crate::wire::extensions::{encode_capture_time, write_block};
use crate::wire::rtcp::Rtcp;
use crate::wire::rtcp_write::write_compound;
use crate::wire::rtp::{HEADER_BYTES, Identity, fixed_header};

/// The longest plaintext that is sent: room for the trailer stays within 2048 bytes.
pub const MAX_PLAIN_BYTES: usize = 2_048 - 32;

/// How a packet leaves on a slot.
struct Outgoing {
    /// Roll-over counter and sequence number on the wire.
    index: u64,
    identity: Identity,
    picture: PictureDelta,
    /// The sequence number that a retransmission repeats.
    original: Option<u16>,
}

impl Engine {
    /// One packet to all slots that carry its layer.
    pub(crate) fn fan_out(&mut self, layer: LayerKey, packet: &MediaPacket, is_newest: bool) {
        let flowing = std::mem::take(&mut self.layers[layer].flowing);
        for key in &flowing {
            self.emit(*key, packet, is_newest);
        }
        if let Some(layer) = self.layers.get_mut(layer) {
            layer.flowing = flowing;
        }
    }

    /// The next packet of what flows on a slot, or one that came late.
    pub(crate) fn emit(&mut self, key: SlotKey, packet: &MediaPacket, is_newest: bool) {
        let slot = &mut self.slots[key];
        let Some(now) = slot.rewriter.current().copied() else { return };
        if packet.sequence < now.first {
            self.send_late(key, packet);
            return;
        }
        if is_newest {
            slot.rewriter.sent(packet.numbers());
        }
        let outgoing = outgoing(slot, packet, &now, slot.payload_type);
        let size = packet.payload_end - packet.payload_start;
        if self.send(key, packet, &outgoing) {
            let shared = &self.slots[key].spec.shared;
            shared.packets.add(1);
            shared.octets.add(size as u64);
        }
    }

    /// A packet that came out of order: it takes the place that was kept for it, if one was.
    pub(crate) fn send_late(&mut self, key: SlotKey, packet: &MediaPacket) {
        let Some(slot) = self.slots.get(key) else { return };
        let Some(layer) = slot.layer else { return };
        let Some(segment) = slot.rewriter.segment_of(layer, packet.sequence) else { return };
        let outgoing = outgoing(slot, packet, &segment, slot.payload_type);
        if self.send(key, packet, &outgoing) {
            let shared = &self.slots[key].spec.shared;
            shared.packets.add(1);
            shared.octets.add((packet.payload_end - packet.payload_start) as u64);
        }
    }

    /// Sends a packet again by RTX (RFC 4588 4): own SSRC, type and sequence.
    pub(crate) fn send_rtx(
        &mut self,
        key: SlotKey,
        packet: &MediaPacket,
        segment: &Segment<LayerKey>,
        payload_type: u8,
    ) -> bool {
        let slot = &mut self.slots[key];
        let Some(ssrc) = slot.spec.rtx_ssrc else { return false };
        let mut outgoing = outgoing(slot, packet, segment, payload_type);
        outgoing.original = Some(outgoing.identity.sequence);
        outgoing.index = slot.rtx_sequence;
        outgoing.identity.sequence = slot.rtx_sequence as u16;
        outgoing.identity.ssrc = ssrc;
        slot.rtx_sequence += 1;
        self.send(key, packet, &outgoing)
    }

    /// Sends a packet again as it was, bit for bit.
    pub(crate) fn send_as_was(
        &mut self,
        key: SlotKey,
        packet: &MediaPacket,
        segment: &Segment<LayerKey>,
        payload_type: u8,
    ) -> bool {
        let outgoing = outgoing(&self.slots[key], packet, segment, payload_type);
        self.send(key, packet, &outgoing)
    }

    fn send(&mut self, key: SlotKey, packet: &MediaPacket, outgoing: &Outgoing) -> bool {
        let slot = &self.slots[key];
        let Some(Peer { keys: Some(keys), address: Some(address), .. }) = self.peers.get(slot.peer) else {
            return false;
        };
        let (start, out) = self.outbox.begin();
        write_packet(out, &slot.spec, packet, outgoing);
        let size = out.len() - start;
        if size > MAX_PLAIN_BYTES {
            self.counters.count(Counter::OutTooLong);
            self.outbox.abort(start);
            return false;
        }
        if !keys.outbound.protect_rtp(out, start, outgoing.index) {
            self.counters.count(Counter::OutUnprotected);
            self.outbox.abort(start);
            return false;
        }
        self.outbox.commit(start, *address);
        self.counters.count(Counter::OutPackets);
        self.counters.add(Counter::OutOctets, size as u64);
        true
    }

    /// One RTCP compound to a peer; false if it has no keys or address.
    pub(crate) fn send_rtcp(&mut self, key: PeerKey, packets: &[Rtcp]) -> bool {
        let Some(Peer { keys: Some(keys), address: Some(address), .. }) = self.peers.get_mut(key) else {
            return false;
        };
        let compound = write_compound(packets);
        if compound.len() > MAX_PLAIN_BYTES {
            self.counters.count(Counter::OutTooLong);
            return false;
        }
        let (start, out) = self.outbox.begin();
        out.extend_from_slice(&compound);
        if !keys.outbound.protect_rtcp(out, start) {
            self.counters.count(Counter::OutUnprotected);
            self.outbox.abort(start);
            return false;
        }
        self.outbox.commit(start, *address);
        self.counters.count(Counter::OutReports);
        true
    }
}

fn outgoing(slot: &Slot, packet: &MediaPacket, segment: &Segment<LayerKey>, payload_type: u8) -> Outgoing {
    let index = (packet.sequence + segment.sequence_delta).max(0) as u64;
    Outgoing {
        index,
        identity: Identity {
            marker: packet.marker,
            payload_type,
            sequence: index as u16,
            timestamp: packet.timestamp.wrapping_add(segment.timestamp_delta),
            ssrc: slot.spec.ssrc,
        },
        picture: segment.picture,
        original: None,
    }
}

/// Appends the packet in plaintext as the slot's subscriber sees it.
fn write_packet(out: &mut Vec<u8>, spec: &SlotSpec, packet: &MediaPacket, outgoing: &Outgoing) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    write_extensions(out, spec, packet);
    let has_extensions = out.len() > start + HEADER_BYTES;
    out[start..start + HEADER_BYTES].copy_from_slice(&fixed_header(&outgoing.identity, has_extensions));
    if let Some(original) = outgoing.original {
        out.extend_from_slice(&original.to_be_bytes());
    }
    let payload = out.len();
    out.extend_from_slice(packet.payload());
    if outgoing.picture != PictureDelta::NONE
        && let Some(picture) = &packet.picture
    {
        picture.patch(&mut out[payload..], outgoing.picture);
    }
}

fn write_extensions(out: &mut Vec<u8>, spec: &SlotSpec, packet: &MediaPacket) {
    let ids = &spec.extensions;
    let mut items: [(u8, &[u8]); 3] = [(0, &[]); 3];
    let mut count = 0;
    if let Some(id) = ids.mid {
        items[count] = (id, spec.mid.as_bytes());
        count += 1;
    }
    if let (Some(id), Some(level)) = (ids.audio_level, packet.audio_level()) {
        items[count] = (id, level);
        count += 1;
    }
    let stamp = packet.capture_ms.map(encode_capture_time);
    if let (Some(id), Some(stamp)) = (ids.abs_capture_time, &stamp) {
        items[count] = (id, stamp);
        count += 1;
    }
    write_block(out, &items[..count]);
}
