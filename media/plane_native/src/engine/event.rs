//! What the engine tells: two bounded rings, the oldest given up first and counted.

use std::net::SocketAddr;
use std::sync::Arc;

use crossbeam_queue::ArrayQueue;

use super::Name;
use super::counters::{Counter, Counters};
use super::packet::MediaPacket;

const MAX_EVENTS: usize = 4_096;
const MAX_TAPPED: usize = 16_384;

/// At this RTP timestamp the picture was captured at this wall time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockPoint {
    pub rtp_timestamp: u32,
    pub capture_ms: f64,
    pub clock_rate: u32,
}

/// What control hears. `Flood`: the peer sends far more than it may, and goes on.
#[derive(Debug, Clone)]
pub enum Event {
    Control { peer: Name, data: Box<[u8]>, from: SocketAddr },
    TrackStarted { publication: Name, rid: Name },
    Clock { publication: Name, rid: Name, point: ClockPoint },
    SlotClock { peer: Name, mid: Name, point: ClockPoint, source_rtp_timestamp: u32, rid: Name },
    AudioLevel { publication: Name, level_dbov: i8 },
    Flood { peer: Name },
    Estimate { peer: Name, bitrate_bps: u64, fraction_lost: f64, rtt_ms: Option<f64>, queue_ms: f64 },
}

/// One packet of a tapped publication.
#[derive(Debug, Clone)]
pub struct Tapped {
    pub publication: Name,
    pub rid: Name,
    pub packet: Arc<MediaPacket>,
}

/// The rings, shared by the engine and its reader.
pub struct Rings {
    pub events: ArrayQueue<Event>,
    pub tapped: ArrayQueue<Tapped>,
}

impl Default for Rings {
    fn default() -> Self {
        Self { events: ArrayQueue::new(MAX_EVENTS), tapped: ArrayQueue::new(MAX_TAPPED) }
    }
}

/// The engine's end.
pub struct Events {
    rings: Arc<Rings>,
    counters: Arc<Counters>,
    has_news: bool,
}

impl Events {
    #[must_use]
    pub fn new(rings: Arc<Rings>, counters: Arc<Counters>) -> Self {
        Self { rings, counters, has_news: false }
    }

    pub fn tell(&mut self, event: Event) {
        self.has_news = true;
        if self.rings.events.force_push(event).is_some() {
            self.counters.count(Counter::EventQueue);
        }
    }

    pub fn tap(&mut self, tapped: Tapped) {
        self.has_news = true;
        if self.rings.tapped.force_push(tapped).is_some() {
            self.counters.count(Counter::TapQueue);
        }
    }

    /// Whether something was told since this was last asked.
    pub fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
    }
}
