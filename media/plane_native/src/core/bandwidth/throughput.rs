//! The rate at which packets arrive.

use std::collections::VecDeque;

const WINDOW_MS: f64 = 500.0;
const ENOUGH_MS: f64 = 150.0;
const MAX_PACKETS: usize = 4_096;
const NEWEST_MS: f64 = 120.0;

/// Bits a second over the last half second of the receiver's clock.
#[derive(Debug, Default)]
pub struct Throughput {
    packets: VecDeque<(f64, usize)>,
    bytes: usize,
    first_ms: Option<f64>,
    newest_ms: f64,
}

impl Throughput {
    pub fn add(&mut self, arrived_ms: f64, bytes: usize) {
        if self.first_ms.is_none() || arrived_ms - self.newest_ms > 10.0 * WINDOW_MS {
            *self = Self { first_ms: Some(arrived_ms), newest_ms: arrived_ms, ..Self::default() };
        }
        self.newest_ms = self.newest_ms.max(arrived_ms);
        self.packets.push_back((arrived_ms, bytes));
        self.bytes += bytes;
        while let Some(first) = self.packets.front().copied()
            && (first.0 < self.newest_ms - WINDOW_MS || self.packets.len() > MAX_PACKETS)
        {
            self.packets.pop_front();
            self.bytes -= first.1;
        }
    }

    /// `None` until there is enough to tell.
    #[must_use]
    pub fn bitrate_bps(&self) -> Option<f64> {
        let span_ms = (self.newest_ms - self.first_ms?).min(WINDOW_MS);
        (span_ms >= ENOUGH_MS).then(|| self.bytes as f64 * 8_000.0 / span_ms)
    }

    /// The same over the last tenth of a second: what a line that has just become thinner carries.
    #[must_use]
    pub fn newest_bps(&self) -> Option<f64> {
        let least_ms = self.newest_ms - NEWEST_MS;
        let mut bytes = 0;
        for (arrived_ms, size) in self.packets.iter().rev() {
            if *arrived_ms <= least_ms {
                return Some(bytes as f64 * 8_000.0 / NEWEST_MS);
            }
            bytes += size;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_half_second_counts() {
        let mut throughput = Throughput::default();
        (0..100).for_each(|index| throughput.add(f64::from(index) * 10.0, 1_250));
        assert!((throughput.bitrate_bps().unwrap() - 1e6).abs() < 3e4);
        (0..25).for_each(|index| throughput.add(1_000.0 + f64::from(index) * 10.0, 0));
        assert!((throughput.bitrate_bps().unwrap() - 5e5).abs() < 5e4);
    }

    #[test]
    fn the_newest_tells_of_a_line_that_has_just_become_thinner() {
        let mut throughput = Throughput::default();
        assert_eq!(throughput.newest_bps(), None);
        (0..50).for_each(|index| throughput.add(f64::from(index) * 10.0, 1_250));
        (0..13).for_each(|index| throughput.add(500.0 + f64::from(index) * 10.0, 250));
        assert!((throughput.newest_bps().unwrap() - 2e5).abs() < 1e3);
        assert!(throughput.bitrate_bps().unwrap() > 6e5);
    }

    #[test]
    fn nothing_is_told_of_a_short_while() {
        let mut throughput = Throughput::default();
        throughput.add(0.0, 1_000);
        throughput.add(100.0, 1_000);
        assert_eq!(throughput.bitrate_bps(), None);
        throughput.add(200.0, 1_000);
        assert!((throughput.bitrate_bps().unwrap() - 1.2e5).abs() < 1.0);
        throughput.add(9_000.0, 1_000);
        assert_eq!(throughput.bitrate_bps(), None);
    }
}
