//! What control asks for, done between datagrams.

use std::net::SocketAddr;

use aws_lc_rs::hmac;

use super::peer::{Keys, Peer};
use super::spec::{SlotSpec, TrackSpec};
use super::{Engine, LayerKey, Name, PeerKey, SlotKey};
use crate::core::grade::Grade;
use crate::engine::counters::Counter;

/// One call of `media.plane.PacketPlane`; those for peers that are not known are ignored.
pub enum Command {
    AddPeer { peer: Name, ufrag: Box<[u8]> },
    RemovePeer { peer: Name },
    SetPassword { peer: Name, password: Box<hmac::Key> },
    BindAddress { peer: Name, address: SocketAddr },
    SelectAddress { peer: Name, address: Option<SocketAddr> },
    SendControl { peer: Name, data: Box<[u8]>, to: SocketAddr },
    SetGoal { peer: Name, bitrate_bps: u64 },
    SetKeys { peer: Name, keys: Box<Keys> },
    SetTracks { peer: Name, tracks: Vec<TrackSpec> },
    SetSlots { peer: Name, slots: Vec<SlotSpec> },
    Attach { peer: Name, mid: Name, publication: Option<Name> },
    SetLayer { peer: Name, mid: Name, rid: Option<Name> },
    SetPaused { peer: Name, mid: Name, is_paused: bool },
    SetGlimpses { peer: Name, mid: Name, bitrate_bps: Option<u64> },
    SetOn { publication: Name, on: bool },
    RequestKeyframe { publication: Name, rid: Option<Name> },
    Tap { publication: Name, on: bool },
}

impl Engine {
    /// Does one command.
    pub fn command(&mut self, command: Command, now_ms: f64) {
        self.now_ms = now_ms;
        match command {
            Command::AddPeer { peer, ufrag } => self.add_peer(&peer, &ufrag),
            Command::SetOn { publication, on } => self.set_on(&publication, on, now_ms),
            Command::RequestKeyframe { publication, rid } => {
                self.request_keyframe(&publication, rid.as_deref(), now_ms);
            }
            Command::Tap { publication, on } => self.set_tapped(&publication, on, now_ms),
            of_a_peer => self.peer_command(of_a_peer, now_ms),
        }
        self.schedule_turn(now_ms);
    }

    fn peer_command(&mut self, command: Command, now_ms: f64) {
        let (Command::RemovePeer { peer }
        | Command::SetPassword { peer, .. }
        | Command::BindAddress { peer, .. }
        | Command::SelectAddress { peer, .. }
        | Command::SendControl { peer, .. }
        | Command::SetGoal { peer, .. }
        | Command::SetKeys { peer, .. }
        | Command::SetTracks { peer, .. }
        | Command::SetSlots { peer, .. }
        | Command::Attach { peer, .. }
        | Command::SetLayer { peer, .. }
        | Command::SetPaused { peer, .. }
        | Command::SetGlimpses { peer, .. }) = &command
        else {
            return;
        };
        let Some(key) = self.peer_key(peer) else { return };
        match command {
            Command::RemovePeer { .. } => self.remove_peer(key, now_ms),
            Command::SetPassword { password, .. } => self.peers[key].password = Some(password),
            Command::BindAddress { address, .. } => {
                self.addresses.bind(key, address, self.peers[key].address);
                self.counters.set(Counter::Addresses, self.addresses.len() as u64);
            }
            Command::SelectAddress { address, .. } => {
                self.moved(key, address);
                self.peers[key].address = address.filter(|to| to.is_ipv4() || self.has_ipv6);
                self.equip(key, now_ms);
            }
            Command::SendControl { data, to, .. } => self.send_control(key, &data, to, now_ms),
            Command::SetGoal { bitrate_bps, .. } => self.set_goal(key, bitrate_bps, now_ms),
            Command::SetKeys { keys, .. } => self.set_keys(key, keys, now_ms),
            Command::SetTracks { tracks, .. } => self.set_tracks(key, tracks, now_ms),
            Command::SetSlots { slots, .. } => self.set_slots(key, slots, now_ms),
            of_a_slot => self.slot_command(key, of_a_slot, now_ms),
        }
    }

