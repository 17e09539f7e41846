//! What loss says of a rate (GCC 6): below 2 % nothing, up to 10 % no more, above it less.

const LOW: f64 = 0.02;
const HIGH: f64 = 0.10;
const WINDOW_MS: f64 = 250.0;
const LONG_WINDOW_MS: f64 = 1_000.0;
const ENOUGH_PACKETS: u32 = 20;
/// Standard deviations of a count that are put down to chance.
const CHANCE: f64 = 2.0;
const SMOOTHING: f64 = 0.3;

/// Counts over short windows. Packets sent before the last cut do not count against what came after it.
#[derive(Debug)]
pub struct LossControl {
    lost: u32,
    total: u32,
    since_ms: Option<f64>,
    cut_ms: f64,
    pub fraction: f64,
    pub may_rise: bool,
}

impl Default for LossControl {
    fn default() -> Self {
        Self { lost: 0, total: 0, since_ms: None, cut_ms: f64::NEG_INFINITY, fraction: 0.0, may_rise: true }
    }
}

impl LossControl {
    pub fn add(&mut self, sent_ms: f64, is_lost: bool) {
        if sent_ms >= self.cut_ms {
            self.total += 1;
            self.lost += u32::from(is_lost);
        }
    }

    /// The share to cut, 0..0.5, once a window is over that shows more than 10 % beyond chance.
    pub fn due(&mut self, now_ms: f64) -> Option<f64> {
        let elapsed_ms = now_ms - *self.since_ms.get_or_insert(now_ms);
        let is_short = self.total < ENOUGH_PACKETS && elapsed_ms < LONG_WINDOW_MS;
        if elapsed_ms < WINDOW_MS || is_short {
            return None;
        }
        let (lost, total) = (std::mem::take(&mut self.lost), std::mem::take(&mut self.total));
        self.since_ms = Some(now_ms);
        if total == 0 {
            return None;
        }
        let (share, total) = (f64::from(lost) / f64::from(total), f64::from(total));
        self.fraction += SMOOTHING * (share - self.fraction);
        let certain = share - CHANCE * (share * (1.0 - share) / total).sqrt();
        self.may_rise = certain <= LOW;
        if certain <= HIGH {
            return None;
        }
        self.cut_ms = now_ms;
        Some(share / 2.0)
    }
}

/// The same of receiver reports, for who sends no transport-wide feedback: a limit, `None` where loss does not limit.
#[derive(Debug, Default)]
pub struct ReportedLoss {
    limit_bps: Option<f64>,
    cut_ms: Option<f64>,
    pub fraction: f64,
}

const GROWTH_A_REPORT: f64 = 1.05;
const CUT_EVERY_MS: f64 = 300.0;

impl ReportedLoss {
    #[must_use]
    pub fn limit_bps(&self) -> Option<f64> {
        self.limit_bps
    }

    /// A report of this loss while so much was sent; `most_bps`: where the limit ends.
    pub fn report(&mut self, fraction: f64, sent_bps: f64, most_bps: f64, now_ms: f64, rtt_ms: f64) {
        self.fraction = fraction;
        if fraction > HIGH {
            if self.cut_ms.is_none_or(|cut| now_ms - cut >= CUT_EVERY_MS + rtt_ms) {
                self.cut_ms = Some(now_ms);
                let bps = self.limit_bps.map_or(sent_bps, |limit| limit.min(sent_bps));
                self.limit_bps = Some((bps * (1.0 - fraction / 2.0)).max(super::MIN_BPS));
            }
        } else if fraction < LOW {
            self.limit_bps = self.limit_bps.map(|limit| limit * GROWTH_A_REPORT);
        }
        self.limit_bps = self.limit_bps.filter(|limit| *limit < most_bps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(loss: &mut LossControl, at_ms: f64, lost: usize, total: usize) -> Option<f64> {
        (0..total).for_each(|index| loss.add(at_ms, index < lost));
        loss.due(at_ms + 300.0)
    }

    #[test]
    fn what_chance_explains_is_no_reason_to_send_less() {
        let mut loss = LossControl::default();
        assert_eq!(loss.due(0.0), None);
        assert_eq!(window(&mut loss, 0.0, 12, 100), None);
        assert!(!loss.may_rise);
        assert_eq!(window(&mut loss, 400.0, 3, 100), None);
        assert!(loss.may_rise);
        assert_eq!(window(&mut loss, 800.0, 40, 100), Some(0.2));
        // Sent before the cut: it does not count again.
        loss.add(900.0, true);
        assert_eq!(loss.total, 0);
    }

    #[test]
    fn few_packets_are_judged_by_the_second() {
        let mut loss = LossControl::default();
        loss.due(0.0);
        (0..10).for_each(|_| loss.add(0.0, true));
        assert_eq!(loss.due(300.0), None);
        assert_eq!(loss.due(1_000.0), Some(0.5));
    }

    #[test]
    fn reports_limit_and_lift() {
        let mut loss = ReportedLoss::default();
        loss.report(0.09, 1e6, 5e6, 0.0, 50.0);
        assert_eq!(loss.limit_bps(), None);
        loss.report(0.2, 1e6, 5e6, 0.0, 50.0);
        loss.report(0.2, 1e6, 5e6, 100.0, 50.0);
        assert_eq!(loss.limit_bps(), Some(900_000.0));
        loss.report(0.01, 1e6, 5e6, 1_000.0, 50.0);
        assert_eq!(loss.limit_bps(), Some(945_000.0));
        loss.report(0.01, 1e6, 9e5, 2_000.0, 50.0);
        assert_eq!(loss.limit_bps(), None);
    }
}
