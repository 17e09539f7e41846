//! One outgoing flow: what a subscriber sees under one SSRC for as long as the slot lives.

use super::event::ClockPoint;
use super::glimpsing::Glimpse;
use super::packet::MediaPacket;
use super::spec::SlotSpec;
use super::{Engine, LayerKey, Name, PeerKey, SlotKey, random_first_sequence, random_u32};
use crate::codec::Codec;
use crate::core::clock::ClockWatch;
use crate::core::glimpses::GlimpsePace;
use crate::core::grade::{FrameLog, Grade, next};
use crate::core::resend::ResendLimit;
use crate::core::rewrite::{Rewriter, continued_timestamp};
use crate::core::sequence::difference32;
use crate::core::stamps::Stamps;
use crate::core::stats::RateMeter;

/// A late joiner's way from the last keyframe to the present: `next` is the next sequence to send.
///
/// The frames of the past are laid a millisecond apart just before the present, so that the joiner's playout clock
/// starts at the present and not at the age of the keyframe.
#[derive(Debug, Clone, Copy)]
pub struct CatchUp {
    pub next: i64,
    pub head: i64,
    pub frame: u32,
    pub timestamp: u32,
    pub first_timestamp: u32,
    pub step: u32,
}

/// Counters, rewriting and selection of one slot.
pub struct Slot {
    pub peer: PeerKey,
    pub spec: SlotSpec,
    pub payload_type: u8,
    codec: Option<Codec>,
    pub rewriter: Rewriter<LayerKey>,
    /// Extended.
    pub rtx_sequence: u64,
    pub publication: Option<Name>,
    /// The layer that is wanted, and how much of it; `None`: the best.
    pub wanted_rid: Option<Name>,
    pub wanted_grade: Grade,
    pub is_paused: bool,
    pub layer: Option<LayerKey>,
    pub target: Option<LayerKey>,
    pub catch_up: Option<CatchUp>,
    /// It gets keyframes alone, at this pace; the one under way; and after which of the layer's packets they begin.
    pub pace: Option<GlimpsePace>,
    pub glimpse: Option<Glimpse>,
    pub glimpse_after: i64,
    /// The frames of the flow that were sent, while not all are.
    frames: FrameLog,
    /// The picture that is left out now.
    left_out: Option<u32>,
    /// (timestamp on the wire, when it was captured) of the last packet of what flowed before.
    pub anchor: Option<(u32, Option<f64>)>,
    pub clock_watch: ClockWatch,
    pub stamps: Stamps,
    pub limit: ResendLimit,
    pub rate: RateMeter,
    /// How many packets wait for their turn, and among which rank.
    pub held: usize,
    pub rank: usize,
}

impl Slot {
    #[must_use]
    pub fn new(peer: PeerKey, spec: SlotSpec) -> Self {
        spec.shared.rtt_ms.set_f64(-1.0);
        Self {
            peer,
            spec,
            payload_type: 0,
            codec: None,
            rewriter: Rewriter::new(random_first_sequence()),
            rtx_sequence: u64::from(random_first_sequence()),
            publication: None,
            wanted_rid: None,
            wanted_grade: Grade::ALL,
            is_paused: false,
            layer: None,
            target: None,
            catch_up: None,
            pace: None,
            glimpse: None,
            glimpse_after: -1,
            frames: FrameLog::default(),
            left_out: None,
            anchor: None,
            clock_watch: ClockWatch::new(90_000),
            stamps: Stamps::default(),
            limit: ResendLimit::default(),
            rate: RateMeter::default(),
            held: 0,
            rank: 0,
        }
    }

    #[must_use]
    pub fn accepts(&self, codec: Codec) -> bool {
        self.spec.payload_types_for(codec).is_some()
    }

    /// New keys: every index may begin again, and must begin low.
    pub fn restart(&mut self) {
        self.rewriter = Rewriter::new(random_first_sequence());
        self.rtx_sequence = u64::from(random_first_sequence());
        self.stamps = Stamps::default();
        self.limit = ResendLimit::default();
        self.anchor = None;
        self.held = 0;
    }

