//! Bursts to narrow lines, held back for a few turns. Voice and repairs pass at once.

use std::sync::Arc;

use super::fanout::Outgoing;
use super::packet::MediaPacket;
use super::{Engine, SlotKey};

/// A packet that waits: numbered and encrypted only when it leaves.
pub struct Held {
    slot: SlotKey,
    packet: Arc<MediaPacket>,
    outgoing: Outgoing,
}

impl Engine {
    /// Takes a packet that must not leave yet; gives whether it did.
    pub(crate) fn hold_back(&mut self, key: SlotKey, packet: &Arc<MediaPacket>, outgoing: &Outgoing) -> bool {
        let slot = &mut self.slots[key];
        let Some(peer) = self.peers.get_mut(slot.peer) else { return false };
        let Some(line) = &mut peer.line else { return false };
        let passes = outgoing.is_repair() || !slot.spec.is_video() || slot.pace.is_some();
        if passes || peer.keys.is_none() || peer.address.is_none() {
            return false;
        }
        // One flow keeps its order: what follows waits where the first of it waits, whatever flows on the slot now.
        if slot.held == 0 {
            let sending = slot.layer.and_then(|layer| self.sendings.get(self.layers.get(layer)?.sending));
            slot.rank = sending.map_or(usize::MAX, |sending| usize::from(sending.spec.rank));
        }
        if !line.pacer.must_wait(slot.rank, self.now_ms) {
            return false;
        }
        if line.pacer.is_empty() {
            self.pacing.push(slot.peer);
        }
        let held = Held { slot: key, packet: packet.clone(), outgoing: *outgoing };
        slot.held += 1;
        line.pacer.hold(held, packet.data.len(), slot.rank, self.now_ms);
        true
    }

    /// Sends what may leave now.
    pub(crate) fn release(&mut self, now_ms: f64) {
        let mut waiting = std::mem::take(&mut self.pacing);
        waiting.retain(|key| {
            while let Some(held) =
                self.peers.get_mut(*key).and_then(|peer| peer.line.as_mut()?.pacer.take(now_ms))
            {
                let Some(slot) = self.slots.get_mut(held.slot) else { continue };
                slot.held -= 1;
                // What was switched off, paused or taken away meanwhile does not leave any more.
                if slot.layer.is_some() {
                    self.send_now(held.slot, &held.packet, &held.outgoing);
                }
            }
            let line = self.peers.get(*key).and_then(|peer| peer.line.as_ref());
            line.is_some_and(|line| !line.pacer.is_empty())
        });
        self.pacing = waiting;
    }
}
