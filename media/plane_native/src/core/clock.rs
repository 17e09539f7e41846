//! The one place where RTP time becomes wall time; `media/core/clock_map.py` tells the reasons.
//!
//! A publisher's sender reports tie its RTP time to its own NTP clock, which may be wrong by any amount.
//! `SenderClock` lays that clock onto the server's by the smallest (arrival - sender) difference of the last half
//! minute. `ClockMap` joins the two for one layer; before the first report the packets' arrival stands in.

use std::collections::VecDeque;

use super::sequence::{Unwrapper, difference32};

const SENDER_WINDOW_MS: f64 = 30_000.0;
const ARRIVAL_WINDOW_MS: f64 = 5_000.0;
const STEP_MS: f64 = 1_000.0;
const STEP_SAMPLES: u32 = 3;
const SETTLE_MS: f64 = 5_000.0;
const SLEW_MS_PER_MS: f64 = 1.5 / 1_000.0;
const JUMP_MS: f64 = 500.0;
const OLDEST_MS: f64 = 1_000.0;
const TELL_MOVED_MS: f64 = 2.0;
const TELL_EVERY_MS: f64 = 5_000.0;

/// The smallest value of a window of time, in amortised constant time.
#[derive(Debug)]
struct WindowedMinimum {
    samples: VecDeque<(f64, f64)>,
    window_ms: f64,
}

impl WindowedMinimum {
    fn new(window_ms: f64) -> Self {
        Self { samples: VecDeque::new(), window_ms }
    }

    fn add(&mut self, at_ms: f64, value: f64) {
        while self.samples.back().is_some_and(|last| last.1 >= value) {
            self.samples.pop_back();
        }
        self.samples.push_back((at_ms, value));
        while self.samples.front().is_some_and(|first| at_ms - first.0 > self.window_ms) {
            self.samples.pop_front();
        }
    }

    fn value(&self) -> Option<f64> {
        self.samples.front().map(|first| first.1)
    }
}

/// What to add to one sender's NTP time to stand on the server's axis; shared by all its flows.
#[derive(Debug)]
pub struct SenderClock {
    minimum: WindowedMinimum,
    strange: u32,
}

impl Default for SenderClock {
    fn default() -> Self {
        Self { minimum: WindowedMinimum::new(SENDER_WINDOW_MS), strange: 0 }
    }
}

impl SenderClock {
    /// `None` until the first report.
    #[must_use]
    pub fn offset_ms(&self) -> Option<f64> {
        self.minimum.value()
    }

    /// A report saying `sender_ms` arrived; a clock that was set back is followed after three.
    pub fn on_report(&mut self, sender_ms: f64, arrival_ms: f64) {
        let sample = arrival_ms - sender_ms;
        let is_strange = self.minimum.value().is_some_and(|known| sample - known > STEP_MS);
        self.strange = if is_strange { self.strange + 1 } else { 0 };
        if self.strange >= STEP_SAMPLES {
            self.minimum.samples.clear();
            self.strange = 0;
        }
        self.minimum.add(arrival_ms, sample);
    }
}

/// A value that is followed at once for its first five seconds and then by at most 1.5 ms a second; a step of more
/// than half a second is followed at once.
#[derive(Debug, Default)]
struct Settled {
    value: Option<f64>,
    since_ms: Option<f64>,
    at_ms: f64,
}

impl Settled {
    fn follow(&mut self, target: f64, now_ms: f64) {
        let since = *self.since_ms.get_or_insert(now_ms);
        let elapsed = (now_ms - self.at_ms).max(0.0);
        self.at_ms = self.at_ms.max(now_ms);
        self.value = Some(match self.value {
            Some(known) if now_ms - since >= SETTLE_MS && (target - known).abs() <= JUMP_MS => {
                let most = elapsed * SLEW_MS_PER_MS;
                known + (target - known).clamp(-most, most)
            }
            _ => target,
        });
    }