    /// Lays the frames of the past just before the present, each in its turn.
    pub fn retime_for(&mut self, packet: &MediaPacket) {
        let Some(catch_up) = &mut self.catch_up else { return };
        if packet.timestamp == catch_up.timestamp || packet.sequence > catch_up.head {
            return;
        }
        catch_up.timestamp = packet.timestamp;
        catch_up.frame += 1;
        let offset = catch_up.frame.wrapping_mul(catch_up.step);
        self.rewriter.retime(&packet.numbers(), catch_up.first_timestamp.wrapping_add(offset));
    }

    /// Has the flow go on with this packet of a layer, in the grade that is wanted.
    pub fn begin(&mut self, layer: LayerKey, packet: &MediaPacket, timestamp: u32) {
        self.frames.clear();
        self.left_out = None;
        self.rewriter.begin(layer, &packet.numbers(), timestamp, self.wanted_grade);
    }

    /// Whether the next packet of the flow belongs to what is sent of it; else its number goes to the next.
    pub fn admits(&mut self, packet: &MediaPacket, rid: &str) -> bool {
        let Some(present) = self.rewriter.current().map(|now| now.grade) else { return true };
        if present == Grade::ALL && self.wanted_grade == Grade::ALL {
            return true;
        }
        let grade = match packet.start() {
            Some(start) => next(present, self.wanted_grade, start, &self.frames),
            None => present,
        };
        if grade != present {
            self.rewriter.regrade(packet.sequence, grade);
            self.tell_layer(rid);
        }
        if grade.admits(packet.place) {
            if let Some(number) = packet.frame_number() {
                self.frames.sent(number);
            }
            return true;
        }
        self.leave_out(packet);
        false
    }

    fn leave_out(&mut self, packet: &MediaPacket) {
        // Of VP8 the running number of each picture counts; of the others only what a picture names.
        let has_own = packet.place.is_some_and(|place| place.spatial == 0) && self.counts_pictures(packet);
        if has_own && self.left_out.replace(packet.timestamp) != Some(packet.timestamp) {
            self.rewriter.skip_picture(&packet.numbers());
        } else {
            self.rewriter.skip(packet.sequence);
        }
    }

    fn counts_pictures(&self, packet: &MediaPacket) -> bool {
        self.codec == Some(Codec::Vp8) && packet.picture.is_some_and(|picture| picture.id_at.is_some())
    }

    /// Says in the figures what flows.
    pub fn tell_layer(&self, rid: &str) {
        let grade = self.rewriter.current().map_or(Grade::ALL, |now| now.grade);
        self.spec.shared.layer.store(Some(std::sync::Arc::new(grade.name(rid).into())));
    }
}

impl Engine {
    /// The offset of the clock of the peer that sends a layer.
    pub(crate) fn sender_ms(&self, layer: LayerKey) -> Option<f64> {
        let sending = self.sendings.get(self.layers.get(layer)?.sending)?;
        self.peers.get(sending.peer)?.sender_clock.offset_ms()
    }

    /// Nothing flows on the slot any more and nothing is waited for.
    pub(crate) fn leave(&mut self, key: SlotKey) {
        self.stop_waiting(key);
        let Some(slot) = self.slots.get_mut(key) else { return };
        let Some(layer_key) = slot.layer.take() else {
            slot.rewriter.close();
            return;
        };
        slot.spec.shared.layer.store(None);
        slot.glimpse = None;
        self.keep_time(key, layer_key);
        let slot = &mut self.slots[key];
        slot.catch_up = None;
        slot.rewriter.close();
        let Some(layer) = self.layers.get_mut(layer_key) else { return };
        layer.flowing.retain(|each| *each != key);
        layer.catching_up.retain(|each| *each != key);
        layer.glimpsing.retain(|each| *each != key);
    }

