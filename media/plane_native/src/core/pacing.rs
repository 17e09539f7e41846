//! A leaky bucket: bursts leave a narrow line's sender spread over a few turns instead of queueing on the way, the
//! higher rank first.

use std::collections::VecDeque;

pub const TURN_MS: f64 = 5.0;
/// As many as there are in `media/allocation/contracts.py`, and one more; what ranks below goes with the last.
pub const RANKS: usize = 8;
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

/// Holds back what is too much for one turn, each rank in its order; without a rate it holds back nothing.
#[derive(Debug)]
pub struct Pacer<T> {
    rate_bps: Option<f64>,
    queues: [VecDeque<Waiting<T>>; RANKS],
    count: usize,
    queued: usize,
    /// Bytes that left and are not paid for by time yet.
    debt: f64,
    paid_ms: f64,
}

impl<T> Default for Pacer<T> {
    fn default() -> Self {
        Self { rate_bps: None, queues: Default::default(), count: 0, queued: 0, debt: 0.0, paid_ms: 0.0 }
    }
}

impl<T> Pacer<T> {
    /// What the line is thought to carry, or what flows if that is more; `None`: no need to hold back.
    pub fn set_line(&mut self, bps: Option<f64>) {
        self.rate_bps = bps.map(|bps| bps * FACTOR);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a packet must wait its turn: behind its own rank and those above it.
    pub fn must_wait(&mut self, rank: usize, now_ms: f64) -> bool {
        if self.queues[..=place(rank)].iter().any(|queue| !queue.is_empty()) {
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

    pub fn hold(&mut self, item: T, bytes: usize, rank: usize, now_ms: f64) {
        self.queued += bytes;
        self.count += 1;
        self.queues[place(rank)].push_back(Waiting { since_ms: now_ms, bytes, item });
    }

    /// The next that may leave now, of the highest rank unless something has waited too long; the caller says `left`
    /// of it.
    pub fn take(&mut self, now_ms: f64) -> Option<T> {
        let heads =
            || self.queues.iter().enumerate().filter_map(|(rank, queue)| Some((rank, queue.front()?)));
        let (first, _) = heads().next()?;
        let late = heads().find(|(_, head)| now_ms - head.since_ms >= MAX_WAIT_MS).map(|(rank, _)| rank);
        let waited_ms = heads().map(|(_, head)| now_ms - head.since_ms).fold(0.0, f64::max);
        let is_full = self.queued > MAX_BYTES || self.count > MAX_ITEMS;
        if let Some(rate_bps) = self.rate_bps.filter(|_| !is_full && late.is_none()) {
            // All that waits now is to be gone before the first of it has waited too long.
            let urgent_bps = self.queued as f64 * 8_000.0 / (MAX_WAIT_MS - waited_ms).max(TURN_MS);
            let rate_bps = rate_bps.max(urgent_bps);
            self.pay(rate_bps, now_ms);
            if self.debt >= rate_bps * TURN_MS / 8_000.0 {
                return None;
            }
        }
        let next = self.queues[late.unwrap_or(first)].pop_front()?;
        self.queued -= next.bytes;
        self.count -= 1;
        Some(next.item)
    }

    fn pay(&mut self, rate_bps: f64, now_ms: f64) {
        let elapsed_ms = (now_ms - self.paid_ms).max(0.0);
        self.debt = (self.debt - elapsed_ms * rate_bps / 8_000.0).max(0.0);
        self.paid_ms = now_ms;
    }

    pub fn clear(&mut self) {
        self.queues.iter_mut().for_each(VecDeque::clear);
        self.count = 0;
        self.queued = 0;
        self.debt = 0.0;
    }
}

fn place(rank: usize) -> usize {
    rank.min(RANKS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: usize = 1;
    const FACE: usize = 6;

    /// (when each of so many packets of 1000 bytes left, in turns of 5 ms), all given at once.
    fn leave(pacer: &mut Pacer<usize>, count: usize) -> Vec<f64> {
        let mut left = Vec::new();
        for index in 0..count {
            if pacer.must_wait(FACE, 0.0) {
                pacer.hold(index, 1_000, FACE, 0.0);
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
        (0..3_000).for_each(|index| pacer.hold(index, 1_000, FACE, 0.0));
        let taken: Vec<usize> = std::iter::from_fn(|| pacer.take(0.0)).collect();
        assert!(pacer.queued <= MAX_BYTES);
        assert!(taken.iter().copied().eq(0..taken.len()));
        pacer.clear();
        assert!(pacer.is_empty() && pacer.take(500.0).is_none());
    }

    #[test]
    fn a_higher_rank_leaves_before_what_waits_below_it_and_at_no_higher_rate() {
        let mut pacer = Pacer::default();
        pacer.set_line(Some(1.6e6));
        for index in 0..45 {
            pacer.hold(index, 1_000, FACE, 0.0);
        }
        for index in 45..50 {
            assert!(pacer.must_wait(SCOPE, 5.0) || index == 45);
            pacer.hold(index, 1_000, SCOPE, 5.0);
        }
        let mut left = Vec::new();
        let mut now_ms = 5.0;
        while !pacer.is_empty() {
            while let Some(index) = pacer.take(now_ms) {
                pacer.left(1_000);
                left.push((index, now_ms));
            }
            now_ms += TURN_MS;
        }
        let order: Vec<usize> = left.iter().map(|(index, _)| *index).collect();
        assert!(order.iter().copied().eq((45..50).chain(0..45)), "{order:?}");
        assert!((80.0..=110.0).contains(&left.last().unwrap().1), "{left:?}");
    }

    #[test]
    fn what_waited_too_long_goes_before_any_rank() {
        let mut pacer = Pacer::default();
        pacer.set_line(Some(10_000.0));
        pacer.left(10_000);
        pacer.hold("face", 1_000, FACE, 0.0);
        pacer.hold("scope", 1_000, SCOPE, MAX_WAIT_MS - 1.0);
        assert_eq!(pacer.take(MAX_WAIT_MS), Some("face"));
        pacer.left(1_000);
        pacer.hold("beyond every rank", 1_000, 99, MAX_WAIT_MS);
        assert_eq!(pacer.take(2.0 * MAX_WAIT_MS), Some("scope"));
        assert_eq!(pacer.take(2.0 * MAX_WAIT_MS), Some("beyond every rank"));
    }
}
