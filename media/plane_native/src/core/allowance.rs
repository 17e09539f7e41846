//! What one peer may send in: octets that are allowed anew with time (MD-06); `media/core/allowance.py` tells why.

const TRACK_BPS: f64 = 12_000_000.0;
const NO_TRACK_BPS: f64 = 2_000_000.0;
const BURST_MS: f64 = 1_000.0;
const PACKET_OCTETS: f64 = 100.0;
const CALM_MS: f64 = 1_000.0;
const FLOOD_MS: f64 = 5_000.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    Taken,
    Refused,
    /// As refused, and told once.
    Floods,
}

/// The allowance of one peer; begins full.
#[derive(Debug)]
pub struct Allowance {
    spent: f64,
    at_ms: f64,
    refused_ms: f64,
    over_since_ms: f64,
    is_told: bool,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { spent: 0.0, at_ms: 0.0, refused_ms: -CALM_MS, over_since_ms: 0.0, is_told: false }
    }
}

impl Allowance {
    /// Whether a packet of this size of a peer with so many tracks may go on.
    pub fn judge(&mut self, octets: usize, tracks: usize, now_ms: f64) -> Judged {
        let octets_a_ms = (tracks as f64 * TRACK_BPS).max(NO_TRACK_BPS) / 8_000.0;
        let cost = octets as f64 + PACKET_OCTETS;
        let spent = (self.spent - (now_ms - self.at_ms) * octets_a_ms).max(0.0);
        self.at_ms = now_ms;
        if spent + cost <= octets_a_ms * BURST_MS {
            self.spent = spent + cost;
            return Judged::Taken;
        }
        self.spent = spent;
        if now_ms - self.refused_ms >= CALM_MS {
            self.over_since_ms = now_ms;
        }
        self.refused_ms = now_ms;
        if self.is_told || now_ms - self.over_since_ms < FLOOD_MS {
            return Judged::Refused;
        }
        self.is_told = true;
        Judged::Floods
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judgements of so many seconds of packets of 1100 octets at so many a second.
    fn flow(allowance: &mut Allowance, from_s: u32, seconds: u32, a_second: u32) -> [usize; 3] {
        let mut counts = [0; 3];
        for packet in 0..seconds * a_second {
            let now_ms = f64::from(from_s) * 1_000.0 + f64::from(packet) * 1_000.0 / f64::from(a_second);
            counts[allowance.judge(1_100, 1, now_ms) as usize] += 1;
        }
        counts
    }

    #[test]
    fn what_is_honest_is_taken_and_a_flood_is_limited_and_told_once() {
        let mut allowance = Allowance::default();
        assert_eq!(flow(&mut allowance, 0, 20, 1_000), [20_000, 0, 0]);
        let [taken, refused, told] = flow(&mut allowance, 20, 10, 10_000);
        assert!((12_500..=14_000).contains(&taken), "{taken}");
        assert_eq!((taken + refused + told, told), (100_000, 1));
    }

    #[test]
    fn short_bursts_with_calm_between_are_no_flood() {
        let mut allowance = Allowance::default();
        for burst in 0..10 {
            let [_, refused, told] = flow(&mut allowance, burst * 3, 1, 10_000);
            assert!(refused > 0);
            assert_eq!(told, 0);
        }
    }
}
