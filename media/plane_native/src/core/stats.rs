//! Counters of one flow, and what a receiver reports of it (RFC 3550 6.4, A.3, A.8).

use super::sequence::difference32;

/// Bits a second over the last stretch between two ticks of at least a second.
#[derive(Debug, Clone, Copy, Default)]
pub struct RateMeter {
    octets: u64,
    since_ms: Option<f64>,
    pub bitrate_bps: f64,
}

impl RateMeter {
    /// Measures from a running total.
    pub fn tick(&mut self, total_octets: u64, now_ms: f64) {
        match self.since_ms {
            Some(since) if now_ms >= since && now_ms - since < 900.0 => return,
            Some(since) if now_ms >= since => {
                let gained = total_octets.saturating_sub(self.octets) as f64;
                self.bitrate_bps = gained * 8_000.0 / (now_ms - since);
            }
            _ => {}
        }
        self.octets = total_octets;
        self.since_ms = Some(now_ms);
    }
}

/// The figures of a report block; `jitter` in RTP ticks, `fraction_lost` in 1/256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceptionReport {
    pub fraction_lost: u8,
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    pub jitter: u32,
}

/// Counts one incoming flow by extended sequence number.
#[derive(Debug, Clone, Copy)]
pub struct Reception {
    ticks_per_ms: f64,
    base: Option<i64>,
    highest: i64,
    jitter: f64,
    last: (u32, f64),
    expected_before: i64,
    received_before: i64,
    pub packets: u64,
    pub octets: u64,
}

impl Reception {
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Self {
            ticks_per_ms: f64::from(clock_rate) / 1_000.0,
            base: None,
            highest: 0,
            jitter: 0.0,
            last: (0, 0.0),
            expected_before: 0,
            received_before: 0,
            packets: 0,
            octets: 0,
        }
    }

    pub fn arrived(&mut self, sequence: i64, timestamp: u32, octets: usize, arrival_ms: f64) {
        self.packets += 1;
        self.octets += octets as u64;
        if self.base.is_none() {
            self.base = Some(sequence);
            self.highest = sequence;
            self.last = (timestamp, arrival_ms);
            return;
        }
        self.highest = self.highest.max(sequence);
        if timestamp != self.last.0 {
            let ticks = (arrival_ms - self.last.1) * self.ticks_per_ms;
            let deviation = (ticks - difference32(timestamp, self.last.0) as f64).abs();
            if deviation < self.ticks_per_ms * 10_000.0 {
                self.jitter += (deviation - self.jitter) / 16.0;
            }
            self.last = (timestamp, arrival_ms);
        }
    }

    fn expected(&self) -> i64 {
        self.base.map_or(0, |base| self.highest - base + 1)
    }

    /// Expected less received, never below 0.
    #[must_use]
    pub fn lost(&self) -> u64 {
        (self.expected() - self.packets as i64).max(0) as u64
    }

    /// The figures since the last report; the highest sequence with its cycles.
    pub fn report(&mut self) -> ReceptionReport {
        let (all_expected, all_received) = (self.expected(), self.packets as i64);
        let expected = all_expected - self.expected_before;
        let lost = (expected - (all_received - self.received_before)).max(0);
        self.expected_before = all_expected;
        self.received_before = all_received;
        let fraction = if expected > 0 { (lost * 256 / expected).min(255) } else { 0 };
        ReceptionReport {
            fraction_lost: fraction as u8,
            cumulative_lost: (all_expected - all_received) as i32,
            highest_sequence: if self.base.is_some() { (self.highest - 0x1_0000) as u32 } else { 0 },
            jitter: self.jitter as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_reported_since_the_last_report_and_in_all() {
        let mut reception = Reception::new(90_000);
        for sequence in [65_536, 65_537, 65_539] {
            reception.arrived(sequence, 0, 100, 0.0);
        }
        let first = reception.report();
        assert_eq!((first.fraction_lost, first.cumulative_lost, first.highest_sequence), (64, 1, 3));
        reception.arrived(65_540, 0, 100, 0.0);
        let second = reception.report();
        assert_eq!((second.fraction_lost, second.cumulative_lost), (0, 1));
        assert_eq!((reception.lost(), reception.packets, reception.octets), (1, 4, 400));
    }

    #[test]
    fn jitter_grows_with_uneven_arrival() {
        let mut reception = Reception::new(90_000);
        for (index, at_ms) in [(0_u32, 0.0), (1, 33.3), (2, 90.0), (3, 100.0)] {
            reception.arrived(i64::from(index), index * 3_000, 1, at_ms);
        }
        assert!(reception.report().jitter > 100);
    }

    #[test]
    fn rates_are_measured_over_a_second() {
        let mut rate = RateMeter::default();
        rate.tick(0, 0.0);
        rate.tick(50_000, 500.0);
        assert!(rate.bitrate_bps < 1.0);
        rate.tick(125_000, 1_000.0);
        assert!((rate.bitrate_bps - 1e6).abs() < 1.0);
    }
}
