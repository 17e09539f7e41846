//! Whether a queue grows: packet groups, the trend of their delay, and a threshold that learns (GCC 5.2 to 5.4).

use std::collections::VecDeque;

const BURST_MS: f64 = 5.0;
const MAX_GROUP_MS: f64 = 100.0;
/// A step of the far clock, or a line that stood still, is no queue.
const MAX_STEP_MS: f64 = 3_000.0;
const WINDOW: usize = 20;
const SMOOTHING: f64 = 0.9;
const GAIN: f64 = 4.0;
const MAX_DELTAS: f64 = 60.0;
const OVERUSE_MS: f64 = 10.0;
const START_THRESHOLD_MS: f64 = 12.5;
const MIN_THRESHOLD_MS: f64 = 6.0;
const MAX_THRESHOLD_MS: f64 = 600.0;
const MAX_ADAPT_MS: f64 = 15.0;
const UP: f64 = 0.01;
const DOWN: f64 = 0.000_18;

/// What the line is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signal {
    #[default]
    Normal,
    Overuse,
    Underuse,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    first_sent_ms: f64,
    last_sent_ms: f64,
    first_arrived_ms: f64,
    last_arrived_ms: f64,
}

/// Watches how delay changes from packet to packet.
#[derive(Debug)]
pub struct DelayDetector {
    current: Option<Group>,
    before: Option<Group>,
    deltas: f64,
    began_ms: Option<f64>,
    accumulated_ms: f64,
    smoothed_ms: f64,
    samples: VecDeque<(f64, f64)>,
    threshold_ms: f64,
    adapted_ms: Option<f64>,
    trend: f64,
    over_ms: Option<f64>,
    over_count: u32,
    signal: Signal,
}

impl Default for DelayDetector {
    fn default() -> Self {
        Self {
            current: None,
            before: None,
            deltas: 0.0,
            began_ms: None,
            accumulated_ms: 0.0,
            smoothed_ms: 0.0,
            samples: VecDeque::new(),
            threshold_ms: START_THRESHOLD_MS,
            adapted_ms: None,
            trend: 0.0,
            over_ms: None,
            over_count: 0,
            signal: Signal::Normal,
        }
    }
}

impl DelayDetector {
    #[must_use]
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// The next packet begins anew, compared with nothing.
    pub fn forget_groups(&mut self) {
        self.current = None;
        self.before = None;
    }

    /// A packet's times, each on its own end's clock; whether with it the line is used beyond what it carries.
    pub fn arrived(&mut self, sent_ms: f64, arrived_ms: f64) -> bool {
        let fresh = Group {
            first_sent_ms: sent_ms,
            last_sent_ms: sent_ms,
            first_arrived_ms: arrived_ms,
            last_arrived_ms: arrived_ms,
        };
        let Some(current) = &mut self.current else {
            self.current = Some(fresh);
            return false;
        };
        if sent_ms < current.first_sent_ms {
            return false; // out of order: it belongs to a group that is judged already
        }
        if belongs(current, sent_ms, arrived_ms) {
            current.last_sent_ms = current.last_sent_ms.max(sent_ms);
            current.last_arrived_ms = current.last_arrived_ms.max(arrived_ms);
            return false;
        }
        let ended = *current;
        self.current = Some(fresh);
        self.before.replace(ended).is_some_and(|before| self.compare(&before, &ended))
    }

    fn compare(&mut self, before: &Group, group: &Group) -> bool {
        let sent_ms = group.last_sent_ms - before.last_sent_ms;
        let arrived_ms = group.last_arrived_ms - before.last_arrived_ms;
        if (arrived_ms - sent_ms).abs() > MAX_STEP_MS || arrived_ms < 0.0 {
            return false;
        }
        self.add(arrived_ms - sent_ms, sent_ms, group.last_arrived_ms);
        self.signal == Signal::Overuse
    }

    fn add(&mut self, delta_ms: f64, sent_delta_ms: f64, arrived_ms: f64) {
        let began_ms = *self.began_ms.get_or_insert(arrived_ms);
        self.deltas = (self.deltas + 1.0).min(MAX_DELTAS);
        self.accumulated_ms += delta_ms;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.accumulated_ms;
        self.samples.push_back((arrived_ms - began_ms, self.smoothed_ms));
        if self.samples.len() > WINDOW {
            self.samples.pop_front();
        }
        let is_full = self.samples.len() == WINDOW;
        let trend = if is_full { slope(&self.samples).unwrap_or(self.trend) } else { 0.0 };
        if self.deltas >= 2.0 {
            self.judge(trend, sent_delta_ms, arrived_ms);
        }
    }

