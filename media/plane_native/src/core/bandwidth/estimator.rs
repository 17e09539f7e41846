//! The estimate of one line: delays, losses and probes together, one call a feedback.

use super::delay::{DelayDetector, Signal};
use super::log::Sent;
use super::loss::{LossControl, ReportedLoss};
use super::probe::{
    DURATION_MS, FACTOR, FIRST_FACTOR, GOAL_FACTOR, GREW, NEEDY, NEEDY_RETRY_MS, PASSED, Probe, RETRY_MS,
    SETTLE_MS,
};
use super::queue::{QueueDelay, STANDING_QUEUE_MS};
use super::rate::{BETA, Heard, RateControl};
use super::throughput::Throughput;
use super::{MAX_BPS, START_BPS};

const DRAIN: f64 = 0.9;
/// What arrives out of so long a queue is what the line carries, whatever was thought of it.
const FULL_QUEUE_MS: f64 = 80.0;
/// So long after the last transport feedback the receiver's own estimate counts.
const RECEIVER_AFTER_MS: f64 = 3_000.0;

/// What a feedback told of one packet; `arrived_ms` on the receiver's clock, `None`: not arrived.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    pub sent: Sent,
    pub arrived_ms: Option<f64>,
}

/// What a line carries. `goal_bps`: what would be sent if it could be; 0: unknown, and no probes.
#[derive(Debug)]
pub struct Estimator {
    control: RateControl,
    delay: DelayDetector,
    throughput: Throughput,
    queue: QueueDelay,
    loss: LossControl,
    reported: ReportedLoss,
    probe: Option<Probe>,
    probe_due_ms: f64,
    probes: u16,
    shadow: (f64, f64),
    heard_ms: Option<f64>,
    receiver_bps: Option<f64>,
    /// The estimate is more than where it began: a probe or a full queue has told.
    was_tried: bool,
    pub goal_bps: f64,
}

impl Default for Estimator {
    fn default() -> Self {
        Self {
            control: RateControl::new(START_BPS),
            delay: DelayDetector::default(),
            throughput: Throughput::default(),
            queue: QueueDelay::default(),
            loss: LossControl::default(),
            reported: ReportedLoss::default(),
            probe: None,
            probe_due_ms: 0.0,
            probes: 0,
            shadow: (0.0, 0.0),
            heard_ms: None,
            receiver_bps: None,
            was_tried: false,
            goal_bps: 0.0,
        }
    }
}

impl Estimator {
    /// `None` while nothing is known that limits.
    #[must_use]
    pub fn bitrate_bps(&self) -> Option<f64> {
        if self.heard_ms.is_some() {
            return Some(self.control.bitrate_bps());
        }
        let receiver = self.receiver_bps.unwrap_or(f64::INFINITY);
        let bps = self.reported.limit_bps().unwrap_or(f64::INFINITY).min(receiver);
        bps.is_finite().then_some(bps)
    }

    #[must_use]
    pub fn fraction_lost(&self) -> f64 {
        if self.heard_ms.is_some() { self.loss.fraction } else { self.reported.fraction }
    }

    #[must_use]
    pub fn queue_ms(&self) -> f64 {
        self.queue.queue_ms()
    }

    /// What arrived lately; `None` where it is not told.
    #[must_use]
    pub fn passed_bps(&self) -> Option<f64> {
        self.throughput.bitrate_bps()
    }