    fn slot_command(&mut self, peer: PeerKey, command: Command, now_ms: f64) {
        let (Command::Attach { mid, .. }
        | Command::SetLayer { mid, .. }
        | Command::SetPaused { mid, .. }
        | Command::SetGlimpses { mid, .. }) = &command
        else {
            return;
        };
        let slots = self.peers[peer].slots.iter().copied();
        let Some(key) = slots.into_iter().find(|key| self.slots[*key].spec.mid == *mid) else { return };
        match command {
            Command::Attach { publication, .. } => {
                self.attach(key, publication, now_ms);
                self.quick_turn(now_ms);
            }
            Command::SetLayer { rid, .. } => {
                let (name, grade) = rid.as_deref().map_or(("", Grade::ALL), Grade::split);
                self.slots[key].wanted_rid = rid.as_ref().map(|_| name.into());
                self.slots[key].wanted_grade = grade;
                self.retarget(key, now_ms);
            }
            Command::SetPaused { is_paused, .. } if self.slots[key].is_paused != is_paused => {
                self.slots[key].is_paused = is_paused;
                self.retarget(key, now_ms);
                self.quick_turn(now_ms);
            }
            Command::SetGlimpses { bitrate_bps, .. } => self.set_glimpses(key, bitrate_bps, now_ms),
            _ => {}
        }
    }

    fn add_peer(&mut self, name: &Name, ufrag: &[u8]) {
        let key = match self.peer_key(name) {
            Some(known) => known,
            None => {
                let key = self.peers.insert(Peer::new(name.clone()));
                self.peer_names.insert(name.clone(), key);
                key
            }
        };
        self.stun.add(ufrag, key);
    }

    fn remove_peer(&mut self, key: PeerKey, now_ms: f64) {
        self.set_tracks(key, Vec::new(), now_ms);
        let slots: Vec<SlotKey> = self.peers[key].slots.clone();
        slots.into_iter().for_each(|slot| self.end_slot(slot, now_ms));
        self.addresses.remove(key);
        self.counters.set(Counter::Addresses, self.addresses.len() as u64);
        self.stun.remove(key);
        if let Some(peer) = self.peers.remove(key) {
            self.peer_names.remove(&peer.name);
        }
    }

    /// New keys begin a new count on both sides.
    fn set_keys(&mut self, key: PeerKey, keys: Box<Keys>, now_ms: f64) {
        for slot in self.peers[key].slots.clone() {
            self.leave(slot);
            self.slots[slot].restart();
        }
        let peer = &mut self.peers[key];
        peer.keys = Some(keys);
        peer.flows.clear();
        if let Some(line) = &mut peer.line {
            line.pacer.clear();
        }
        let early = peer.take_early(now_ms);
        self.equip(key, now_ms);
        for mut each in early {
            self.datagram(&mut each.data, each.from, now_ms);
        }
    }

    /// What may be possible now that the peer has keys or an address.
    fn equip(&mut self, key: PeerKey, now_ms: f64) {
        self.retarget_peer(key, now_ms);
        let layers: Vec<LayerKey> = self.layers_of(key);
        layers.into_iter().for_each(|layer| self.send_due_request(layer, now_ms));
    }

    fn request_keyframe(&mut self, name: &str, rid: Option<&str>, now_ms: f64) {
        let live = self.publications.get(name).and_then(|each| each.live);
        let Some(sending) = live.and_then(|live| self.sendings.get(live)) else { return };
        let named = sending.layers.iter().filter(|(each, _)| rid.is_none_or(|rid| &**each == rid));
        let layers: Vec<LayerKey> = named.map(|(_, key)| *key).collect();
        layers.into_iter().for_each(|layer| self.ask_keyframe(layer, now_ms));
    }
}
