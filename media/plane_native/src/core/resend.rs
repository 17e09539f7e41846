//! What we are asked for again, and what of it we grant.

use super::budget::ByteBudget;

const PLACES: usize = 1_024;
const MIN_INTERVAL_MS: f64 = 10.0;
const MAX_NAMED_A_SECOND: usize = 1_000;

/// Whether a packet of one flow may be sent again: each at most once a round trip, all within their subscriber's budget.
///
/// One NACK of 1400 bytes can name 5800 packets; without a limit a subscriber could turn a trickle of feedback into
/// a flood of media.
#[derive(Debug, Default)]
pub struct ResendLimit {
    sent: Vec<(u16, f64)>,
    named: usize,
    named_since_ms: f64,
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
    pub fn allow(
        &mut self,
        sequence: u16,
        size: usize,
        now_ms: f64,
        rtt_ms: f64,
        budget: &mut ByteBudget,
    ) -> bool {
        if self.sent.is_empty() {
            self.sent = vec![(0, f64::NEG_INFINITY); PLACES]; // made with the first loss: most have none
        }
        let place = &mut self.sent[usize::from(sequence) % PLACES];
        let is_early = place.0 == sequence && now_ms - place.1 < rtt_ms.max(MIN_INTERVAL_MS);
        if is_early || !budget.take(size) {
            return false;
        }
        *place = (sequence, now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_packet_at_most_once_a_round_trip() {
        let (mut limit, mut budget) = (ResendLimit::default(), ByteBudget::default());
        let mut allow = |sequence, now_ms| limit.allow(sequence, 1_000, now_ms, 40.0, &mut budget);
        assert!(allow(7, 0.0));
        assert!(!allow(7, 39.0));
        assert!(allow(8, 39.0));
        assert!(allow(7, 40.0));
    }

    #[test]
    fn all_flows_of_a_subscriber_together_within_its_budget() {
        let (mut limits, mut budget) =
            ([ResendLimit::default(), ResendLimit::default()], ByteBudget::default());
        let granted = limits.each_mut().map(|limit| {
            (0..1_000).filter(|&sequence| limit.allow(sequence, 1_000, 0.0, 10.0, &mut budget)).count()
        });
        assert_eq!(granted, [150, 0]);
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
