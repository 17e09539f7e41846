//! How many bytes may go out for the sake of loss: a bucket that time fills.

const BURST_BYTES: f64 = 150_000.0;
const FLOOR_BPS: f64 = 1_000_000.0;
const THIN_BURST_MS: f64 = 250.0;
const THIN_BURST_BYTES: f64 = 3_000.0;

/// Begins full. One for all that a subscriber is sent again, and one for what is asked again of a flow.
#[derive(Debug)]
pub struct ByteBudget {
    tokens: f64,
    filled_ms: Option<f64>,
}

impl Default for ByteBudget {
    fn default() -> Self {
        Self { tokens: BURST_BYTES, filled_ms: None }
    }
}

impl ByteBudget {
    /// What time brings: half of the rate of what flows, at least a megabit a second.
    ///
    /// `most_bps`: what a thin line has for it. More would be lost as well, and be asked for again.
    pub fn fill(&mut self, now_ms: f64, flowing_bps: f64, most_bps: Option<f64>) {
        let (mut bps, mut burst) = (FLOOR_BPS.max(flowing_bps / 2.0), BURST_BYTES);
        if let Some(most_bps) = most_bps {
            bps = bps.min(most_bps);
            burst = burst.min(THIN_BURST_BYTES.max(most_bps * THIN_BURST_MS / 8_000.0));
        }
        let elapsed_ms = self.filled_ms.map_or(0.0, |filled_ms| (now_ms - filled_ms).max(0.0));
        self.tokens = (self.tokens + elapsed_ms * bps / 8_000.0).min(burst);
        self.filled_ms = Some(now_ms);
    }

    /// Whether so many are there; if so they are gone.
    pub fn take(&mut self, bytes: usize) -> bool {
        let is_there = bytes as f64 <= self.tokens;
        if is_there {
            self.tokens -= bytes as f64;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(budget: &mut ByteBudget) -> usize {
        (0..1_000).filter(|_| budget.take(1_000)).count()
    }

    #[test]
    fn it_begins_full_and_fills_at_half_of_what_flows_but_never_below_its_floor() {
        let mut budget = ByteBudget::default();
        budget.fill(0.0, 0.0, None);
        assert_eq!(granted(&mut budget), 150);
        budget.fill(80.0, 0.0, None);
        assert_eq!(granted(&mut budget), 10);
        budget.fill(160.0, 8e6, None);
        assert_eq!(granted(&mut budget), 40);
        budget.fill(260.0, 8e6, Some(160_000.0));
        assert_eq!(granted(&mut budget), 2);
        budget.fill(60_000.0, 8e6, Some(160_000.0));
        assert_eq!(granted(&mut budget), 5);
        budget.fill(120_000.0, 8e6, None);
        assert_eq!(granted(&mut budget), 150);
    }
}