    fn judge(&mut self, trend: f64, sent_delta_ms: f64, now_ms: f64) {
        let modified_ms = self.deltas * trend * GAIN;
        if modified_ms > self.threshold_ms {
            let over_ms = self.over_ms.map_or(sent_delta_ms / 2.0, |over| over + sent_delta_ms);
            self.over_ms = Some(over_ms);
            self.over_count += 1;
            if over_ms > OVERUSE_MS && self.over_count > 1 && trend >= self.trend {
                self.over_ms = Some(0.0);
                self.over_count = 0;
                self.signal = Signal::Overuse;
            }
        } else {
            self.over_ms = None;
            self.over_count = 0;
            let is_under = modified_ms < -self.threshold_ms;
            self.signal = if is_under { Signal::Underuse } else { Signal::Normal };
        }
        self.trend = trend;
        self.adapt(modified_ms, now_ms);
    }

    fn adapt(&mut self, modified_ms: f64, now_ms: f64) {
        let elapsed_ms = (now_ms - self.adapted_ms.unwrap_or(now_ms)).clamp(0.0, 100.0);
        self.adapted_ms = Some(now_ms);
        let off_ms = modified_ms.abs() - self.threshold_ms;
        if off_ms > MAX_ADAPT_MS {
            return; // a single great step says nothing of what is usual
        }
        let gain = if off_ms < 0.0 { DOWN } else { UP };
        let threshold_ms = self.threshold_ms + gain * off_ms * elapsed_ms;
        self.threshold_ms = threshold_ms.clamp(MIN_THRESHOLD_MS, MAX_THRESHOLD_MS);
    }
}

/// Whether a packet was sent with the group, or came as close behind it as a queue that drains lets it.
fn belongs(group: &Group, sent_ms: f64, arrived_ms: f64) -> bool {
    if sent_ms - group.first_sent_ms <= BURST_MS {
        return true;
    }
    let apart_ms = arrived_ms - group.last_arrived_ms;
    let grows_ms = apart_ms - (sent_ms - group.last_sent_ms);
    grows_ms < 0.0 && apart_ms <= BURST_MS && arrived_ms - group.first_arrived_ms < MAX_GROUP_MS
}

/// By least squares; `None` where all samples are of one moment.
fn slope(samples: &VecDeque<(f64, f64)>) -> Option<f64> {
    let count = samples.len() as f64;
    let mean_x = samples.iter().map(|each| each.0).sum::<f64>() / count;
    let mean_y = samples.iter().map(|each| each.1).sum::<f64>() / count;
    let (mut above, mut below) = (0.0, 0.0);
    for (x, y) in samples {
        above += (x - mean_x) * (y - mean_y);
        below += (x - mean_x) * (x - mean_x);
    }
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a packet each 10 ms; `extra` is how much later the n-th arrives than the first.
    fn signals(count: u32, extra: impl Fn(u32) -> f64) -> Vec<Signal> {
        let mut detector = DelayDetector::default();
        (0..count)
            .map(|index| {
                let sent_ms = f64::from(index) * 10.0;
                detector.arrived(sent_ms, 700.0 + sent_ms + extra(index));
                detector.signal()
            })
            .collect()
    }

    #[test]
    fn an_even_line_is_normal() {
        assert!(signals(500, |index| f64::from(index % 3)).iter().all(|signal| *signal == Signal::Normal));
    }

    #[test]
    fn a_queue_that_grows_is_heard_and_one_that_drains_too() {
        let grown = signals(200, |index| f64::from(index.saturating_sub(100)) * 2.0);
        let first = grown.iter().position(|signal| *signal == Signal::Overuse).unwrap();
        assert!((101..130).contains(&first), "{first}");

        let drained = signals(200, |index| f64::from(100_u32.saturating_sub(index)) * 4.0);
        assert!(drained[..100].contains(&Signal::Underuse));
        assert!(!drained.contains(&Signal::Overuse));
    }

    #[test]
    fn bursts_are_one_group() {
        let mut detector = DelayDetector::default();
        for burst in 0..200 {
            for packet in 0..8 {
                let sent_ms = f64::from(burst) * 33.0 + f64::from(packet) * 0.1;
                detector.arrived(sent_ms, f64::from(burst) * 33.0 + f64::from(packet));
                assert_eq!(detector.signal(), Signal::Normal);
            }
        }
    }

    #[test]
    fn a_step_of_the_far_clock_is_no_queue() {
        let stepped = signals(300, |index| if index < 150 { 0.0 } else { 5_000.0 });
        assert!(!stepped.contains(&Signal::Overuse));
    }
}
