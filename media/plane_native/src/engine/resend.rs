//! Loss on both sides: what subscribers miss is sent again within limits, what we miss is asked for.

use std::sync::Arc;

use super::counters::Counter;
use super::{Engine, LayerKey, PeerKey, SlotKey};
use crate::wire::rtcp::Rtcp;

const MAX_LOST_A_NACK: usize = 128;
/// The part of a round trip after which feedback can tell that a repetition is lost, too: our measure of it wavers.
const UNASKED: f64 = 0.75;

impl Engine {
    /// Answers the sequence numbers that a subscriber misses on a slot.
    pub(crate) fn resend(&mut self, key: SlotKey, lost: &[u16], now_ms: f64) {
        let slot = &mut self.slots[key];
        let heard = slot.limit.listen(lost.len(), now_ms);
        let peer = slot.peer;
        self.fill_repairs(peer, now_ms);
        for sequence in &lost[..heard] {
            self.resend_one(key, *sequence, 1.0, now_ms);
        }
    }

    fn fill_repairs(&mut self, key: PeerKey, now_ms: f64) {
        if let Some(peer) = self.peers.get_mut(key) {
            let flowing_bps = peer.slots.iter().map(|slot| self.slots[*slot].rate.bitrate_bps).sum();
            let most_bps = peer.line.as_ref().and_then(|line| line.repairs_bps());
            peer.repairs.fill(now_ms, flowing_bps, most_bps);
        }
    }

    /// What feedback told to be lost: the request for it may be lost as well, and one for a lost repetition comes late,
    /// since a viewer that sends nothing does not know the round trip.
    pub(crate) fn resend_unasked(&mut self, peer: PeerKey, missed: &[(SlotKey, u16)], now_ms: f64) {
        if missed.is_empty() {
            return;
        }
        self.fill_repairs(peer, now_ms);
        for (slot, sequence) in missed {
            if self.slots.get(*slot).is_some_and(|slot| slot.peer == peer) {
                self.resend_one(*slot, *sequence, UNASKED, now_ms);
            }
        }
    }

    /// Once in so many round trips.
    fn resend_one(&mut self, key: SlotKey, sequence: u16, round_trips: f64, now_ms: f64) {
        if self.send_again(key, sequence, round_trips, now_ms) {
            self.count_repair(key);
        }
    }

    fn count_repair(&mut self, key: SlotKey) {
        self.slots[key].spec.shared.retransmitted.add(1);
        self.counters.count(Counter::OutRetransmitted);
    }

    /// By RTX where negotiated.
    fn send_again(&mut self, key: SlotKey, sequence: u16, round_trips: f64, now_ms: f64) -> bool {
        let slot = &mut self.slots[key];
        let Some((segment, in_sequence)) = slot.rewriter.find(sequence) else { return false };
        let Some(layer) = self.layers.get(segment.source) else { return false };
        let Some(packet) = layer.cache.get(in_sequence).map(Arc::clone) else { return false };
        let Some((payload_type, rtx)) = slot.spec.payload_types_for(layer.codec) else { return false };
        if packet.is_padding() {
            return false;
        }
        let peer = &mut self.peers[slot.peer];
        let rtt_ms = peer.round_trip_ms() * round_trips;
        if !slot.limit.allow(sequence, packet.data.len(), now_ms, rtt_ms, &mut peer.repairs) {
            return false;
        }
        match rtx {
            Some(rtx) => {
                let is_twice = peer.line.as_ref().is_some_and(|line| line.repeats_twice())
                    && peer.repairs.take(packet.data.len());
                let is_sent = self.send_rtx(key, &packet, &segment, rtx);
                if is_sent && is_twice && self.send_rtx(key, &packet, &segment, rtx) {
                    self.count_repair(key);
                }
                is_sent
            }
            None => self.send_as_was(key, &packet, &segment, payload_type),
        }
    }

    /// Asks publishers for what is missing and due.
    pub(crate) fn ask_lost(&mut self, now_ms: f64) {
        let lossy: Vec<LayerKey> = self.lossy.iter().copied().collect();
        for key in lossy {
            let Some(layer) = self.layers.get_mut(key) else {
                self.lossy.remove(&key);
                continue;
            };
            let sending = &self.sendings[layer.sending];
            let (owner, media) = (sending.peer, layer.ssrc);
            let peer = &self.peers[owner];
            let (sender, rtt_ms) = (peer.rtcp_ssrc, peer.round_trip_ms());
            let lost = layer.loss.due(now_ms, rtt_ms, layer.rate.bitrate_bps);
            sending.spec.shared.nacks_sent.add(lost.len() as u64);
            if !layer.loss.is_waiting() {
                self.lossy.remove(&key);
            }
            for part in lost.chunks(MAX_LOST_A_NACK) {
                self.send_feedback(owner, Rtcp::Nack { sender, media, lost: part.to_vec() });
            }
        }
    }
}
