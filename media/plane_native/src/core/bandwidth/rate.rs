//! The rate that follows from use: up by a share or a step, down to a part of what arrives (GCC 5.5).

use super::delay::Signal;
use super::{MAX_BPS, MIN_BPS};

pub const BETA: f64 = 0.85;
const GROWTH_A_SECOND: f64 = 1.08;
const HEADROOM: f64 = 1.5;
const HEADROOM_BPS: f64 = 10_000.0;
const PACKET_BITS: f64 = 1_200.0 * 8.0;
const MIN_STEP_BPS: f64 = 1_000.0;
const MIN_NEAR_STEP_BPS: f64 = 4_000.0;
const RESPONSE_MS: f64 = 100.0;
const EWMA: f64 = 0.05;
const MIN_SPREAD: f64 = 0.4;
const MAX_SPREAD: f64 = 2.5;
const MAX_STEP_MS: f64 = 1_000.0;

/// What arrived whenever the line was full: its mean in kbit/s, and a variance relative to it.
#[derive(Debug, Clone, Copy)]
struct Capacity {
    kbps: f64,
    spread: f64,
}

impl Capacity {
    fn reach_kbps(&self) -> f64 {
        3.0 * (self.spread * self.kbps).sqrt()
    }

    fn is_near(&self, kbps: f64) -> bool {
        (kbps - self.kbps).abs() <= self.reach_kbps()
    }

    fn is_below(&self, kbps: f64) -> bool {
        kbps > self.kbps + self.reach_kbps()
    }

    fn full_at(known: Option<Self>, kbps: f64) -> Self {
        let Some(known) = known.filter(|known| known.is_near(kbps)) else {
            return Self { kbps, spread: MIN_SPREAD };
        };
        let mean = (1.0 - EWMA) * known.kbps + EWMA * kbps;
        let error = mean - kbps;
        let spread = (1.0 - EWMA) * known.spread + EWMA * error * error / mean.max(1.0);
        Self { kbps: mean, spread: spread.clamp(MIN_SPREAD, MAX_SPREAD) }
    }
}

/// What one feedback told.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub signal: Signal,
    pub passed_bps: Option<f64>,
    pub may_rise: bool,
    /// The highest rate to rise to by itself.
    pub ceiling_bps: f64,
}

/// Additive increase near the capacity last met, multiplicative far from it; multiplicative decrease.
#[derive(Debug)]
pub struct RateControl {
    bps: f64,
    capacity: Option<Capacity>,
    is_rising: bool,
    updated_ms: Option<f64>,
    fell_ms: Option<f64>,
}

impl RateControl {
    #[must_use]
    pub fn new(bps: f64) -> Self {
        Self { bps, capacity: None, is_rising: true, updated_ms: None, fell_ms: None }
    }

    #[must_use]
    pub fn bitrate_bps(&self) -> f64 {
        self.bps
    }

    /// The rate as somebody else knows it.
    pub fn set(&mut self, bps: f64) {
        self.bps = bps.clamp(MIN_BPS, MAX_BPS);
    }

    /// Once for each feedback.
    pub fn update(&mut self, heard: &Heard, now_ms: f64, rtt_ms: f64) {
        let before_ms = self.updated_ms.replace(now_ms);
        match heard.signal {
            Signal::Overuse => {
                self.is_rising = false;
                self.fall(heard.passed_bps, now_ms, rtt_ms);
            }
            // Queues drain: what they hold must not be taken for room.
            Signal::Underuse => self.is_rising = false,
            Signal::Normal if !self.is_rising => self.is_rising = true,
            Signal::Normal => {
                if let (true, Some(before_ms)) = (heard.may_rise, before_ms) {
                    let elapsed_s = (now_ms - before_ms).min(MAX_STEP_MS) / 1_000.0;
                    self.rise(heard, elapsed_s, rtt_ms);
                }
            }
        }
    }

