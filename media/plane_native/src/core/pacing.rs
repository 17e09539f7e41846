//! A leaky bucket: bursts leave a narrow line's sender spread over a few turns instead of queueing on the way.

use std::collections::VecDeque;

pub const TURN_MS: f64 = 5.0;
const FACTOR: f64 = 2.5;
const MAX_WAIT_MS: f64 = 250.0;
const MAX_BYTES: usize = 512 * 1024;
const MAX_ITEMS: usize = 2_048;

#[derive(Debug)]
struct Waiting<T> {
    since_ms: f64,
    bytes: usize,
    item: T,
}

/// Holds back what is too much for one turn, in its order; without a rate it holds back nothing.
#[derive(Debug)]
pub struct Pacer<T> {
    rate_bps: Option<f64>,
    queue: VecDeque<Waiting<T>>,
    queued: usize,
    /// Bytes that left and are not paid for by time yet.
    debt: f64,
    paid_ms: f64,
}

impl<T> Default for Pacer<T> {
    fn default() -> Self {
        Self { rate_bps: None, queue: VecDeque::new(), queued: 0, debt: 0.0, paid_ms: 0.0 }
    }
}

impl<T> Pacer<T> {
    /// What the line is thought to carry, or what flows if that is more; `None`: no need to hold back.
    pub fn set_line(&mut self, bps: Option<f64>) {
        self.rate_bps = bps.map(|bps| bps * FACTOR);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a packet must wait its turn.
    pub fn must_wait(&mut self, now_ms: f64) -> bool {
        if !self.queue.is_empty() {
            return true;
        }
        let Some(rate_bps) = self.rate_bps else { return false };
        self.pay(rate_bps, now_ms);
        self.debt >= rate_bps * TURN_MS / 8_000.0
    }

    /// A packet left.
    pub fn left(&mut self, bytes: usize) {
        if self.rate_bps.is_some() {
            self.debt += bytes as f64;
        }
    }

    pub fn hold(&mut self, item: T, bytes: usize, now_ms: f64) {
        self.queued += bytes;
        self.queue.push_back(Waiting { since_ms: now_ms, bytes, item });
    }

    /// The next that may leave now; the caller says `left` of it.
    pub fn take(&mut self, now_ms: f64) -> Option<T> {
        let first = self.queue.front()?;
        let is_full = self.queued > MAX_BYTES || self.queue.len() > MAX_ITEMS;
        let waited_ms = now_ms - first.since_ms;
        if let Some(rate_bps) = self.rate_bps.filter(|_| !is_full && waited_ms < MAX_WAIT_MS) {
            // All that waits now is to be gone before the first of it has waited too long.
            let urgent_bps = self.queued as f64 * 8_000.0 / (MAX_WAIT_MS - waited_ms).max(TURN_MS);
            let rate_bps = rate_bps.max(urgent_bps);
            self.pay(rate_bps, now_ms);
            if self.debt >= rate_bps * TURN_MS / 8_000.0 {
                return None;
            }
        }
        let first = self.queue.pop_front()?;
        self.queued -= first.bytes;
        Some(first.item)
    }

    fn pay(&mut self, rate_bps: f64, now_ms: f64) {
        let elapsed_ms = (now_ms - self.paid_ms).max(0.0);
        self.debt = (self.debt - elapsed_ms * rate_bps / 8_000.0).max(0.0);
        self.paid_ms = now_ms;
    }

    pub fn clear(&mut self) {
        self.queue.clear();
        self.queued = 0;
        self.debt = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (when each of so many packets of 1000 bytes left, in turns of 5 ms), all given at once.
    fn leave(pacer: &mut Pacer<usize>, count: usize) -> Vec<f64> {
        let mut left = Vec::new();
        for index in 0..count {
            if pacer.must_wait(0.0) {
                pacer.hold(index, 1_000, 0.0);
            } else {
                pacer.left(1_000);
                left.push(0.0);
            }
        }
        let mut now_ms = 0.0;
        while !pacer.is_empty() && now_ms < 1_000.0 {
            now_ms += TURN_MS;
            while pacer.take(now_ms).is_some() {
                pacer.left(1_000);
                left.push(now_ms);
            }
        }
        left
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut pacer = Pacer::default();
        assert!(leave(&mut pacer, 1_000).iter().all(|at| *at == 0.0));
    }

    #[test]
    fn a_burst_is_spread_at_two_and_a_half_times_the_line() {
        let mut pacer = Pacer::default();
        pacer.set_line(Some(1.6e6));
        let left = leave(&mut pacer, 50);
        // 50 kB at 4 Mbit/s are 100 ms.
        assert_eq!(left.len(), 50);
        assert!((80.0..=105.0).contains(left.last().unwrap()), "{left:?}");
        assert!(left.iter().filter(|at| **at == 0.0).count() <= 3);
    }

    #[test]
    fn nothing_waits_longer_than_a_quarter_of_a_second() {
        let mut pacer = Pacer::default();
        pacer.set_line(Some(100_000.0));
        let left = leave(&mut pacer, 200);
        assert_eq!(left.len(), 200);
        assert!(*left.last().unwrap() <= MAX_WAIT_MS + TURN_MS, "{left:?}");
        let late = left.iter().filter(|at| **at > 240.0).count();
        assert!(late < 40, "{late}");
    }

    #[test]
    fn the_queue_is_bounded_in_bytes_and_order_is_kept() {
        let mut pacer = Pacer::default();
        pacer.set_line(Some(100_000.0));
        (0..3_000).for_each(|index| pacer.hold(index, 1_000, 0.0));
        let taken: Vec<usize> = std::iter::from_fn(|| pacer.take(0.0)).collect();
        assert!(pacer.queued <= MAX_BYTES);
        assert!(taken.iter().copied().eq(0..taken.len()));
        pacer.clear();
        assert!(pacer.is_empty() && pacer.take(500.0).is_none());
    }
}
