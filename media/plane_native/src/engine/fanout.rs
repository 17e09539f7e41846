//! Packets out: one incoming packet to every slot that carries its layer.
//!
//! This is the only code whose cost is multiplied by the number of viewers: for each slot the packet is copied
//! behind a header of the slot's own, encrypted in place and left in the outbox.

use std::sync::Arc;

use super::counters::Counter;
use super::packet::MediaPacket;
use super::peer::Peer;
use super::slot::Slot;
use super::spec::SlotSpec;
use super::{Engine, LayerKey, PeerKey, SlotKey};
use crate::codec::PictureDelta;
use crate::codec::dependency::patch_frame_number;
use crate::core::rewrite::Segment;
use crate::wire::extensions::{encode_capture_time, write_block};
use crate::wire::red::write_red_head;
use crate::wire::rtcp::Rtcp;
use crate::wire::rtcp_write::write_compound;
use crate::wire::rtp::{HEADER_BYTES, Identity, fixed_header};

/// The longest plaintext that is sent: room for the trailer stays within 2048 bytes.
pub const MAX_PLAIN_BYTES: usize = 2_048 - 32;
/// The largest header extension (RFC 8285 4.3).
const MAX_ELEMENT_BYTES: usize = 255;
/// The most that one packet can be padded by, in whole words.
const PADDING_BYTES: u8 = 252;

/// How a packet leaves on a slot.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing {
    /// Roll-over counter and sequence number on the wire.
    index: u64,
    identity: Identity,
    picture: PictureDelta,
    /// The sequence number that a retransmission repeats.
    original: Option<u16>,
    /// The number of a packet that is not for this slot: it is filled with nothing.
    is_bare: bool,
}

impl Outgoing {
    #[must_use]
    pub fn is_repair(&self) -> bool {
        self.original.is_some()
    }
}

impl Engine {
    /// One packet to all slots that carry its layer.
    pub(crate) fn fan_out(&mut self, layer: LayerKey, packet: &Arc<MediaPacket>, is_newest: bool) {
        let flowing = std::mem::take(&mut self.layers[layer].flowing);
        for key in &flowing {
            self.emit(*key, packet, is_newest);
        }
        if let Some(layer) = self.layers.get_mut(layer) {
            layer.flowing = flowing;
        }
    }

    /// The next packet of what flows on a slot, or one that came late.
    pub(crate) fn emit(&mut self, key: SlotKey, packet: &Arc<MediaPacket>, is_newest: bool) {
        let slot = &mut self.slots[key];
        let Some(first) = slot.rewriter.current().map(|now| now.first) else { return };
        if packet.sequence < first {
            self.send_late(key, packet);
            return;
        }
        if is_newest {
            let rid = slot.layer.and_then(|layer| self.layers.get(layer)).map_or("", |layer| &*layer.rid);
            if !slot.admits(packet, rid) {
                return;
            }
            slot.rewriter.sent(packet.numbers());
        }
        let Some(now) = slot.rewriter.current().copied() else { return };
        let outgoing = outgoing(slot, packet, &now, slot.payload_type);
        let size = packet.payload_end - packet.payload_start;
        if self.send(key, packet, &outgoing) {
            let shared = &self.slots[key].spec.shared;
            shared.packets.add(1);
            shared.octets.add(size as u64);
        }
    }

    /// A packet that came out of order: it takes the place that was kept for it, if one was.
    pub(crate) fn send_late(&mut self, key: SlotKey, packet: &Arc<MediaPacket>) {
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
        packet: &Arc<MediaPacket>,
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
        packet: &Arc<MediaPacket>,
        segment: &Segment<LayerKey>,
        payload_type: u8,
    ) -> bool {
        let outgoing = outgoing(&self.slots[key], packet, segment, payload_type);
        self.send(key, packet, &outgoing)
    }

    /// Sends now, or in a later turn where the peer's line is narrow.
    fn send(&mut self, key: SlotKey, packet: &Arc<MediaPacket>, outgoing: &Outgoing) -> bool {
        self.hold_back(key, packet, outgoing) || self.send_now(key, packet, outgoing)
    }

    /// Numbers, encrypts and leaves it in the outbox.
    pub(crate) fn send_now(&mut self, key: SlotKey, packet: &MediaPacket, outgoing: &Outgoing) -> bool {
        self.send_as(key, outgoing, |out, spec, stamp| write_packet(out, spec, packet, outgoing, stamp))
    }

    /// Sends padding alone on the slot's retransmission flow.
    pub(crate) fn send_padding(&mut self, key: SlotKey, payload_type: u8) -> bool {
        let slot = &mut self.slots[key];
        let Some(ssrc) = slot.spec.rtx_ssrc else { return false };
        let index = slot.rtx_sequence;
        slot.rtx_sequence += 1;
        let timestamp = slot.rewriter.last_timestamp().unwrap_or_default();
        let identity = Identity { marker: false, payload_type, sequence: index as u16, timestamp, ssrc };
        let outgoing =
            Outgoing { index, identity, picture: PictureDelta::NONE, original: Some(0), is_bare: true };
        self.send_as(key, &outgoing, |out, spec, stamp| write_padding(out, spec, &identity, stamp))
    }