    fn rise(&mut self, heard: &Heard, elapsed_s: f64, rtt_ms: f64) {
        let Some(passed_bps) = heard.passed_bps else { return };
        self.capacity = self.capacity.filter(|known| !known.is_below(passed_bps / 1_000.0));
        let step_bps = if self.capacity.is_some_and(|known| known.is_near(self.bps / 1_000.0)) {
            (PACKET_BITS / 2.0 * 1_000.0 / (RESPONSE_MS + rtt_ms)).max(MIN_NEAR_STEP_BPS) * elapsed_s
        } else {
            (self.bps * (GROWTH_A_SECOND.powf(elapsed_s) - 1.0)).max(MIN_STEP_BPS * elapsed_s)
        };
        // What was never tried is not believed, but what is believed stays.
        let limit_bps = (passed_bps * HEADROOM + HEADROOM_BPS).min(heard.ceiling_bps).min(MAX_BPS);
        if self.bps < limit_bps {
            self.bps = (self.bps + step_bps).min(limit_bps);
        }
    }

    fn fall(&mut self, passed_bps: Option<f64>, now_ms: f64, rtt_ms: f64) {
        let measured_bps = passed_bps.unwrap_or(self.bps);
        let is_early = self.fell_ms.is_some_and(|fell| now_ms - fell < rtt_ms.clamp(10.0, 200.0));
        if is_early && measured_bps > self.bps / 2.0 {
            return;
        }
        self.fell_ms = Some(now_ms);
        self.capacity = Some(Capacity::full_at(self.capacity, measured_bps / 1_000.0));
        self.bps = self.bps.min(BETA * measured_bps).max(MIN_BPS);
    }

    /// No more than this gets through.
    pub fn cut(&mut self, bps: f64) {
        self.bps = self.bps.min(bps).max(MIN_BPS);
        self.is_rising = false;
    }

    /// A probe got through at this rate.
    pub fn lift(&mut self, bps: f64) {
        if bps > self.bps {
            self.bps = bps.min(MAX_BPS);
            self.capacity = self.capacity.filter(|known| !known.is_below(bps / 1_000.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::START_BPS;
    use super::*;

    fn heard(signal: Signal, passed_bps: f64) -> Heard {
        Heard { signal, passed_bps: Some(passed_bps), may_rise: true, ceiling_bps: MAX_BPS }
    }

    fn run(rate: &mut RateControl, signal: Signal, passed_bps: f64, from_ms: f64, to_ms: f64) {
        let mut now_ms = from_ms;
        while now_ms < to_ms {
            rate.update(&heard(signal, passed_bps), now_ms, 50.0);
            now_ms += 50.0;
        }
    }

    #[test]
    fn far_from_the_limit_it_grows_by_eight_percent_a_second() {
        let mut rate = RateControl::new(START_BPS);
        run(&mut rate, Signal::Normal, 2e6, 0.0, 1_050.0);
        assert!((rate.bitrate_bps() / 1.08e6 - 1.0).abs() < 0.01, "{}", rate.bitrate_bps());
    }

    #[test]
    fn it_falls_to_a_share_of_what_passes_and_then_grows_slowly() {
        let mut rate = RateControl::new(4e6);
        rate.update(&heard(Signal::Overuse, 2e6), 0.0, 50.0);
        assert!((rate.bitrate_bps() - 1.7e6).abs() < 1.0);
        rate.update(&heard(Signal::Overuse, 1.8e6), 20.0, 50.0);
        assert!((rate.bitrate_bps() - 1.7e6).abs() < 1.0);
        rate.update(&heard(Signal::Overuse, 2e6), 100.0, 50.0);
        let fallen = rate.bitrate_bps();
        run(&mut rate, Signal::Normal, 1.99e6, 200.0, 1_200.0);
        assert!(rate.bitrate_bps() > fallen && rate.bitrate_bps() < 1.2 * fallen, "{}", rate.bitrate_bps());
    }

    #[test]
    fn what_is_not_sent_is_not_believed() {
        let mut rate = RateControl::new(START_BPS);
        run(&mut rate, Signal::Normal, 8e5, 0.0, 60_000.0);
        assert!((rate.bitrate_bps() - 1.21e6).abs() < 1.0);
        run(&mut rate, Signal::Underuse, 8e6, 60_000.0, 61_000.0);
        assert!((rate.bitrate_bps() - 1.21e6).abs() < 1.0);
    }

    #[test]
    fn it_never_falls_below_the_least_and_a_probe_lifts_it() {
        let mut rate = RateControl::new(START_BPS);
        run(&mut rate, Signal::Overuse, 1_000.0, 0.0, 5_000.0);
        assert!((rate.bitrate_bps() - MIN_BPS).abs() < 1.0);
        rate.lift(3e6);
        rate.lift(2e6);
        assert!((rate.bitrate_bps() - 3e6).abs() < 1.0);
    }
}
