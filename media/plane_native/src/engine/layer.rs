//! One incoming flow: a layer of a publication, from authenticated packets to history, loss and clock.

use std::sync::Arc;

use super::event::ClockPoint;
use super::grades::Grades;
use super::packet::MediaPacket;
use super::shared::LayerShared;
use super::spec::ExtensionIds;
use super::{Name, SendingKey, SlotKey};
use crate::codec::Codec;
use crate::codec::dependency::{Descriptor, Structure};
use crate::codec::place::Place;
use crate::core::cache::PacketCache;
use crate::core::clock::{ClockMap, ClockWatch};
use crate::core::glimpses::GlimpseRequests;
use crate::core::loss::LossTracker;
use crate::core::requests::KeyframeRequests;
use crate::core::sequence::Unwrapper;
use crate::core::stats::{RateMeter, Reception};
use crate::wire::Malformed;
use crate::wire::extensions::{Elements, decode_audio_level, decode_capture_time};
use crate::wire::red::Redundant;
use crate::wire::rtp::RtpHeader;

const VIDEO_CACHE_PACKETS: usize = 1_024;
const AUDIO_CACHE_PACKETS: usize = 128;
const CATCH_UP_PACKETS: i64 = 200;
const CATCH_UP_MS: f64 = 3_000.0;
const AUDIO_LEVEL_EVERY_MS: f64 = 100.0;
const QUIETEST_DBOV: i8 = -127;

/// When a packet came, on both axes, and whether as a retransmission.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    pub now_ms: f64,
    pub wall_ms: f64,
    pub is_repair: bool,
}

/// What arrives under one SSRC; `flowing` slots get it, `waiting` ones want its next keyframe, `glimpsing` ones get its
/// keyframes alone.
pub struct Layer {
    pub sending: SendingKey,
    pub rid: Name,
    pub ssrc: u32,
    pub codec: Codec,
    pub unwrapper: Unwrapper,
    pub cache: PacketCache<Arc<MediaPacket>>,
    pub reception: Reception,
    pub rate: RateMeter,
    pub loss: LossTracker,
    pub clock: ClockMap,
    pub clock_watch: ClockWatch,
    pub requests: KeyframeRequests,
    pub glimpse_requests: GlimpseRequests,
    /// What arrives of each layer inside the flow, where it has several.
    pub grades: Grades,
    pub keyframe: Option<Arc<MediaPacket>>,
    pub newest: Option<Arc<MediaPacket>>,
    pub last_packet_ms: f64,
    /// (middle 32 bits of the NTP time, wall ms of arrival) of the last sender report.
    pub last_report: Option<(u32, f64)>,
    pub flowing: Vec<SlotKey>,
    pub waiting: Vec<SlotKey>,
    pub catching_up: Vec<SlotKey>,
    pub glimpsing: Vec<SlotKey>,
    pub shared: Arc<LayerShared>,
    /// What is not above this was forgotten, and must not come again: a slot may have sent it.
    floor: i64,
    structure: Option<Arc<Structure>>,
    loudest: i8,
    level_told_ms: f64,
}

/// What extensions say of a packet.
#[derive(Default)]
struct Said {
    audio_level: Option<(usize, usize)>,
    capture_ms: Option<f64>,
    descriptor: Option<(usize, usize, Descriptor)>,
}

impl Layer {
    #[must_use]
    pub fn new(sending: SendingKey, rid: Name, ssrc: u32, codec: Codec, clock_rate: u32) -> Self {
        let capacity = if codec.is_video() { VIDEO_CACHE_PACKETS } else { AUDIO_CACHE_PACKETS };
        Self {
            sending,
            shared: Arc::new(LayerShared::new(rid.clone(), ssrc)),
            rid,
            ssrc,
            codec,
            unwrapper: Unwrapper::new(16),
            cache: PacketCache::new(capacity),
            reception: Reception::new(clock_rate),
            rate: RateMeter::default(),
            loss: LossTracker::default(),
            clock: ClockMap::new(clock_rate),
            clock_watch: ClockWatch::new(clock_rate),
            requests: KeyframeRequests::default(),
            glimpse_requests: GlimpseRequests::default(),
            grades: Grades::default(),
            keyframe: None,
            newest: None,
            last_packet_ms: 0.0,
            last_report: None,
            flowing: Vec::new(),
            waiting: Vec::new(),
            catching_up: Vec::new(),
            glimpsing: Vec::new(),
            floor: -1,
            structure: None,
            loudest: QUIETEST_DBOV,
            level_told_ms: 0.0,
        }
    }

