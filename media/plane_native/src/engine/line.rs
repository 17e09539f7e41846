//! The way to one peer: what was sent on it, what came of that, and how much it carries.

use std::net::SocketAddr;

use super::departures::Departures;
use super::event::Event;
use super::pacing::Held;
use super::{Engine, PeerKey, SlotKey};
use crate::core::bandwidth::estimator::{Estimator, Told};
use crate::core::bandwidth::log::SendLog;
use crate::core::pacing::Pacer;
use crate::wire::rtcp::ReportBlock;
use crate::wire::twcc::{REFERENCE_US, TransportFeedback};

const MOVED: f64 = 0.05;
const TELL_EVERY_MS: f64 = 1_000.0;
/// While packets wait on the line it is told so often: what must give way is to give way at once.
const TELL_QUEUE_MS: f64 = 50.0;
const QUEUE_MS: f64 = 30.0;
/// Packets that wait so long on the way are lost for want of room, not by chance.
const CROWDED_MS: f64 = 80.0;
/// The part of a thin line that is for repairs, and of one whose queue is full.
const REPAIRS: f64 = 0.5;
const CROWDED_REPAIRS: f64 = 0.2;
/// A line that loses so many loses repetitions as well, and each that is lost costs a picture its moment.
const TWICE_FROM: f64 = 0.02;
const RATE_WINDOW_MS: f64 = 300.0;
/// Less loss than this is no reason to watch a peer that sends no transport-wide feedback.
const LOSS_OF_NOTE: f64 = 0.10;

/// See the module; only peers that give or ask for feedback have one.
#[derive(Default)]
pub struct Line {
    pub log: SendLog,
    pub departures: Departures,
    /// What the last feedback told to be lost.
    missed: Vec<u16>,
    pub estimator: Estimator,
    pub pacer: Pacer<Held>,
    /// How many packets back the next repeat of a probe lies.
    pub repeat: i64,
    /// The reference time of the last feedback, unwrapped.
    reference: Option<i64>,
    told: Option<(f64, f64)>,
    sent_bytes: u64,
    measured: (u64, f64),
    sent_bps: f64,
}

impl Line {
    /// A packet of so many bytes left under the next transport-wide number, if it has one.
    pub fn left(&mut self, bytes: usize, is_numbered: bool, now_ms: f64) {
        if self.sent_bytes == 0 {
            self.measured = (0, now_ms);
        }
        self.sent_bytes += bytes as u64;
        self.pacer.left(bytes);
        if is_numbered {
            self.log.sent(bytes, self.estimator.probe_number(), now_ms);
            if let Some(probe) = self.estimator.sending_probe() {
                probe.left(bytes);
            }
        }
    }

    /// What was sent lately.
    fn measure(&mut self, now_ms: f64) -> f64 {
        let elapsed_ms = now_ms - self.measured.1;
        if elapsed_ms >= RATE_WINDOW_MS {
            self.sent_bps = (self.sent_bytes - self.measured.0) as f64 * 8_000.0 / elapsed_ms;
            self.measured = (self.sent_bytes, now_ms);
        }
        self.sent_bps
    }

    /// A wide line is sent to as packets come; a narrow one at its pace.
    pub fn pace(&mut self, now_ms: f64) {
        let sent_bps = self.measure(now_ms);
        let is_limited = self.estimator.is_limited();
        let line_bps = self.estimator.bitrate_bps().filter(|_| is_limited);
        self.pacer.set_line(line_bps.map(|bps| bps.max(sent_bps)));
    }

