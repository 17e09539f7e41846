//! What happens by itself: ten times a second, and quicker while somebody catches up or something is missing.

use std::sync::Arc;

use super::{Engine, LayerKey, PeerKey, glimpsing, probing};
use crate::core::pacing;

const TICK_MS: f64 = 100.0;
const CATCH_UP_TURN_MS: f64 = 5.0;
const LOSS_TURN_MS: f64 = 20.0;

impl Engine {
    /// When `turn` wants to be called at the latest.
    #[must_use]
    pub fn next_due_ms(&self) -> f64 {
        self.turn_due_ms.map_or(self.tick_due_ms, |turn| turn.min(self.tick_due_ms))
    }

    /// The datagrams at hand are through.
    pub fn drained(&mut self, now_ms: f64) {
        self.now_ms = now_ms;
        if !self.lossy.is_empty() {
            self.ask_lost(now_ms);
        }
        self.schedule_turn(now_ms);
    }

    /// Does what is due; `wall_ms` is the machine's own clock.
    pub fn turn(&mut self, now_ms: f64, wall_ms: f64) {
        self.now_ms = now_ms;
        if self.turn_due_ms.is_some_and(|due| now_ms >= due) {
            self.quick_turn(now_ms);
        }
        if now_ms >= self.tick_due_ms {
            self.tick_due_ms = now_ms + TICK_MS;
            self.tick(now_ms, wall_ms);
        }
    }

    /// Sends what has waited for its turn, asks for what is missing, and tells what arrived.
    pub(crate) fn quick_turn(&mut self, now_ms: f64) {
        self.turn_due_ms = None;
        self.release(now_ms);
        self.catch_up_turn(now_ms);
        self.glimpse_turn(now_ms);
        self.probe_turn(now_ms);
        self.tell_arrivals(now_ms);
        if !self.lossy.is_empty() {
            self.ask_lost(now_ms);
        }
        self.schedule_turn(now_ms);
    }

    pub(crate) fn schedule_turn(&mut self, now_ms: f64) {
        let after = |is_wanted: bool, wait_ms: f64| is_wanted.then_some(now_ms + wait_ms);
        let due = [
            after(!self.catching_up.is_empty(), CATCH_UP_TURN_MS),
            after(!self.pacing.is_empty(), pacing::TURN_MS),
            after(!self.glimpsing.is_empty(), glimpsing::TURN_MS),
            after(!self.probing.is_empty(), probing::TURN_MS),
            after(!self.lossy.is_empty(), LOSS_TURN_MS),
            self.arrivals_due_ms(),
        ];
        // What is due already stays so: a later wish does not put it off.
        self.turn_due_ms =
            self.turn_due_ms.into_iter().chain(due.into_iter().flatten()).min_by(f64::total_cmp);
    }

    fn tick(&mut self, now_ms: f64, wall_ms: f64) {
        let every_second = now_ms >= self.second_due_ms;
        if every_second {
            self.second_due_ms = now_ms + 1_000.0;
            self.axis.follow(now_ms, wall_ms);
        }
        let layers: Vec<LayerKey> = self.layers.keys().collect();
        for layer in layers {
            self.send_due_request(layer, now_ms);
            if every_second {
                self.each_second(layer, now_ms);
            }
        }
        let due = self.peers.iter().filter(|(_, peer)| peer.keys.is_some() && now_ms >= peer.report_due_ms);
        let due: Vec<PeerKey> = due.map(|(key, _)| key).collect();
        for peer in due {
            self.report(peer, now_ms);
        }
        if every_second {
            self.retarget_all(now_ms);
        }
        self.schedule_turn(now_ms);
    }

    fn each_second(&mut self, key: LayerKey, now_ms: f64) {
        let layer = &mut self.layers[key];
        layer.rate.tick(layer.reception.octets, now_ms);
        layer.shared.bitrate_bps.set(layer.rate.bitrate_bps.round() as u64);
        layer.grades.tick(now_ms);
        let grades = layer.grades.figures();
        if !grades.is_empty() {
            layer.shared.grades.store(Arc::new(grades));
        }
        let is_wanted = !layer.waiting.is_empty();
        self.tell_clock(key, now_ms);
        if is_wanted {
            self.ask_keyframe(key, now_ms);
        }
    }
}