    /// Whether the line is known to carry less than is wanted of it.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.was_tried && self.bitrate_bps().is_some_and(|bps| bps < self.goal_bps)
    }

    /// One that knows nothing yet, with the same goal.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { goal_bps: self.goal_bps, ..Self::default() }
    }

    /// What one feedback told, by number; nothing new changes nothing.
    pub fn on_feedback(&mut self, told: &[Told], now_ms: f64, rtt_ms: f64) {
        if told.is_empty() {
            return;
        }
        self.heard_ms = Some(now_ms);
        let mut was_over = false;
        for each in told {
            if !self.is_probing(each.sent.at_ms) {
                self.loss.add(each.sent.at_ms, each.arrived_ms.is_none());
            }
            if let Some(probe) =
                self.probe.as_mut().filter(|_| each.sent.probe == self.probes && each.sent.probe > 0)
            {
                probe.told(each.sent.at_ms, each.arrived_ms, usize::from(each.sent.bytes));
            }
            if let Some(arrived_ms) = each.arrived_ms {
                was_over |= self.arrived(&each.sent, arrived_ms);
            }
        }
        self.finish_probe(now_ms);
        let (passed_bps, before_bps) = (self.throughput.bitrate_bps(), self.control.bitrate_bps());
        let heard = Heard {
            signal: if was_over { Signal::Overuse } else { self.delay.signal() },
            passed_bps,
            may_rise: self.loss.may_rise && self.queue_ms() < STANDING_QUEUE_MS,
            ceiling_bps: if self.goal_bps > 0.0 { self.goal_bps } else { MAX_BPS },
        };
        self.control.update(&heard, now_ms, rtt_ms);
        self.apply_loss(passed_bps, now_ms);
        if let Some(passed_bps) = passed_bps
            && self.queue.drain_due(now_ms)
        {
            self.control.cut(DRAIN * passed_bps);
        }
        if let Some(newest_bps) = self.throughput.newest_bps()
            && self.queue_ms() >= FULL_QUEUE_MS
            && newest_bps < DRAIN * self.control.bitrate_bps()
        {
            self.control.cut(DRAIN * newest_bps);
        }
        self.was_tried |= self.control.bitrate_bps() < before_bps;
    }

    fn arrived(&mut self, sent: &Sent, arrived_ms: f64) -> bool {
        self.throughput.add(arrived_ms, usize::from(sent.bytes));
        self.queue.add(sent.at_ms, arrived_ms);
        if self.is_probing(sent.at_ms) {
            self.delay.forget_groups();
            return false;
        }
        self.delay.arrived(sent.at_ms, arrived_ms)
    }

    /// A probe makes a queue on purpose: until that is gone, delay and loss say nothing of the rate.
    fn is_probing(&self, sent_ms: f64) -> bool {
        (self.shadow.0..self.shadow.1).contains(&sent_ms)
    }

    fn apply_loss(&mut self, passed_bps: Option<f64>, now_ms: f64) {
        let Some(cut) = self.loss.due(now_ms) else { return };
        let queue_ms = self.queue_ms();
        let wanted_bps = match passed_bps.filter(|_| queue_ms > STANDING_QUEUE_MS) {
            // The queue is full: what arrives is all there is, and a second may go by until it is empty.
            Some(passed_bps) => passed_bps * BETA.min((1.0 - queue_ms / 1_000.0).max(0.5)),
            None => self.control.bitrate_bps() * (1.0 - cut),
        };
        self.control.cut(wanted_bps);
    }

    /// The receiver's own estimate (REMB), taken where no transport feedback comes.
    pub fn on_receiver_estimate(&mut self, bps: f64, now_ms: f64) {
        if self.heard_ms.is_some_and(|heard| now_ms - heard < RECEIVER_AFTER_MS) {
            return;
        }
        self.receiver_bps = Some(bps);
        self.was_tried = true;
        self.control.set(bps);
    }

    /// A receiver report, of use where no transport feedback comes; `sent_bps` is what was sent meanwhile.
    pub fn on_reported_loss(&mut self, fraction: f64, sent_bps: f64, now_ms: f64, rtt_ms: f64) {
        if self.heard_ms.is_none() {
            let most_bps = self.goal_bps.max(2.0 * sent_bps);
            self.reported.report(fraction, sent_bps, most_bps, now_ms, rtt_ms);
            self.was_tried = true;
        }
    }

    // Probes

    /// The probe to send now, if any begins.
    pub fn begin_probe(&mut self, now_ms: f64) -> bool {
        if self.heard_ms.is_none() || now_ms < self.probe_due_ms {
            return false;
        }
        if self.probe.is_some() {
            self.finish_probe(now_ms);
            return false;
        }
        let bps = self.control.bitrate_bps();
        if bps >= self.goal_bps || self.delay.signal() != Signal::Normal {
            return false;
        }
        let factor = if self.probes == 0 { FIRST_FACTOR } else { FACTOR };
        self.probe_began((bps * factor).min(self.goal_bps * GOAL_FACTOR), now_ms);
        true
    }

    /// What is sent from now on belongs to a probe of this rate.
    pub fn probe_began(&mut self, bps: f64, now_ms: f64) {
        self.probes = (self.probes % u16::MAX) + 1;
        self.probe = Some(Probe::new(bps, now_ms));
        self.shadow = (now_ms, now_ms + DURATION_MS + SETTLE_MS);
    }

    /// The probe that is being sent.
    #[must_use]
    pub fn sending_probe(&mut self) -> Option<&mut Probe> {
        self.probe.as_mut().filter(|probe| probe.is_sending())
    }

    /// The number of the probe that what is sent now belongs to; 0: none.
    #[must_use]
    pub fn probe_number(&self) -> u16 {
        if self.probe.as_ref().is_some_and(Probe::is_sending) { self.probes } else { 0 }
    }

    fn finish_probe(&mut self, now_ms: f64) {
        let Some(probe) = self.probe.take_if(|probe| probe.is_over(now_ms)) else { return };
        self.was_tried = true;
        let result = probe.result_bps();
        let has_passed = result.is_some_and(|bps| bps >= PASSED * probe.bitrate_bps);
        let before_bps = self.control.bitrate_bps();
        if let Some(bps) = result {
            self.control.lift(bps.min(self.goal_bps.max(before_bps)));
        }
        let has_grown = self.loss.may_rise && self.control.bitrate_bps() >= GREW * before_bps;
        let is_needy = self.control.bitrate_bps() < NEEDY * self.goal_bps;
        let retry_ms = if is_needy { NEEDY_RETRY_MS } else { RETRY_MS };
        self.probe_due_ms = if has_passed || has_grown { now_ms } else { now_ms + retry_ms };
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::SendLog;
    use super::*;

    /// A line with a queue of so many ms, and a far end that tells every 50 ms.
    struct Line {
        log: SendLog,
        estimator: Estimator,
        way: Vec<(u16, Option<f64>)>,
        free_ms: f64,
        now_ms: f64,
        bps: f64,
        lose_each: usize,
        sent: usize,
    }

    impl Line {
        fn new(bps: f64, goal_bps: f64) -> Self {
            let estimator = Estimator { goal_bps, ..Estimator::default() };
            let log = SendLog::default();
            Self { log, estimator, way: Vec::new(), free_ms: 0.0, now_ms: 0.0, bps, lose_each: 0, sent: 0 }
        }

        fn send(&mut self, bytes: usize) {
            self.sent += 1;
            let number = self.log.next_number();
            self.log.sent(bytes, self.estimator.probe_number(), self.now_ms);
            if let Some(probe) = self.estimator.sending_probe() {
                probe.left(bytes);
            }
            let is_full = self.free_ms - self.now_ms > 300.0;
            let is_lost = is_full || self.lose_each > 0 && self.sent.is_multiple_of(self.lose_each);
            if !is_lost {
                self.free_ms = self.free_ms.max(self.now_ms) + bytes as f64 * 8_000.0 / self.bps;
            }
            self.way.push((number, (!is_lost).then_some(self.free_ms + 20.0)));
        }

        fn tell(&mut self) {
            let is_there = |each: &(u16, Option<f64>)| each.1.is_none_or(|at| at <= self.now_ms);
            let count = self.way.iter().take_while(|each| is_there(each)).count();
            let told: Vec<Told> = self
                .way
                .drain(..count)
                .filter_map(|(number, at)| {
                    let sent = *self.log.find(number)?;
                    Some(Told { sent, arrived_ms: at.map(|at| at + 5e6) })
                })
                .collect();
            self.estimator.on_feedback(&told, self.now_ms, 40.0);
        }

        /// Sends what is estimated, at most `most_bps`.
        fn run(&mut self, most_bps: f64, seconds: f64) -> f64 {
            let (mut owed, end_ms) = (0.0, self.now_ms + seconds * 1_000.0);
            while self.now_ms < end_ms {
                self.now_ms += 1.0;
                owed += self.estimator.control.bitrate_bps().min(most_bps) / 8_000.0;
                while owed >= 1_200.0 {
                    owed -= 1_200.0;
                    self.send(1_200);
                }
                self.estimator.begin_probe(self.now_ms);
                while let Some(probe) = self.estimator.sending_probe()
                    && probe.missing(self.now_ms) > 0
                {
                    self.send(1_000);
                }
                if (self.now_ms as u64).is_multiple_of(50) {
                    self.tell();
                }
            }
            self.estimator.bitrate_bps().unwrap_or_default()
        }
    }

    #[test]
    fn a_good_line_is_known_within_a_second() {
        let mut line = Line::new(100e6, 8e6);
        let bps = line.run(1e6, 1.5);
        assert!(bps > 7e6, "{bps}");
    }

    #[test]
    fn a_drop_is_followed_in_three_seconds_and_left_in_fifteen() {
        let mut line = Line::new(4e6, 6e6);
        let before = line.run(6e6, 15.0);
        line.bps = 500_000.0;
        let during = line.run(6e6, 3.0);
        let queue_ms = {
            line.run(6e6, 4.0);
            line.estimator.queue_ms()
        };
        line.bps = 4e6;
        let after = line.run(6e6, 15.0);
        assert!((2.8e6..4.6e6).contains(&before), "{before}");
        assert!((200_000.0..620_000.0).contains(&during), "{during}");
        assert!(queue_ms < 200.0, "{queue_ms}");
        assert!(after > 2.8e6, "{after}");
    }

    #[test]
    fn without_a_goal_nothing_is_probed_and_little_sent_is_not_a_limit() {
        let mut line = Line::new(100e6, 0.0);
        let bps = line.run(300_000.0, 5.0);
        assert_eq!(line.estimator.probes, 0);
        assert!((bps - START_BPS).abs() < 1.0, "{bps}");
        assert!(!line.estimator.is_limited());
    }

    #[test]
    fn where_it_begins_is_no_limit_before_it_was_tried() {
        let mut line = Line::new(2e6, 8e6);
        line.estimator.probe_due_ms = 300.0;
        line.run(500_000.0, 0.2);
        assert!(line.estimator.bitrate_bps().is_some() && !line.estimator.is_limited());
        line.run(500_000.0, 1.0);
        assert!(line.estimator.is_limited());
    }

    #[test]
    fn much_loss_is_followed() {
        let mut line = Line::new(100e6, 8e6);
        line.run(8e6, 2.0);
        line.lose_each = 4;
        let bps = line.run(8e6, 5.0);
        assert!(bps < 4e6, "{bps}");
        assert!((line.estimator.fraction_lost() - 0.25).abs() < 0.03);
    }

    #[test]
    fn receivers_say_it_themselves_where_nobody_counts() {
        let mut estimator = Estimator::default();
        assert_eq!(estimator.bitrate_bps(), None);
        estimator.on_receiver_estimate(2e6, 0.0);
        assert_eq!(estimator.bitrate_bps(), Some(2e6));
        estimator.on_reported_loss(0.5, 1e6, 0.0, 40.0);
        assert_eq!(estimator.bitrate_bps(), Some(750_000.0));
    }
}