    fn forget(&mut self) {
        self.value = None;
        self.since_ms = None;
    }

    /// Whether it is past its first seconds, so that it alone counts.
    fn is_firm(&self) -> bool {
        self.since_ms.is_some_and(|since| self.at_ms - since >= SETTLE_MS)
    }
}

/// RTP time of one layer to the wall time of capture. `sender_ms` is the offset of the peer's `SenderClock`.
#[derive(Debug)]
pub struct ClockMap {
    pub clock_rate: u32,
    ms_per_tick: f64,
    unwrapper: Unwrapper,
    arrival: WindowedMinimum,
    intercept_ms: Option<f64>,
    is_exact: bool,
    settled: Settled,
    reported: bool,
}

impl ClockMap {
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate,
            ms_per_tick: 1_000.0 / f64::from(clock_rate.max(1)),
            unwrapper: Unwrapper::new(32),
            arrival: WindowedMinimum::new(ARRIVAL_WINDOW_MS),
            intercept_ms: None,
            is_exact: false,
            settled: Settled::default(),
            reported: false,
        }
    }

    fn is_from_reports(&self, sender_ms: Option<f64>) -> bool {
        self.intercept_ms.is_some() && sender_ms.is_some()
    }

    /// A packet came; teaches alone until the sender's clock is known, and bounds it afterwards.
    pub fn on_packet(&mut self, timestamp: u32, arrival_ms: f64, sender_ms: Option<f64>) {
        let extended = self.unwrapper.unwrap(timestamp);
        self.arrival.add(arrival_ms, arrival_ms - extended as f64 * self.ms_per_tick);
        if self.is_from_reports(sender_ms) && !self.reported {
            self.reported = true;
            self.settled.forget();
        }
        if let Some(base) = self.learnt(sender_ms) {
            self.settled.follow(base, arrival_ms);
        }
    }

    /// A sender report: this RTP time is this time of the sender's clock. Ignored once the sender stamps capture
    /// times on the packets themselves, which say it better.
    pub fn on_report(&mut self, timestamp: u32, sender_ms: f64) {
        if !self.is_exact {
            self.learn(timestamp, sender_ms);
        }
    }

    /// A packet's abs-capture-time, in the sender's clock.
    pub fn on_capture_time(&mut self, timestamp: u32, sender_ms: f64) {
        self.is_exact = true;
        self.learn(timestamp, sender_ms);
    }

    fn learn(&mut self, timestamp: u32, sender_ms: f64) {
        let sample = sender_ms - self.unwrapper.peek(timestamp) as f64 * self.ms_per_tick;
        self.intercept_ms = Some(match self.intercept_ms {
            Some(known) if (sample - known).abs() <= JUMP_MS => known + (sample - known) / 4.0,
            _ => sample,
        });
    }

    /// The wall time of capture for an RTP timestamp within 2^31 of the newest; `None` while unknown.
    #[must_use]
    pub fn at(&self, timestamp: u32, sender_ms: Option<f64>) -> Option<f64> {
        let base = self.base(sender_ms)?;
        Some(base + self.unwrapper.peek(timestamp) as f64 * self.ms_per_tick)
    }

    /// The settled value; what was learnt alone as long as that is unsettled, or after a real step.
    fn base(&self, sender_ms: Option<f64>) -> Option<f64> {
        let learnt = self.learnt(sender_ms)?;
        let stale = self.reported != self.is_from_reports(sender_ms) || !self.settled.is_firm();
        match self.settled.value {
            Some(settled) if !stale && (learnt - settled).abs() <= JUMP_MS => Some(settled),
            _ => Some(learnt),
        }
    }

    /// What all that came says now about RTP time zero. Nothing is captured after it arrived, and nothing live long
    /// before: reports that say so are wrong, and arrival stands in.
    fn learnt(&self, sender_ms: Option<f64>) -> Option<f64> {
        let arrival = self.arrival.value();
        let (Some(intercept), Some(offset)) = (self.intercept_ms, sender_ms) else { return arrival };
        let reported = intercept + offset;
        match arrival {
            Some(arrival) if reported < arrival - OLDEST_MS || reported > arrival => Some(arrival),
            _ => Some(reported),
        }
    }
}

