//! STUN and DTLS: whose they are, and the checks that are answered here.

use std::net::SocketAddr;

use super::counters::Counter;
use super::event::Event;
use super::{Engine, PeerKey};
use crate::wire::stun::{BINDING_REQUEST, StunMessage};
use crate::wire::stun_write::success_response;

impl Engine {
    pub(crate) fn stun_datagram(&mut self, data: &[u8], from: SocketAddr, now_ms: f64) {
        let Ok(message) = StunMessage::parse(data) else {
            self.counters.count(Counter::StunMalformed);
            return;
        };
        match self.stun.owner(&message, now_ms) {
            Ok(peer) if self.goes_up(peer, now_ms) => {
                self.answer(peer, &message, from);
                self.tell_control(peer, data, from);
            }
            Ok(_) => {}
            Err(reason) => self.counters.count(reason),
        }
    }

    pub(crate) fn dtls_datagram(&mut self, data: &[u8], from: SocketAddr, now_ms: f64) {
        match self.addresses.owner(&from) {
            Some(peer) if self.goes_up(peer, now_ms) => self.tell_control(peer, data, from),
            Some(_) => {}
            None => self.counters.count(Counter::ForeignAddress),
        }
    }

    fn goes_up(&mut self, peer: PeerKey, now_ms: f64) -> bool {
        let allowed = self.peers.get_mut(peer).is_some_and(|peer| peer.allows_control(now_ms));
        if !allowed {
            self.counters.count(Counter::ControlFlood);
        }
        allowed
    }

    fn tell_control(&mut self, peer: PeerKey, data: &[u8], from: SocketAddr) {
        let peer = self.peers[peer].name.clone();
        self.events.tell(Event::Control { peer, data: data.into(), from });
    }

    /// Answers a check from an address that those above have checked before, so that a busy Python never lets a peer
    /// believe that we are gone (RFC 7675). First checks, role conflicts and unknown attributes are left to those above,
    /// who hear of every check.
    fn answer(&mut self, key: PeerKey, message: &StunMessage<'_>, from: SocketAddr) {
        let is_bound = self.addresses.owner(&from) == Some(key);
        let Some(peer) = self.peers.get_mut(key) else { return };
        // Who lost our consent is not told that we are here.
        let Some(password) = peer.password.as_ref().filter(|_| is_bound && peer.address.is_some()) else {
            return;
        };
        let is_plain = message.kind == BINDING_REQUEST && !message.is_controlled && !message.has_unknown;
        if !is_plain || !message.has_sound_fingerprint() || !message.has_integrity(password) {
            return;
        }
        let response = success_response(&message.transaction, from, password);
        peer.note_answered(message.transaction);
        self.counters.count(Counter::OutStunAnswers);
        self.post(&response, from);
    }

    /// Sends STUN or DTLS made above, unless it was answered here.
    pub(crate) fn send_control(&mut self, key: PeerKey, data: &[u8], to: SocketAddr, now_ms: f64) {
        if to.is_ipv6() && !self.has_ipv6 || self.peers[key].is_answered(data) {
            return;
        }
        self.stun.sent(data, key, now_ms);
        self.post(data, to);
    }

    fn post(&mut self, data: &[u8], to: SocketAddr) {
        let (start, out) = self.outbox.begin();
        out.extend_from_slice(data);
        self.outbox.commit(start, to);
    }
}
