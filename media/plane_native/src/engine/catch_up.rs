//! Late joiners: the way from the last keyframe to the present, a few packets at a time.

use std::sync::Arc;

use super::packet::MediaPacket;
use super::slot::CatchUp;
use super::{Engine, LayerKey, SlotKey};

const STEP_MS: f64 = 1.0;
const PACKETS_A_TURN: usize = 10;
/// However many catch up at once, a turn ends within a few milliseconds.
const PACKETS_OF_ALL: usize = 250;

impl Engine {
    /// Begins with the past if the layer's history allows it; gives whether it does.
    pub(crate) fn catch_up(&mut self, key: SlotKey, layer_key: LayerKey, now_ms: f64) -> bool {
        let layer = &self.layers[layer_key];
        if !layer.codec.is_video() {
            return false;
        }
        let Some((keyframe, newest)) = layer.catch_up_from(self.axis.wall_ms(now_ms)) else { return false };
        self.catch_up_to(key, layer_key, &keyframe, &newest);
        true
    }

    /// The slot begins with the past, from this keyframe to `head`, and then carries the layer.
    pub(crate) fn catch_up_to(
        &mut self,
        key: SlotKey,
        layer_key: LayerKey,
        keyframe: &MediaPacket,
        head: &MediaPacket,
    ) {
        self.leave(key);
        let layer = &self.layers[layer_key];
        let frames = layer.frames_between(keyframe, head);
        let mut step = (f64::from(layer.clock.clock_rate) * STEP_MS / 1_000.0).round() as u32;
        let captured_ms = layer.clock.at(head.timestamp, self.sender_ms(layer_key));
        let mut present = self.timestamp_for(key, layer_key, head);
        let slot = &mut self.slots[key];
        if let Some(last) = slot.rewriter.last_timestamp() {
            let room = present.wrapping_sub(last);
            step = step.min(room / frames).max(1);
            present = last.wrapping_add(room.max(frames.wrapping_mul(step)));
        }
        slot.anchor = Some((present, captured_ms));
        let first_timestamp = present.wrapping_sub((frames - 1).wrapping_mul(step));
        slot.begin(layer_key, keyframe, first_timestamp);
        slot.catch_up = Some(CatchUp {
            next: keyframe.sequence,
            head: head.sequence,
            frame: 0,
            timestamp: keyframe.timestamp,
            first_timestamp,
            step,
        });
        self.settle(key, layer_key);
        self.layers[layer_key].catching_up.push(key);
        if !self.catching_up.contains(&key) {
            self.catching_up.push(key);
        }
    }

    /// Sends each slot that is catching up its next few packets.
    pub(crate) fn catch_up_turn(&mut self, now_ms: f64) {
        let waiting = std::mem::take(&mut self.catching_up);
        let share = (PACKETS_OF_ALL / waiting.len().max(1)).clamp(1, PACKETS_A_TURN);
        for key in &waiting {
            self.send_past(*key, share, now_ms);
        }
        let is_behind = |key: &SlotKey| self.slots.get(*key).is_some_and(|slot| slot.catch_up.is_some());
        let mut left: Vec<SlotKey> = waiting.into_iter().filter(is_behind).collect();
        left.append(&mut self.catching_up);
        self.catching_up = left;
    }

    fn send_past(&mut self, key: SlotKey, most: usize, now_ms: f64) {
        let mut sent = 0;
        while sent < most {
            let Some(slot) = self.slots.get_mut(key) else { return };
            let (Some(catch_up), Some(layer_key)) = (&mut slot.catch_up, slot.layer) else { return };
            let Some(layer) = self.layers.get(layer_key) else { return };
            let sequence = catch_up.next;
            if layer.newest.as_ref().is_none_or(|newest| sequence > newest.sequence) {
                self.caught_up(key, layer_key, now_ms);
                return;
            }
            catch_up.next += 1;
            let Some(packet) = layer.cache.get(sequence).map(Arc::clone) else { continue };
            if packet.is_padding() {
                slot.rewriter.skip(sequence);
                continue;
            }
            slot.retime_for(&packet);
            self.emit(key, &packet, true);
            sent += 1;
        }
    }

    /// The past is sent: from now on packets go out as they come.
    fn caught_up(&mut self, key: SlotKey, layer_key: LayerKey, now_ms: f64) {
        self.slots[key].catch_up = None;
        let layer = &mut self.layers[layer_key];
        layer.catching_up.retain(|each| *each != key);
        layer.flowing.push(key);
        self.flow_began(key, now_ms);
    }
}