/// Decides when a mapping is told: when first known, moved by more than 2 ms, and every 5 s.
#[derive(Debug, Clone, Copy)]
pub struct ClockWatch {
    ms_per_tick: f64,
    told: Option<(u32, f64, f64)>,
}

impl ClockWatch {
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Self { ms_per_tick: 1_000.0 / f64::from(clock_rate.max(1)), told: None }
    }

    /// Whether to tell now that this RTP timestamp was captured then; remembers it as told.
    pub fn check(&mut self, timestamp: u32, capture_ms: f64, now_ms: f64) -> bool {
        if let Some((told, told_capture_ms, _)) = self.told.filter(|told| now_ms - told.2 < TELL_EVERY_MS) {
            let expected = told_capture_ms + difference32(timestamp, told) as f64 * self.ms_per_tick;
            if (capture_ms - expected).abs() <= TELL_MOVED_MS {
                return false;
            }
        }
        self.told = Some((timestamp, capture_ms, now_ms));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: Option<f64>, right: f64) -> bool {
        left.is_some_and(|left| (left - right).abs() < 1.0)
    }

    #[test]
    fn arrival_stands_in_until_reports_say_better() {
        let (mut sender, mut map) = (SenderClock::default(), ClockMap::new(90_000));
        for index in 0..10_u32 {
            map.on_packet(index * 9_000, 1_000_080.0 + f64::from(index) * 100.0, None);
        }
        assert!(near(map.at(0, None), 1_000_080.0));

        // The sender's clock is a day wrong; its report took 5 ms, its pictures 80.
        sender.on_report(86_400_000.0 + 1_000_900.0, 1_000_905.0);
        map.on_report(81_000, 86_400_000.0 + 1_000_900.0);

        assert!(near(map.at(0, sender.offset_ms()), 1_000_005.0));
    }

    #[test]
    fn reports_that_do_not_fit_their_packets_are_not_believed() {
        let mut map = ClockMap::new(90_000);
        map.on_packet(0, 50_000.0, Some(0.0));
        map.on_report(0, 60_000.0);
        assert!(near(map.at(0, Some(0.0)), 50_000.0));
        map.on_report(0, 10_000.0);
        assert!(near(map.at(0, Some(0.0)), 50_000.0));
    }

    #[test]
    fn a_settled_mapping_moves_slowly() {
        let mut map = ClockMap::new(1_000);
        for second in 0..10_u32 {
            map.on_packet(second * 1_000, f64::from(second) * 1_000.0, None);
        }
        for second in 10..16_u32 {
            map.on_packet(second * 1_000, f64::from(second) * 1_000.0 + 200.0, None);
        }
        let off = map.at(16_000, None).unwrap() - 16_000.0;
        assert!(off > 0.0 && off < 20.0, "{off}");
    }

    #[test]
    fn a_clock_that_was_set_back_is_followed_after_three_reports() {
        let mut sender = SenderClock::default();
        sender.on_report(10_000.0, 10_010.0);
        for second in 1..4_u32 {
            sender.on_report(f64::from(second) * 1_000.0, 10_010.0 + f64::from(second) * 1_000.0);
        }
        assert!(near(sender.offset_ms(), 10_010.0));
    }

    #[test]
    fn a_mapping_is_told_when_it_moved_and_every_five_seconds() {
        let mut watch = ClockWatch::new(90_000);
        assert!(watch.check(0, 0.0, 0.0));
        assert!(!watch.check(9_000, 101.5, 100.0));
        assert!(watch.check(9_000, 103.0, 100.0));
        assert!(watch.check(9_000, 103.0, 5_100.0));
    }
}