    /// The packets that a feedback tells of, each once as lost and once as arrived.
    fn read(&mut self, feedback: &TransportFeedback) -> Vec<Told> {
        let reference = i64::from(feedback.reference);
        let before = self.reference.unwrap_or(reference);
        let step = (reference - before + (1 << 23)).rem_euclid(1 << 24) - (1 << 23);
        let extended = before + step;
        self.reference = Some(extended);
        let mut at_us = extended * REFERENCE_US;
        self.missed.clear();
        let mut told = Vec::with_capacity(feedback.packets.len());
        for (index, delta) in feedback.packets.iter().enumerate() {
            let arrived_ms = delta.map(|delta| {
                at_us += i64::from(delta) * 250;
                at_us as f64 / 1_000.0
            });
            let number = feedback.base.wrapping_add(index as u16);
            let Some(sent) = self.log.find(number) else { continue };
            if sent.has_arrived || sent.is_told && arrived_ms.is_none() {
                continue;
            }
            sent.has_arrived = arrived_ms.is_some();
            sent.is_told = true;
            if arrived_ms.is_none() && sent.probe == 0 {
                self.missed.push(number);
            }
            told.push(Told { sent: *sent, arrived_ms });
        }
        told
    }

    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.estimator.queue_ms() >= CROWDED_MS
    }

    /// What repairs may take of a thin line: where packets wait for long, little. None: it is not thin.
    #[must_use]
    pub fn repairs_bps(&self) -> Option<f64> {
        let share = if self.is_crowded() { CROWDED_REPAIRS } else { REPAIRS };
        let bps = self.estimator.bitrate_bps().filter(|_| self.estimator.is_limited())?;
        Some(share * bps)
    }

    /// Whether what is sent again leaves in two copies.
    #[must_use]
    pub fn repeats_twice(&self) -> bool {
        self.estimator.fraction_lost() >= TWICE_FROM && !self.is_crowded()
    }

    /// The sequence numbers, each with its slot, that the last feedback told to be lost; none of a line whose queue
    /// is full: what is added to it is lost as well.
    fn missed(&self) -> Vec<(SlotKey, u16)> {
        if self.is_crowded() {
            return Vec::new();
        }
        self.missed.iter().filter_map(|number| self.departures.find(*number)).collect()
    }

    /// Another way: what was learnt of the old one does not hold.
    pub fn begin_anew(&mut self) {
        self.estimator = self.estimator.anew();
        self.pacer.set_line(None);
        self.told = None;
    }

    /// Whether those above are to hear of the estimate now.
    fn is_news(&mut self, bps: f64, now_ms: f64) -> bool {
        let waits = self.estimator.queue_ms() >= QUEUE_MS;
        let every_ms = if waits { TELL_QUEUE_MS } else { TELL_EVERY_MS };
        let is_news = self.told.is_none_or(|(told_bps, told_ms)| {
            (bps - told_bps).abs() > MOVED * told_bps || now_ms - told_ms >= every_ms
        });
        if is_news {
            self.told = Some((bps, now_ms));
        }
        is_news
    }
}

impl Engine {
    /// How the peer's packets went (transport-wide feedback).
    pub(crate) fn on_transport_feedback(&mut self, key: PeerKey, feedback: &TransportFeedback, now_ms: f64) {
        let peer = &mut self.peers[key];
        let rtt_ms = peer.round_trip_ms();
        let Some(line) = &mut peer.line else { return };
        let told = line.read(feedback);
        line.estimator.on_feedback(&told, now_ms, rtt_ms);
        let missed = line.missed();
        self.resend_unasked(key, &missed, now_ms);
        self.line_heard(key, now_ms);
        self.begin_probe(key, now_ms);
    }

    /// The peer's own estimate of what it can receive.
    pub(crate) fn on_receiver_estimate(&mut self, key: PeerKey, bps: u64, now_ms: f64) {
        let line = self.peers[key].line.get_or_insert_default();
        line.estimator.on_receiver_estimate(bps as f64, now_ms);
        self.line_heard(key, now_ms);
    }

    /// Loss of the peer's slots, of use where nothing better is told.
    pub(crate) fn on_loss(&mut self, key: PeerKey, blocks: &[ReportBlock], now_ms: f64) {
        let known = blocks.iter().filter(|block| self.slot_by_ssrc(key, block.ssrc).is_some());
        let Some(worst) = known.map(|block| block.fraction_lost).max() else { return };
        let fraction = f64::from(worst) / 256.0;
        let peer = &mut self.peers[key];
        let rtt_ms = peer.round_trip_ms();
        if peer.line.is_none() && fraction > LOSS_OF_NOTE {
            let sent_bps = peer.slots.iter().map(|slot| self.slots[*slot].rate.bitrate_bps).sum();
            peer.line = Some(Box::new(Line { sent_bps, measured: (0, now_ms), ..Line::default() }));
        }
        let Some(line) = &mut peer.line else { return };
        let sent_bps = line.measure(now_ms);
        if sent_bps > 0.0 {
            line.estimator.on_reported_loss(fraction, sent_bps, now_ms, rtt_ms);
            self.line_heard(key, now_ms);
        }
    }

    fn line_heard(&mut self, key: PeerKey, now_ms: f64) {
        let peer = &mut self.peers[key];
        let Some(line) = &mut peer.line else { return };
        line.pace(now_ms);
        let Some(bps) = line.estimator.bitrate_bps() else { return };
        if line.is_news(bps, now_ms) {
            self.events.tell(Event::Estimate {
                peer: peer.name.clone(),
                bitrate_bps: bps.round() as u64,
                fraction_lost: line.estimator.fraction_lost(),
                rtt_ms: peer.rtt_ms,
                queue_ms: line.estimator.queue_ms(),
            });
        }
    }

    /// What control would send if the line carried it.
    pub(crate) fn set_goal(&mut self, key: PeerKey, bps: u64, now_ms: f64) {
        let line = self.peers[key].line.get_or_insert_default();
        line.estimator.goal_bps = bps as f64;
        line.pace(now_ms);
    }

    /// Media goes to another place: another machine has another line, another port mostly not.
    pub(crate) fn moved(&mut self, key: PeerKey, to: Option<SocketAddr>) {
        let peer = &mut self.peers[key];
        let is_other = peer.address.zip(to).is_some_and(|(from, to)| from.ip() != to.ip());
        if let Some(line) = peer.line.as_mut().filter(|_| is_other) {
            line.begin_anew();
        }
    }
}