    fn send_as(
        &mut self,
        key: SlotKey,
        outgoing: &Outgoing,
        write: impl FnOnce(&mut Vec<u8>, &SlotSpec, Option<u16>),
    ) -> bool {
        let slot = &mut self.slots[key];
        let Some(Peer { keys: Some(keys), address: Some(address), line, .. }) = self.peers.get_mut(slot.peer)
        else {
            return false;
        };
        let (mut stamp, mut is_fresh) = (None, false);
        if let (Some(_), Some(line)) = (slot.spec.extensions.transport_cc, &line) {
            let fresh = line.log.next_number();
            let known =
                if outgoing.is_repair() { Some(fresh) } else { slot.stamps.stamp(outgoing.index, fresh) };
            // Too old to know how it was sent: it is not sent in another shape.
            let Some(number) = known else { return false };
            (stamp, is_fresh) = (Some(number), number == fresh);
        }
        let (start, out) = self.outbox.begin();
        write(out, &slot.spec, stamp);
        let size = out.len() - start;
        let refused = if size > MAX_PLAIN_BYTES {
            Some(Counter::OutTooLong)
        } else {
            (!keys.outbound.protect_rtp(out, start, outgoing.index)).then_some(Counter::OutUnprotected)
        };
        if let Some(reason) = refused {
            self.counters.count(reason);
            self.outbox.abort(start);
            return false;
        }
        self.outbox.commit(start, *address);
        if let Some(line) = line {
            if let Some(number) =
                stamp.filter(|_| is_fresh && slot.spec.rtx_ssrc.is_some() && !outgoing.is_bare)
            {
                let sequence = outgoing.original.unwrap_or(outgoing.identity.sequence);
                line.departures.note(number, key, sequence);
            }
            line.left(size, is_fresh, self.now_ms);
        }
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
            marker: packet.marker || segment.grade.ends_picture(packet.place),
            payload_type,
            sequence: index as u16,
            timestamp: packet.timestamp.wrapping_add(segment.timestamp_delta),
            ssrc: slot.spec.ssrc,
        },
        picture: segment.picture,
        original: None,
        is_bare: !segment.grade.admits(packet.place),
    }
}

/// Appends the packet in plaintext as the slot's subscriber sees it.
fn write_packet(
    out: &mut Vec<u8>,
    spec: &SlotSpec,
    packet: &MediaPacket,
    outgoing: &Outgoing,
    stamp: Option<u16>,
) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    let said = if outgoing.is_bare { None } else { Some((packet, outgoing.picture.frame)) };
    write_extensions(out, spec, said, stamp);
    let has_extensions = out.len() > start + HEADER_BYTES;
    out[start..start + HEADER_BYTES].copy_from_slice(&fixed_header(&outgoing.identity, has_extensions));
    if let Some(original) = outgoing.original {
        out.extend_from_slice(&original.to_be_bytes());
    }
    if outgoing.is_bare {
        return;
    }
    if let Some(block_type) = spec.red_block() {
        write_red_head(out, packet.before.as_ref(), block_type);
    }
    let payload = out.len();
    out.extend_from_slice(packet.payload());
    if outgoing.picture != PictureDelta::NONE
        && let Some(picture) = &packet.picture
    {
        picture.patch(&mut out[payload..], outgoing.picture);
    }
}

/// Appends a packet of padding alone (RFC 3550 5.1).
fn write_padding(out: &mut Vec<u8>, spec: &SlotSpec, identity: &Identity, stamp: Option<u16>) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    write_extensions(out, spec, None, stamp);
    let mut header = fixed_header(identity, out.len() > start + HEADER_BYTES);
    header[0] |= 0x20;
    out[start..start + HEADER_BYTES].copy_from_slice(&header);
    out.resize(out.len() + usize::from(PADDING_BYTES) - 1, 0);
    out.push(PADDING_BYTES);
}

/// `said` is the packet of which they tell, and what is added to its frame number.
fn write_extensions(
    out: &mut Vec<u8>,
    spec: &SlotSpec,
    said: Option<(&MediaPacket, u16)>,
    stamp: Option<u16>,
) {
    let ids = &spec.extensions;
    let packet = said.map(|(packet, _)| packet);
    let capture = packet.and_then(|packet| packet.capture_ms).map(encode_capture_time);
    let stamp = stamp.map(u16::to_be_bytes);
    let mut moved = [0; MAX_ELEMENT_BYTES];
    let descriptor = said.and_then(|(packet, delta)| moved_descriptor(packet, delta, &mut moved));
    let items_said: [(Option<u8>, Option<&[u8]>); 5] = [
        (ids.mid, Some(spec.mid.as_bytes())),
        (ids.audio_level, packet.and_then(MediaPacket::audio_level)),
        (ids.abs_capture_time, capture.as_ref().map(<[u8; 8]>::as_slice)),
        (ids.transport_cc, stamp.as_ref().map(<[u8; 2]>::as_slice)),
        (ids.dependency_descriptor, descriptor),
    ];
    let mut items: [(u8, &[u8]); 5] = [(0, &[]); 5];
    let mut count = 0;
    for each in items_said {
        if let (Some(id), Some(value)) = each {
            items[count] = (id, value);
            count += 1;
        }
    }
    write_block(out, &items[..count]);
}

/// The packet's dependency descriptor with its frame number moved.
fn moved_descriptor<'a>(
    packet: &MediaPacket,
    delta: u16,
    place: &'a mut [u8; MAX_ELEMENT_BYTES],
) -> Option<&'a [u8]> {
    let descriptor = packet.descriptor()?;
    let value = place.get_mut(..descriptor.len())?;
    value.copy_from_slice(descriptor);
    patch_frame_number(value, delta);
    Some(value)
}
