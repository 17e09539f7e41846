//! Everything that happens between a datagram in and datagrams out: state and rules on one thread, without I/O.
//!
//! `Engine` is given datagrams, commands and the time; what it wants sent lies in its `Outbox`, what it tells in its
//! `Events`. `runner` feeds it from sockets.

pub mod board;
pub mod catch_up;
pub mod clocks;
pub mod command;
pub mod control;
pub mod counters;
pub mod departures;
pub mod event;
pub mod fanout;
pub mod feedback;
pub mod glimpsing;
pub mod grades;
pub mod guard;
pub mod ingest;
pub mod layer;
pub mod line;
pub mod outbox;
pub mod pacing;
pub mod packet;
pub mod peer;
pub mod probing;
pub mod reports;
pub mod resend;
pub mod resolve;
pub mod runner;
pub mod sending;
pub mod shared;
pub mod slot;
pub mod spec;
pub mod timers;
pub mod upstream;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use slotmap::{SlotMap, new_key_type};

use crate::core::axis::Axis;
use board::Publication;
use counters::Counters;
use event::Events;
use guard::{AddressTable, StunTable};
use layer::Layer;
use outbox::Outbox;
use peer::Peer;
use sending::Sending;
use slot::Slot;

new_key_type! {
    pub struct PeerKey;
    pub struct SendingKey;
    pub struct LayerKey;
    pub struct SlotKey;
}

/// A peer's or a publication's name as control gives it.
pub type Name = Arc<str>;

/// The state of one plane.
pub struct Engine {
    pub(crate) peers: SlotMap<PeerKey, Peer>,
    pub(crate) peer_names: HashMap<Name, PeerKey>,
    pub(crate) sendings: SlotMap<SendingKey, Sending>,
    pub(crate) layers: SlotMap<LayerKey, Layer>,
    pub(crate) slots: SlotMap<SlotKey, Slot>,
    pub(crate) publications: HashMap<Name, Publication>,
    pub(crate) addresses: AddressTable,
    pub(crate) stun: StunTable,
    /// Layers with gaps to ask for.
    pub(crate) lossy: FxHashSet<LayerKey>,
    pub(crate) catching_up: Vec<SlotKey>,
    /// Those that get keyframes alone.
    pub(crate) glimpsing: Vec<SlotKey>,
    /// Peers to be told how their packets arrive.
    pub(crate) telling: Vec<PeerKey>,
    /// Peers with packets that were held back.
    pub(crate) pacing: Vec<PeerKey>,
    /// Peers to whom a probe is being sent.
    pub(crate) probing: Vec<PeerKey>,
    /// The time of the step that is being done.
    pub(crate) now_ms: f64,
    /// Whether the last picture that packets came of is not whole yet: more of it is on its way.
    pub is_mid_picture: bool,
    pub(crate) axis: Axis,
    pub(crate) has_ipv6: bool,
    pub(crate) order: u64,
    pub(crate) tick_due_ms: f64,
    pub(crate) second_due_ms: f64,
    pub(crate) turn_due_ms: Option<f64>,
    pub counters: Arc<Counters>,
    pub events: Events,
    pub outbox: Outbox,
}

impl Engine {
    #[must_use]
    pub fn new(counters: Arc<Counters>, events: Events, monotonic_ms: f64, wall_ms: f64) -> Self {
        Self {
            peers: SlotMap::with_key(),
            peer_names: HashMap::new(),
            sendings: SlotMap::with_key(),
            layers: SlotMap::with_key(),
            slots: SlotMap::with_key(),
            publications: HashMap::new(),
            addresses: AddressTable::default(),
            stun: StunTable::default(),
            lossy: FxHashSet::default(),
            catching_up: Vec::new(),
            glimpsing: Vec::new(),
            telling: Vec::new(),
            pacing: Vec::new(),
            probing: Vec::new(),
            now_ms: monotonic_ms,
            is_mid_picture: false,
            axis: Axis::new(monotonic_ms, wall_ms),
            has_ipv6: true,
            order: 0,
            tick_due_ms: monotonic_ms,
            second_due_ms: monotonic_ms,
            turn_due_ms: None,
            counters,
            events,
            outbox: Outbox::default(),
        }
    }

    /// The key of a peer that is known.
    pub(crate) fn peer_key(&self, name: &str) -> Option<PeerKey> {
        self.peer_names.get(name).copied()
    }
}

/// A random number; zero if the machine gives none, which it does only while it starts.
pub(crate) fn random_u32() -> u32 {
    getrandom::u32().unwrap_or_default()
}

/// A first sequence number: from 1 to 2^14, so that roll-over is far.
pub(crate) fn random_first_sequence() -> u16 {
    1 + (random_u32() & 0x3FFF) as u16
}
