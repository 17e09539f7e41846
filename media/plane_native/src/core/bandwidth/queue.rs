//! How long packets lie in queues on the way.

const BASE_WINDOW_MS: f64 = 30_000.0;
const SMOOTHING: f64 = 0.2;
pub const STANDING_QUEUE_MS: f64 = 50.0;
const DRAIN_MS: f64 = 1_000.0;
const UNCHANGED: f64 = 0.9;

/// How much longer packets take than at the best of the last half to whole minute: two windows in turn, so that
/// neither a drifting clock nor a longer way counts for ever.
#[derive(Debug, Default)]
pub struct QueueDelay {
    best_ms: Option<f64>,
    before_ms: Option<f64>,
    since_ms: f64,
    drained: Option<(f64, f64)>,
    queue_ms: f64,
}

impl QueueDelay {
    #[must_use]
    pub fn queue_ms(&self) -> f64 {
        self.queue_ms
    }

    pub fn add(&mut self, sent_ms: f64, arrived_ms: f64) {
        let delay_ms = arrived_ms - sent_ms;
        if self.best_ms.is_none() || sent_ms - self.since_ms > BASE_WINDOW_MS {
            self.before_ms = self.best_ms.replace(delay_ms);
            self.since_ms = sent_ms;
        }
        let best_ms = self.best_ms.map_or(delay_ms, |best| best.min(delay_ms));
        self.best_ms = Some(best_ms);
        let base_ms = self.before_ms.map_or(best_ms, |before| before.min(best_ms));
        self.queue_ms += SMOOTHING * (delay_ms - base_ms - self.queue_ms);
    }

    /// Whether to send less than the line carries, for a while, so that what stands in its queue goes.
    ///
    /// A slope does not show a queue that grows slowly or stands. Where less did not shorten it, it is no queue: the way
    /// has become longer, and is the new best.
    pub fn drain_due(&mut self, now_ms: f64) -> bool {
        if self.queue_ms < STANDING_QUEUE_MS {
            return false;
        }
        if let Some((at_ms, queue_ms)) = self.drained {
            if now_ms - at_ms < DRAIN_MS {
                return false;
            }
            if now_ms - at_ms < 3.0 * DRAIN_MS && self.queue_ms > UNCHANGED * queue_ms {
                *self = Self { since_ms: self.since_ms, ..Self::default() };
                return false;
            }
        }
        self.drained = Some((now_ms, self.queue_ms));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_queue_is_drained_and_a_longer_way_accepted() {
        let mut queue = QueueDelay::default();
        queue.add(0.0, 500.0);
        (0..100).for_each(|_| queue.add(1.0, 621.0));
        assert!((queue.queue_ms() - 120.0).abs() < 1.0);
        assert!(queue.drain_due(1_000.0));
        assert!(!queue.drain_due(1_500.0));
        assert!(!queue.drain_due(2_100.0));
        assert!(queue.queue_ms() < 1.0);
        (0..100).for_each(|_| queue.add(2_000.0, 2_620.0));
        assert!(queue.queue_ms() < 1.0);
    }

    #[test]
    fn the_best_of_long_ago_does_not_count() {
        let mut queue = QueueDelay::default();
        queue.add(0.0, 0.0);
        (0..7_000).for_each(|index| queue.add(f64::from(index) * 10.0, f64::from(index) * 10.0 + 30.0));
        assert!(queue.queue_ms() < 1.0, "{}", queue.queue_ms());
    }
}
