//! What we miss of one incoming flow, and when to ask for it (RFC 4585 6.2.1).

use std::collections::BTreeMap;

use super::budget::ByteBudget;

const MAX_MISSING: usize = 256;
const MAX_TRIES: u32 = 8;
const MAX_AGE_MS: f64 = 1_500.0;
const MIN_INTERVAL_MS: f64 = 30.0;
/// What each packet that is asked for is taken to cost the line on which it comes.
const PACKET_BYTES: usize = 1_200;

#[derive(Debug, Clone, Copy)]
struct Missing {
    asked_ms: Option<f64>,
    tries: u32,
    since_ms: f64,
}

/// Finds gaps. At most 256 are held; a jump of more than that is taken for a new beginning.
#[derive(Debug, Default)]
pub struct LossTracker {
    highest: Option<i64>,
    missing: BTreeMap<i64, Missing>,
    budget: ByteBudget,
    sent: u64,
}

impl LossTracker {
    /// Notes an extended sequence number.
    pub fn arrived(&mut self, sequence: i64, now_ms: f64) {
        match self.highest {
            Some(highest) if sequence > highest + 1 => self.open_gap(highest, sequence, now_ms),
            Some(highest) if sequence <= highest => {
                self.missing.remove(&sequence);
            }
            _ => self.highest = Some(sequence),
        }
    }

    fn open_gap(&mut self, highest: i64, sequence: i64, now_ms: f64) {
        self.highest = Some(sequence);
        if sequence - highest > MAX_MISSING as i64 {
            self.missing.clear();
            return;
        }
        let missing = Missing { asked_ms: None, tries: 0, since_ms: now_ms };
        self.missing.extend((highest + 1..sequence).map(|lost| (lost, missing)));
        while self.missing.len() > MAX_MISSING {
            self.missing.pop_first();
        }
    }

    /// Whether gaps are there to be asked for.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.missing.is_empty()
    }

    /// How many sequence numbers were asked for.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// The sequence numbers to ask for now, oldest first; each again after a round trip.
    ///
    /// No more than the budget of a flow of this rate: a line that loses much is not filled with repairs besides.
    /// What is beyond it is asked for in a later turn.
    pub fn due(&mut self, now_ms: f64, rtt_ms: f64, flowing_bps: f64) -> Vec<u16> {
        let interval_ms = rtt_ms.max(MIN_INTERVAL_MS);
        self.missing.retain(|_, each| each.tries < MAX_TRIES && now_ms - each.since_ms <= MAX_AGE_MS);
        self.budget.fill(now_ms, flowing_bps, None);
        let mut asked = Vec::new();
        for (sequence, each) in &mut self.missing {
            if each.asked_ms.is_none_or(|last| now_ms - last >= interval_ms) {
                if !self.budget.take(PACKET_BYTES) {
                    break;
                }
                each.asked_ms = Some(now_ms);
                each.tries += 1;
                asked.push(*sequence as u16);
            }
        }
        self.sent += asked.len() as u64;
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_asked_for_again_each_round_trip_until_they_are_filled_or_old() {
        let mut loss = LossTracker::default();
        [65_534, 65_535, 65_538].iter().for_each(|&sequence| loss.arrived(sequence, 0.0));
        assert_eq!(loss.due(0.0, 50.0, 0.0), [0, 1]);
        assert!(loss.due(49.0, 50.0, 0.0).is_empty());
        loss.arrived(65_536, 49.0);
        assert_eq!(loss.due(50.0, 50.0, 0.0), [1]);
        assert!(loss.is_waiting());
        assert!(loss.due(1_501.0, 50.0, 0.0).is_empty());
        assert!(!loss.is_waiting());
        assert_eq!(loss.sent(), 3);
    }

    #[test]
    fn a_request_is_made_at_most_eight_times() {
        let mut loss = LossTracker::default();
        loss.arrived(1, 0.0);
        loss.arrived(3, 0.0);
        let asked: usize = (0..40).map(|turn| loss.due(f64::from(turn) * 30.0, 1.0, 0.0).len()).sum();
        assert_eq!(asked, 8);
    }

    #[test]
    fn the_missing_are_bounded_and_a_leap_is_a_beginning() {
        let mut loss = LossTracker::default();
        (0..2_000).step_by(2).for_each(|sequence| loss.arrived(sequence, 0.0));
        assert_eq!(loss.missing.len(), 256);
        loss.arrived(5_000, 0.0);
        assert!(!loss.is_waiting());
    }

    #[test]
    fn what_is_asked_for_stays_within_the_budget_of_the_flow() {
        let mut loss = LossTracker::default();
        loss.arrived(0, 0.0);
        loss.arrived(256, 0.0);
        let first = loss.due(0.0, 1_000.0, 0.0);
        assert!(first.iter().copied().eq(1..=125), "{first:?}");
        assert!(loss.due(9.0, 1_000.0, 0.0).is_empty());
        assert_eq!(loss.due(96.0, 1_000.0, 0.0), (126..=135).collect::<Vec<u16>>());
        assert_eq!(loss.due(192.0, 1_000.0, 4e6).len(), 20);
        assert!(loss.is_waiting());
    }
}
