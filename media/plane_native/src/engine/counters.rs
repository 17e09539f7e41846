//! The plane's counters, read by Python at any time without waiting.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($variant:ident = $name:literal,)*) => {
        /// What is counted; the names are those of `plane_python`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Counter { $($variant,)* }

        const NAMES: &[&str] = &[$($name,)*];
    };
}

counters! {
    InPackets = "in.packets",
    InOctets = "in.octets",
    InEarly = "in.early",
    InRecovered = "in.recovered",
    InReceiveErrors = "in.receive_errors",
    OutPackets = "out.packets",
    OutOctets = "out.octets",
    OutRetransmitted = "out.retransmitted",
    OutReports = "out.reports",
    OutBlocked = "out.blocked",
    OutUnprotected = "out.unprotected",
    OutTooLong = "out.too_long",
    OutSegmented = "out.segmented",
    OutSegmentsRefused = "out.segments_refused",
    OutSystemCalls = "out.system_calls",
    OutStunAnswers = "out.stun_answers",
    Addresses = "addresses",
    Short = "drop.short",
    UnknownKind = "drop.unknown_kind",
    StunMalformed = "drop.stun_malformed",
    StunUnknownUfrag = "drop.stun_unknown_ufrag",
    StunUnknownTransaction = "drop.stun_unknown_transaction",
    ControlFlood = "drop.control_flood",
    MediaFlood = "drop.media_flood",
    ForeignAddress = "drop.foreign_address",
    NoKeys = "drop.no_keys",
    NotAuthentic = "drop.not_authentic",
    Replayed = "drop.replayed",
    TooManySsrcs = "drop.too_many_ssrcs",
    RtpMalformed = "drop.rtp_malformed",
    RtcpMalformed = "drop.rtcp_malformed",
    UnknownSsrc = "drop.unknown_ssrc",
    Duplicate = "drop.duplicate",
    EventQueue = "drop.event_queue",
    TapQueue = "drop.tap_queue",
    Internal = "drop.internal",
}

/// All counters of a plane; one writer, the engine.
#[derive(Debug)]
pub struct Counters {
    values: Vec<AtomicU64>,
}

impl Default for Counters {
    fn default() -> Self {
        Self { values: NAMES.iter().map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Counters {
    pub fn add(&self, counter: Counter, value: u64) {
        let cell = &self.values[counter as usize];
        cell.store(cell.load(Ordering::Relaxed) + value, Ordering::Relaxed);
    }

    pub fn count(&self, counter: Counter) {
        self.add(counter, 1);
    }

    pub fn set(&self, counter: Counter, value: u64) {
        self.values[counter as usize].store(value, Ordering::Relaxed);
    }

    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.values[counter as usize].load(Ordering::Relaxed)
    }

    /// (name, value) of each.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        NAMES.iter().zip(&self.values).map(|(name, value)| (*name, value.load(Ordering::Relaxed)))
    }
}