    /// The packet, remembered and counted; `None` if it is here already. `sender_ms` is the peer's clock offset.
    pub fn accept(
        &mut self,
        data: &[u8],
        header: &RtpHeader,
        ids: &ExtensionIds,
        arrival: Arrival,
        sender_ms: Option<f64>,
    ) -> Result<Option<Arc<MediaPacket>>, Malformed> {
        let said = self.read_extensions(data, header, ids)?;
        let sequence = self.unwrapper.unwrap(u32::from(header.sequence));
        if !arrival.is_repair {
            self.reception.arrived(sequence, header.timestamp, data.len(), arrival.now_ms);
        }
        self.loss.arrived(sequence, arrival.now_ms);
        self.publish();
        if sequence <= self.floor || !self.cache.has_place_for(sequence) {
            return Ok(None);
        }
        let capture_ms = said.capture_ms;
        let mut packet = self.packet(data, header, sequence, arrival.wall_ms, said);
        if !packet.is_padding() {
            self.learn(&mut packet, capture_ms, arrival.is_repair, sender_ms);
        }
        self.grades.arrived(packet.place, data.len());
        let packet = Arc::new(packet);
        self.cache.put(sequence, packet.clone());
        self.last_packet_ms = arrival.now_ms;
        if !packet.is_padding() {
            self.remember(&packet);
        }
        Ok(Some(packet))
    }

    fn packet(
        &self,
        data: &[u8],
        header: &RtpHeader,
        sequence: i64,
        wall_ms: f64,
        said: Said,
    ) -> MediaPacket {
        let payload = header.payload(data);
        let mut begins_keyframe = !payload.is_empty() && self.codec.begins_keyframe(payload);
        if begins_keyframe && self.codec.is_video() {
            let same_frame = |known: &Arc<MediaPacket>| known.timestamp == header.timestamp;
            begins_keyframe = !self.keyframe.as_ref().is_some_and(same_frame);
        }
        let described = said.descriptor.as_ref().map(|(_, _, each)| each);
        let frame = described.and_then(|each| each.frame.clone());
        let place = Place::of_payload(self.codec, payload).or_else(|| {
            let described = described?;
            Some(Place::of_frame(described.frame.as_ref()?, described.begins_frame, described.ends_frame))
        });
        let begins_frame = place.is_some_and(|place| place.begins_frame);
        let goes_on = |newest: &Arc<MediaPacket>| newest.timestamp == header.timestamp;
        MediaPacket {
            sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            data: data.into(),
            payload_start: header.payload_start,
            payload_end: header.payload_end,
            arrival_ms: wall_ms,
            begins_keyframe,
            picture: self.codec.picture(payload),
            place,
            begins_picture: begins_frame && !self.newest.as_ref().is_some_and(goes_on),
            descriptor: said.descriptor.as_ref().map(|(start, end, each)| (*start, *end, each.frame_number)),
            frame: frame.filter(|_| begins_frame).map(Box::new),
            audio_level: said.audio_level,
            capture_ms: None,
            before: self.before(sequence, header.timestamp, payload),
        }
    }

    /// The voice's packet before this one, as it goes with it once more.
    fn before(&self, sequence: i64, timestamp: u32, payload: &[u8]) -> Option<Redundant> {
        if self.codec.is_video() || payload.is_empty() {
            return None;
        }
        let before = self.cache.get(sequence - 1)?;
        Redundant::of(payload, timestamp, before.payload(), before.timestamp)
    }

    /// Whether the packet of this number has not come, though there was one before.
    #[must_use]
    pub fn lacks(&self, sequence: u16) -> bool {
        let extended = self.unwrapper.peek(u32::from(sequence));
        self.newest.is_some() && extended > self.floor && self.cache.get(extended).is_none()
    }

    fn learn(
        &mut self,
        packet: &mut MediaPacket,
        capture: Option<f64>,
        is_repair: bool,
        sender_ms: Option<f64>,
    ) {
        if !is_repair {
            self.clock.on_packet(packet.timestamp, packet.arrival_ms, sender_ms);
        }
        if let Some(capture_ms) = capture {
            self.clock.on_capture_time(packet.timestamp, capture_ms);
        }
        packet.capture_ms = self.clock.at(packet.timestamp, sender_ms);
    }

