//! Slots whose lines carry no flow: each sends keyframes alone out of its layer's history, at its own pace.
//!
//! They do not follow the layer's packets, so that they cost the fan-out nothing.

use std::sync::Arc;

use super::packet::MediaPacket;
use super::{Engine, LayerKey, SlotKey};
use crate::core::glimpses::{FRESH_MS, GIVEN_UP_MS, GlimpsePace};

pub const TURN_MS: f64 = 10.0;

/// A keyframe under way by itself: the next sequence to send, and when the last packet left.
#[derive(Debug, Clone, Copy)]
pub struct Glimpse {
    next: i64,
    timestamp: u32,
    sent_ms: f64,
}

impl Engine {
    /// Keyframes alone, at so many bit/s; `None`: all of the flow, from its next keyframe on.
    pub(crate) fn set_glimpses(&mut self, key: SlotKey, bitrate_bps: Option<u64>, now_ms: f64) {
        let slot = &mut self.slots[key];
        slot.pace = bitrate_bps.map(|bps| GlimpsePace::at(bps as f64, slot.pace));
        if slot.pace.is_none() {
            slot.spec.shared.glimpse_every_ms.set_f64(0.0);
        }
        self.retarget(key, now_ms);
        self.quick_turn(now_ms);
    }

    /// From now on the slot gets glimpses of this layer; of what it carried until now none of the past.
    pub(crate) fn follow_glimpses(&mut self, key: SlotKey, layer_key: LayerKey) {
        let is_same = self.slots[key].layer == Some(layer_key);
        if is_same && self.layers[layer_key].glimpsing.contains(&key) {
            self.stop_waiting(key);
            return;
        }
        let newest = self.layers[layer_key].newest.as_ref().filter(|_| is_same);
        self.slots[key].glimpse_after = newest.map_or(-1, |newest| newest.sequence);
        self.leave(key);
        self.settle(key, layer_key);
        self.layers[layer_key].glimpsing.push(key);
        if !self.glimpsing.contains(&key) {
            self.glimpsing.push(key);
        }
    }

    /// Every few milliseconds while anybody gets glimpses.
    pub(crate) fn glimpse_turn(&mut self, now_ms: f64) {
        let mut glimpsing = std::mem::take(&mut self.glimpsing);
        glimpsing.retain(|key| {
            let Some(layer) = self.glimpsed_layer(*key) else { return false };
            self.continue_glimpse(*key, layer, now_ms);
            true
        });
        glimpsing.append(&mut self.glimpsing);
        self.glimpsing = glimpsing;
    }

    fn glimpsed_layer(&self, key: SlotKey) -> Option<LayerKey> {
        let layer = self.slots.get(key)?.layer?;
        self.layers.get(layer)?.glimpsing.contains(&key).then_some(layer)
    }

    fn continue_glimpse(&mut self, key: SlotKey, layer_key: LayerKey, now_ms: f64) {
        let slot = &self.slots[key];
        let is_due = |slot: &super::slot::Slot| slot.pace.is_some_and(|pace| pace.is_due(now_ms));
        if slot.glimpse.is_none() && slot.target.is_none() && is_due(slot) {
            self.begin_glimpse(key, layer_key, now_ms);
        }
        while let Some(glimpse) = self.slots[key].glimpse.filter(|_| is_due(&self.slots[key])) {
            if !self.send_of_glimpse(key, layer_key, glimpse, now_ms) {
                return;
            }
        }
    }

    fn begin_glimpse(&mut self, key: SlotKey, layer_key: LayerKey, now_ms: f64) {
        let layer = &mut self.layers[layer_key];
        let age_ms = layer.keyframe.as_ref().map(|keyframe| self.axis.wall_ms(now_ms) - keyframe.arrival_ms);
        let after = self.slots[key].glimpse_after;
        let is_kept = |keyframe: &&Arc<MediaPacket>| {
            layer.cache.get(keyframe.sequence).is_some_and(|kept| Arc::ptr_eq(kept, keyframe))
        };
        let fresh = layer.keyframe.as_ref().filter(|_| age_ms.is_some_and(|age_ms| age_ms <= FRESH_MS));
        let Some(keyframe) = fresh.filter(|each| each.sequence > after).filter(is_kept).cloned() else {
            if layer.glimpse_requests.due(age_ms, now_ms) {
                self.ask_keyframe(layer_key, now_ms);
            }
            return;
        };
        let timestamp = self.timestamp_for(key, layer_key, &keyframe);
        let slot = &mut self.slots[key];
        slot.begin(layer_key, &keyframe, timestamp);
        slot.glimpse_after = keyframe.sequence;
        slot.glimpse =
            Some(Glimpse { next: keyframe.sequence, timestamp: keyframe.timestamp, sent_ms: now_ms });
        if let Some(pace) = &mut slot.pace {
            pace.began(now_ms);
            slot.spec.shared.glimpse_every_ms.set_f64(pace.every_ms.unwrap_or_default());
        }
        self.settle(key, layer_key);
        self.flow_began(key, now_ms);
    }

    /// Sends one packet of it; false where nothing more of it can be sent in this turn.
    fn send_of_glimpse(&mut self, key: SlotKey, layer_key: LayerKey, glimpse: Glimpse, now_ms: f64) -> bool {
        let next = Some(Glimpse { next: glimpse.next + 1, sent_ms: now_ms, ..glimpse });
        let Some(packet) = self.layers[layer_key].cache.get(glimpse.next).cloned() else {
            if now_ms - glimpse.sent_ms > GIVEN_UP_MS {
                self.end_glimpse(key, layer_key);
            }
            return false;
        };
        let slot = &mut self.slots[key];
        if packet.is_padding() {
            slot.rewriter.skip(packet.sequence);
            slot.glimpse = next;
            return true;
        }
        if packet.timestamp != glimpse.timestamp {
            self.end_glimpse(key, layer_key);
            return false;
        }
        slot.glimpse = next;
        self.emit(key, &packet, true);
        let slot = &mut self.slots[key];
        let line = self.peers.get(slot.peer).and_then(|peer| peer.line.as_ref());
        if let Some(pace) = &mut slot.pace {
            pace.sent(packet.data.len(), now_ms, line.is_some_and(|line| line.is_crowded()));
        }
        if packet.marker {
            self.end_glimpse(key, layer_key);
        }
        true
    }

    fn end_glimpse(&mut self, key: SlotKey, layer_key: LayerKey) {
        self.keep_time(key, layer_key);
        let slot = &mut self.slots[key];
        slot.rewriter.close();
        slot.glimpse = None;
    }
}
