//! Telling when pictures were taken.

use super::event::Event;
use super::{Engine, LayerKey, SlotKey};

impl Engine {
    /// Tells the layer's mapping, and those of the slots that carry it, where they have moved.
    pub(crate) fn tell_clock(&mut self, key: LayerKey, now_ms: f64) {
        let sender_ms = self.sender_ms(key);
        let Some(layer) = self.layers.get_mut(key) else { return };
        let sending = &self.sendings[layer.sending];
        let Some(point) = layer.clock_point(sender_ms).filter(|_| sending.is_live) else { return };
        if layer.clock_watch.check(point.rtp_timestamp, point.capture_ms, now_ms) {
            let (publication, rid) = (sending.spec.publication.clone(), layer.rid.clone());
            self.events.tell(Event::Clock { publication, rid, point });
        }
        for slot in layer.flowing.clone() {
            self.tell_slot_clock(slot, now_ms);
        }
    }

    /// The subscriber learns at once when its pictures were taken: by event and by a sender report.
    pub(crate) fn flow_began(&mut self, key: SlotKey, now_ms: f64) {
        self.tell_slot_clock(key, now_ms);
        let peer = self.slots[key].peer;
        self.peers[peer].report_due_ms = 0.0;
    }

    fn tell_slot_clock(&mut self, key: SlotKey, now_ms: f64) {
        let Some((point, source_rtp_timestamp)) = self.slot_clock_point(key) else { return };
        let slot = &mut self.slots[key];
        if !slot.clock_watch.check(point.rtp_timestamp, point.capture_ms, now_ms) {
            return;
        }
        let Some(layer) = slot.layer.and_then(|layer| self.layers.get(layer)) else { return };
        self.events.tell(Event::SlotClock {
            peer: self.peers[slot.peer].name.clone(),
            mid: slot.spec.mid.clone(),
            point,
            source_rtp_timestamp,
            rid: layer.rid.clone(),
        });
    }
}
