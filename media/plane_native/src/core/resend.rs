//! What we are asked for again, and what of it we grant.

const PLACES: usize = 1_024;
const MIN_INTERVAL_MS: f64 = 10.0;
const MAX_NAMED_A_SECOND: usize = 1_000;
const BURST_BYTES: f64 = 150_000.0;

/// Whether a packet may be sent again: each at most once a round trip, all within a byte budget.
///
/// One NACK of 1400 bytes can name 5800 packets; without a limit a subscriber could turn a trickle of feedback into
/// a flood of media.
#[derive(Debug)]
pub struct ResendLimit {
    sent: Vec<(u16, f64)>,
    tokens: f64,
    named: usize,
    named_since_ms: f64,
    filled_ms: Option<f64>,
}

impl Default for ResendLimit {
    fn default() -> Self {
        Self { sent: Vec::new(), tokens: BURST_BYTES, named: 0, named_since_ms: 0.0, filled_ms: None }
    }
}

impl ResendLimit {
    /// How many of these sequence numbers are looked up at all: a thousand a second.
    pub fn listen(&mut self, named: usize, now_ms: f64) -> usize {
        if now_ms - self.named_since_ms >= 1_000.0 {
            self.named = 0;
            self.named_since_ms = now_ms;
        }
        let heard = named.min(MAX_NAMED_A_SECOND - self.named);
        self.named += heard;
        heard
    }

    /// Takes `size` bytes from the budget for this sequence number on the wire, or refuses.
    pub fn allow(&mut self, sequence: u16, size: usize, now_ms: f64, rtt_ms: f64, budget_bps: f64) -> bool {
        self.fill(now_ms, budget_bps);
        if self.sent.is_empty() {
            self.sent = vec![(0, f64::NEG_INFINITY); PLACES]; // made with the first loss: most have none
        }
        let place = &mut self.sent[usize::from(sequence) % PLACES];
        let is_early = place.0 == sequence && now_ms - place.1 < rtt_ms.max(MIN_INTERVAL_MS);
        if is_early || size as f64 > self.tokens {
            return false;
        }
        self.tokens -= size as f64;
        *place = (sequence, now_ms);
        true
    }

    fn fill(&mut self, now_ms: f64, budget_bps: f64) {
        if let Some(filled_ms) = self.filled_ms {
            let gained = ((now_ms - filled_ms) * budget_bps / 8_000.0).max(0.0);
            self.tokens = (self.tokens + gained).min(BURST_BYTES);
        }
        self.filled_ms = Some(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_packet_at_most_once_a_round_trip() {
        let mut limit = ResendLimit::default();
        assert!(limit.allow(7, 1_000, 0.0, 40.0, 1e6));
        assert!(!limit.allow(7, 1_000, 39.0, 40.0, 1e6));
        assert!(limit.allow(8, 1_000, 39.0, 40.0, 1e6));
        assert!(limit.allow(7, 1_000, 40.0, 40.0, 1e6));
    }

    #[test]
    fn all_together_within_the_budget() {
        let mut limit = ResendLimit::default();
        let granted = |limit: &mut ResendLimit, now_ms| {
            (0..1_000).filter(|&sequence| limit.allow(sequence, 1_000, now_ms, 10.0, 1e6)).count()
        };
        assert_eq!(granted(&mut limit, 0.0), 150);
        assert_eq!(granted(&mut limit, 80.0), 10);
    }

    #[test]
    fn a_thousand_are_looked_up_a_second() {
        let mut limit = ResendLimit::default();
        assert_eq!(limit.listen(600, 0.0), 600);
        assert_eq!(limit.listen(600, 999.0), 400);
        assert_eq!(limit.listen(1, 999.0), 0);
        assert_eq!(limit.listen(4_000, 1_000.0), 1_000);
    }
}