    fn remember(&mut self, packet: &Arc<MediaPacket>) {
        if packet.begins_keyframe && self.codec.is_video() {
            self.keyframe = Some(packet.clone());
            self.shared.keyframes.add(1);
            self.requests.keyframe_came();
        }
        if self.newest.as_ref().is_none_or(|newest| packet.sequence > newest.sequence) {
            self.newest = Some(packet.clone());
        }
    }

    fn publish(&self) {
        self.shared.octets.set(self.reception.octets);
        self.shared.lost.set(self.reception.lost());
        self.shared.packets.set(self.reception.packets);
    }

    /// The loudest level of the last tenth of a second, once that is over.
    pub fn audio_level_due(&mut self, level: &[u8], now_ms: f64) -> Option<i8> {
        self.loudest = self.loudest.max(decode_audio_level(level).unwrap_or(QUIETEST_DBOV));
        if now_ms - self.level_told_ms < AUDIO_LEVEL_EVERY_MS {
            return None;
        }
        self.level_told_ms = now_ms;
        Some(std::mem::replace(&mut self.loudest, QUIETEST_DBOV))
    }

    /// Neither a late joiner nor a NACK reaches behind this moment.
    pub fn forget_past(&mut self) {
        self.floor = self.newest.as_ref().map_or(self.floor, |newest| newest.sequence.max(self.floor));
        self.cache.clear();
        self.keyframe = None;
    }

    /// (keyframe that a late joiner may begin at, newest packet), if it is near and whole enough to send.
    #[must_use]
    pub fn catch_up_from(&self, wall_ms: f64) -> Option<(Arc<MediaPacket>, Arc<MediaPacket>)> {
        let (keyframe, newest) = (self.keyframe.as_ref()?, self.newest.as_ref()?);
        let is_far = newest.sequence - keyframe.sequence >= CATCH_UP_PACKETS;
        if is_far || wall_ms - keyframe.arrival_ms > CATCH_UP_MS {
            return None;
        }
        for sequence in keyframe.sequence..=newest.sequence {
            if self.cache.get(sequence)?.timestamp != keyframe.timestamp {
                break;
            }
        }
        Some((keyframe.clone(), newest.clone()))
    }

    /// How many frames lie between two packets, both counted.
    #[must_use]
    pub fn frames_between(&self, keyframe: &MediaPacket, head: &MediaPacket) -> u32 {
        let (mut frames, mut timestamp) = (1, keyframe.timestamp);
        for packet in (keyframe.sequence..=head.sequence).filter_map(|sequence| self.cache.get(sequence)) {
            if packet.timestamp != timestamp {
                frames += 1;
                timestamp = packet.timestamp;
            }
        }
        frames
    }

    /// Where the newest packet stands on the server's axis; `None` before anything is known.
    #[must_use]
    pub fn clock_point(&self, sender_ms: Option<f64>) -> Option<ClockPoint> {
        let rtp_timestamp = self.newest.as_ref()?.timestamp;
        let capture_ms = self.clock.at(rtp_timestamp, sender_ms)?;
        Some(ClockPoint { rtp_timestamp, capture_ms, clock_rate: self.clock.clock_rate })
    }

    fn read_extensions(
        &mut self,
        data: &[u8],
        header: &RtpHeader,
        ids: &ExtensionIds,
    ) -> Result<Said, Malformed> {
        let mut said = Said::default();
        if header.extension_profile == 0 {
            return Ok(said);
        }
        for element in Elements::of(data, header) {
            let (id, value) = element?;
            let start = value.as_ptr().addr() - data.as_ptr().addr();
            let end = start + value.len();
            if Some(id) == ids.audio_level {
                decode_audio_level(value)?;
                said.audio_level = Some((start, end));
            } else if Some(id) == ids.abs_capture_time {
                let (stamp_ms, offset_ms) = decode_capture_time(value)?;
                said.capture_ms = Some(stamp_ms + offset_ms);
            } else if Some(id) == ids.dependency_descriptor {
                let descriptor = Descriptor::parse(value, self.structure.as_ref())?;
                if descriptor.structure.is_some() {
                    self.structure.clone_from(&descriptor.structure);
                }
                said.descriptor = Some((start, end, descriptor));
            }
        }
        Ok(said)
    }
}