    /// What follows is laid in the slot's time by what was last sent of the present.
    pub(crate) fn keep_time(&mut self, key: SlotKey, layer_key: LayerKey) {
        let slot = &self.slots[key];
        let last = slot.rewriter.last().map(|last| last.timestamp).filter(|_| slot.catch_up.is_none());
        let on_wire = slot.rewriter.last_timestamp();
        let Some(layer) = self.layers.get(layer_key) else { return };
        if let (Some(last), Some(on_wire)) = (last, on_wire) {
            let captured_ms = layer.clock.at(last, self.sender_ms(layer_key));
            self.slots[key].anchor = Some((on_wire, captured_ms));
        }
    }

    /// The slot crosses over at the next keyframe of this layer.
    pub(crate) fn wait_for(&mut self, key: SlotKey, layer: LayerKey) {
        if self.slots[key].target != Some(layer) {
            self.stop_waiting(key);
            self.slots[key].target = Some(layer);
            self.layers[layer].waiting.push(key);
        }
    }

    pub(crate) fn stop_waiting(&mut self, key: SlotKey) {
        let target = self.slots.get_mut(key).and_then(|slot| slot.target.take());
        if let Some(layer) = target.and_then(|target| self.layers.get_mut(target)) {
            layer.waiting.retain(|each| *each != key);
        }
    }

    /// From this packet on the slot carries this layer.
    pub(crate) fn cross_to(&mut self, key: SlotKey, layer: LayerKey, packet: &MediaPacket) {
        self.leave(key);
        let timestamp = self.timestamp_for(key, layer, packet);
        self.slots[key].begin(layer, packet, timestamp);
        self.settle(key, layer);
        self.layers[layer].flowing.push(key);
    }

    /// The slot takes its payload type and identity from the layer that it carries now.
    pub(crate) fn settle(&mut self, key: SlotKey, layer_key: LayerKey) {
        let (slot, layer) = (&mut self.slots[key], &self.layers[layer_key]);
        slot.layer = Some(layer_key);
        slot.clock_watch = ClockWatch::new(layer.clock.clock_rate);
        slot.payload_type = slot.spec.payload_types_for(layer.codec).map_or(0, |types| types.0);
        slot.codec = Some(layer.codec);
        slot.tell_layer(&layer.rid);
    }

    /// Asks for the keyframe without which the slot cannot have as large a picture as it is to have.
    pub(crate) fn ask_for_grade(&mut self, key: SlotKey, layer_key: LayerKey, now_ms: f64) {
        let (slot, layer) = (&self.slots[key], &self.layers[layer_key]);
        let Some(now) = slot.rewriter.current() else { return };
        if slot.wanted_grade.spatial.min(layer.grades.highest_spatial()) > now.grade.spatial {
            self.ask_keyframe(layer_key, now_ms);
        }
    }

    /// Where this packet stands in the slot's time: later than the last by the time between captures.
    pub(crate) fn timestamp_for(&self, key: SlotKey, layer: LayerKey, packet: &MediaPacket) -> u32 {
        let slot = &self.slots[key];
        let (Some(last), Some((then, then_ms))) = (slot.rewriter.last_timestamp(), slot.anchor) else {
            return random_u32();
        };
        let clock = &self.layers[layer].clock;
        let capture_ms = clock.at(packet.timestamp, self.sender_ms(layer));
        let elapsed_ms = capture_ms.zip(then_ms).map_or(0.0, |(capture, then)| capture - then);
        let timestamp = continued_timestamp(then, elapsed_ms, clock.clock_rate);
        if difference32(timestamp, last) > 0 { timestamp } else { last.wrapping_add(1) }
    }

    /// (where the newest packet of what flows stands in the slot's own RTP time, the same in its layer's).
    pub(crate) fn slot_clock_point(&self, key: SlotKey) -> Option<(ClockPoint, u32)> {
        let slot = self.slots.get(key)?;
        if slot.catch_up.is_some() {
            return None;
        }
        let layer = slot.layer?;
        let point = self.layers.get(layer)?.clock_point(self.sender_ms(layer))?;
        let delta = slot.rewriter.current()?.timestamp_delta;
        let on_wire = ClockPoint { rtp_timestamp: point.rtp_timestamp.wrapping_add(delta), ..point };
        Some((on_wire, point.rtp_timestamp))
    }
}
