//! Probes: whether a line carries more is asked with packets that nobody misses, on a retransmission flow.
//!
//! Recent packets again, or padding alone (RFC 4588 allows both; a decoder sees neither).

use std::sync::Arc;

use super::packet::MediaPacket;
use super::{Engine, PeerKey, SlotKey};
use crate::core::rewrite::Segment;
use crate::engine::LayerKey;

pub const TURN_MS: f64 = 2.0;
const PACKETS_A_TURN: usize = 64;
/// How far back packets are repeated.
const REPEATED: i64 = 32;
/// Repeats are worth their size only where several fit the probe.
const REPEATS_FROM_BPS: f64 = 1_200_000.0;
const MIN_REPEAT_BYTES: usize = 400;

impl Engine {
    pub(crate) fn begin_probe(&mut self, key: PeerKey, now_ms: f64) {
        if self.probe_slot(key).is_none() {
            return;
        }
        let Some(line) = &mut self.peers[key].line else { return };
        if line.estimator.begin_probe(now_ms) && !self.probing.contains(&key) {
            self.probing.push(key);
        }
    }

    /// Sends what is missing to the probes that are under way.
    pub(crate) fn probe_turn(&mut self, now_ms: f64) {
        let mut probing = std::mem::take(&mut self.probing);
        probing.retain(|key| self.fill_probe(*key, now_ms));
        self.probing = probing;
    }

    /// Whether the probe goes on.
    fn fill_probe(&mut self, key: PeerKey, now_ms: f64) -> bool {
        for _ in 0..PACKETS_A_TURN {
            let line = self.peers.get_mut(key).and_then(|peer| peer.line.as_mut());
            let Some(probe) = line.and_then(|line| line.estimator.sending_probe()) else { return false };
            if probe.missing(now_ms) == 0 {
                return probe.is_sending();
            }
            let may_repeat = probe.bitrate_bps >= REPEATS_FROM_BPS;
            let Some((slot, payload_type)) = self.probe_slot(key) else { return false };
            let has_left =
                may_repeat && self.send_repeat(slot, payload_type) || self.send_padding(slot, payload_type);
            if !has_left {
                return false;
            }
        }
        true
    }

    /// A slot with a retransmission flow, best one on which something flows, and that flow's payload type.
    fn probe_slot(&self, key: PeerKey) -> Option<(SlotKey, u8)> {
        let slots = || self.peers[key].slots.iter().map(|slot| (*slot, &self.slots[*slot]));
        let numbered = || slots().filter(|(_, slot)| slot.spec.extensions.transport_cc.is_some());
        let flowing = numbered().find_map(|(at, slot)| {
            let codec = self.layers.get(slot.layer?)?.codec;
            Some((at, slot.spec.payload_types_for(codec)?.1?))
        });
        flowing.or_else(|| {
            numbered().find_map(|(at, slot)| {
                slot.spec.rtx_ssrc?;
                Some((at, slot.spec.payload_types.iter().find_map(|each| each.2)?))
            })
        })
    }

    fn send_repeat(&mut self, key: SlotKey, payload_type: u8) -> bool {
        let Some((packet, segment)) = self.repeat(key) else { return false };
        self.send_rtx(key, &packet, &segment, payload_type)
    }

    /// One of the packets last sent on a slot, another each time.
    fn repeat(&mut self, key: SlotKey) -> Option<(Arc<MediaPacket>, Segment<LayerKey>)> {
        let slot = &self.slots[key];
        let layer_key = slot.layer?;
        let line = self.peers.get_mut(slot.peer)?.line.as_mut()?;
        line.repeat = (line.repeat + 1) % REPEATED;
        let sequence = slot.rewriter.last()?.sequence - line.repeat;
        let segment = slot.rewriter.segment_of(layer_key, sequence)?;
        let packet = self.layers.get(layer_key)?.cache.get(sequence)?;
        let is_large = packet.payload().len() >= MIN_REPEAT_BYTES;
        is_large.then(|| (packet.clone(), segment))
    }
}
