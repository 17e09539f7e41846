//! One peer connection: its addresses, keys, SSRCs, and what it sends and receives.

use std::collections::VecDeque;
use std::net::SocketAddr;

use aws_lc_rs::hmac;
use rustc_hash::FxHashMap;

use super::line::Line;
use super::{LayerKey, Name, SendingKey, SlotKey, random_u32};
use crate::core::allowance::Allowance;
use crate::core::arrivals::ArrivalLog;
use crate::core::budget::ByteBudget;
use crate::core::clock::SenderClock;
use crate::srtp::inbound::Inbound;
use crate::srtp::outbound::Outbound;
use crate::wire::stun::Transaction;

pub const MAX_SSRCS: usize = 32;
pub const SSRC_IDLE_MS: f64 = 10_000.0;
pub const DEFAULT_RTT_MS: f64 = 60.0;
pub const MAX_CONTROL_A_SECOND: u32 = 300;
const MAX_ANSWERED: usize = 16;
const MAX_EARLY: usize = 128;
const EARLY_MS: f64 = 1_000.0;

/// What an authenticated SSRC of a peer carries; no layer: not known (yet).
///
/// `mid` and `rid` are what its packets once said: a sender leaves both out as soon as a receiver report names the
/// SSRC, but the section may begin anew later (another codec).
#[derive(Debug, Clone)]
pub struct Flow {
    pub layer: Option<LayerKey>,
    pub mid: Option<Box<[u8]>>,
    pub rid: Option<Name>,
    pub is_rtx: bool,
    pub last_ms: f64,
}

/// Both directions of SRTP.
pub struct Keys {
    pub inbound: Inbound,
    pub outbound: Outbound,
}

/// SRTP that came before its keys: a publisher sends its first keyframe while we still derive them.
pub struct Early {
    pub data: Vec<u8>,
    pub from: SocketAddr,
    arrived_ms: f64,
}

/// State of one peer; all tables are bounded.
pub struct Peer {
    pub name: Name,
    pub address: Option<SocketAddr>,
    pub keys: Option<Box<Keys>>,
    pub flows: FxHashMap<u32, Flow>,
    pub tracks: Vec<SendingKey>,
    pub slots: Vec<SlotKey>,
    pub sender_clock: SenderClock,
    pub rtcp_ssrc: u32,
    pub rtt_ms: Option<f64>,
    pub report_due_ms: f64,
    /// With it STUN checks are answered here.
    pub password: Option<Box<hmac::Key>>,
    /// The id under which the peer numbers its packets, if it does.
    pub transport_cc_in: Option<u8>,
    pub arrivals: ArrivalLog,
    /// An SSRC of the packets that `arrivals` tells of.
    pub told_ssrc: u32,
    pub line: Option<Box<Line>>,
    pub allowance: Allowance,
    /// For all that the peer is sent again.
    pub repairs: ByteBudget,
    early: Vec<Early>,
    answered: VecDeque<Transaction>,
    control_since_ms: f64,
    control_seen: u32,
}

impl Peer {
    #[must_use]
    pub fn new(name: Name) -> Self {
        Self {
            name,
            address: None,
            keys: None,
            flows: FxHashMap::default(),
            tracks: Vec::new(),
            slots: Vec::new(),
            sender_clock: SenderClock::default(),
            rtcp_ssrc: random_u32().max(1),
            rtt_ms: None,
            report_due_ms: 0.0,
            password: None,
            transport_cc_in: None,
            arrivals: ArrivalLog::default(),
            told_ssrc: 0,
            line: None,
            allowance: Allowance::default(),
            repairs: ByteBudget::default(),
            early: Vec::new(),
            answered: VecDeque::new(),
            control_since_ms: 0.0,
            control_seen: 0,
        }
    }

    /// The last measured round trip, or a cautious guess.
    #[must_use]
    pub fn round_trip_ms(&self) -> f64 {
        self.rtt_ms.unwrap_or(DEFAULT_RTT_MS)
    }

    /// Keeps SRTP until the first keys are set; false if there is no room, or keys are there.
    pub fn keep_early(&mut self, data: &[u8], from: SocketAddr, arrived_ms: f64) -> bool {
        let has_room = self.keys.is_none() && self.early.len() < MAX_EARLY;
        if has_room {
            self.early.push(Early { data: data.to_vec(), from, arrived_ms });
        }
        has_room
    }

    /// What came shortly before the keys, in its order.
    pub fn take_early(&mut self, now_ms: f64) -> impl Iterator<Item = Early> + use<> {
        std::mem::take(&mut self.early).into_iter().filter(move |each| now_ms - each.arrived_ms <= EARLY_MS)
    }

    /// Whether one more SSRC may come in; makes room by forgetting the one idle longest.
    pub fn has_room(&mut self, now_ms: f64) -> bool {
        if self.flows.len() < MAX_SSRCS {
            return true;
        }
        let idle = self.flows.iter().min_by(|left, right| left.1.last_ms.total_cmp(&right.1.last_ms));
        let Some((&ssrc, flow)) = idle else { return false };
        if now_ms - flow.last_ms < SSRC_IDLE_MS {
            return false;
        }
        self.flows.remove(&ssrc);
        if let Some(keys) = &mut self.keys {
            keys.inbound.forget(ssrc);
        }
        true
    }

    /// The entry of an SSRC whose packet has just passed authentication.
    pub fn admit(&mut self, ssrc: u32, now_ms: f64) -> &mut Flow {
        let fresh = || Flow { layer: None, mid: None, rid: None, is_rtx: false, last_ms: now_ms };
        let flow = self.flows.entry(ssrc).or_insert_with(fresh);
        flow.last_ms = now_ms;
        flow
    }

    /// Whether one more STUN or DTLS datagram of this second may go up.
    pub fn allows_control(&mut self, now_ms: f64) -> bool {
        if now_ms - self.control_since_ms >= 1_000.0 {
            self.control_since_ms = now_ms;
            self.control_seen = 0;
        }
        self.control_seen += 1;
        self.control_seen <= MAX_CONTROL_A_SECOND
    }

    /// A check was answered here; the answer of those above is not needed.
    pub fn note_answered(&mut self, transaction: Transaction) {
        if self.answered.len() == MAX_ANSWERED {
            self.answered.pop_front();
        }
        self.answered.push_back(transaction);
    }

    /// Whether this is an answer that was given here already.
    #[must_use]
    pub fn is_answered(&self, data: &[u8]) -> bool {
        data.starts_with(&[0x01, 0x01])
            && self.answered.iter().any(|transaction| data.get(8..20) == Some(transaction.as_slice()))
    }
}
