//! Datagrams in: from bytes of anybody to authenticated packets of a peer; drops are counted.

use std::net::SocketAddr;

use super::counters::Counter;
use super::event::Event;
use super::layer::Arrival;
use super::{Engine, LayerKey, PeerKey};
use crate::core::allowance::Judged;
use crate::core::selector::ALIVE_MS;
use crate::srtp::Refused;
use crate::wire::Malformed;
use crate::wire::bytes::be32;
use crate::wire::demux::{Kind, NoKind, classify};
use crate::wire::red::{Opened, open_red};
use crate::wire::rtcp::parse_compound;
use crate::wire::rtp::{RtpHeader, parse_header, unwrap_rtx};

impl Engine {
    /// One datagram from anybody; it is decrypted in place.
    pub fn datagram(&mut self, data: &mut [u8], from: SocketAddr, now_ms: f64) {
        self.now_ms = now_ms;
        match classify(data) {
            Ok(Kind::Rtp) => self.rtp_datagram(data, from, now_ms),
            Ok(Kind::Rtcp) => self.rtcp_datagram(data, from, now_ms),
            Ok(Kind::Stun) => self.stun_datagram(data, from, now_ms),
            Ok(Kind::Dtls) => self.dtls_datagram(data, from, now_ms),
            Err(NoKind::Short) => self.counters.count(Counter::Short),
            Err(NoKind::Unknown) => self.counters.count(Counter::UnknownKind),
        }
    }

    /// (the peer, the plaintext's length) once the datagram has passed SRTP; else why not.
    fn authenticated(
        &mut self,
        data: &mut [u8],
        from: SocketAddr,
        kind: Kind,
        now_ms: f64,
    ) -> Result<(PeerKey, usize), Counter> {
        let key = self.addresses.owner(&from).ok_or(Counter::ForeignAddress)?;
        let peer = self.peers.get_mut(key).ok_or(Counter::ForeignAddress)?;
        if peer.keys.is_none() {
            let kept = peer.keep_early(data, from, now_ms);
            return Err(if kept { Counter::InEarly } else { Counter::NoKeys });
        }
        let ssrc = be32(data, if kind == Kind::Rtp { 8 } else { 4 }).ok_or(Counter::Short)?;
        if !peer.flows.contains_key(&ssrc) && !peer.has_room(now_ms) {
            return Err(Counter::TooManySsrcs);
        }
        let keys = peer.keys.as_mut().ok_or(Counter::NoKeys)?;
        let opened = match kind {
            Kind::Rtp => keys.inbound.unprotect_rtp(data),
            _ => keys.inbound.unprotect_rtcp(data),
        };
        match opened {
            Ok(size) => {
                peer.admit(ssrc, now_ms);
                match peer.allowance.judge(data.len(), peer.tracks.len(), now_ms) {
                    Judged::Taken => return Ok((key, size)),
                    Judged::Refused => {}
                    Judged::Floods => self.events.tell(Event::Flood { peer: peer.name.clone() }),
                }
                Err(Counter::MediaFlood)
            }
            Err(Refused::Replayed) => Err(Counter::Replayed),
            Err(Refused::NotAuthentic | Refused::Malformed) => Err(Counter::NotAuthentic),
        }
    }

    fn rtp_datagram(&mut self, data: &mut [u8], from: SocketAddr, now_ms: f64) {
        let (peer, size) = match self.authenticated(data, from, Kind::Rtp, now_ms) {
            Ok(passed) => passed,
            Err(reason) => return self.counters.count(reason),
        };
        self.counters.count(Counter::InPackets);
        self.counters.add(Counter::InOctets, size as u64);
        if self.media(peer, &data[..size], now_ms).is_err() {
            self.counters.count(Counter::RtpMalformed);
        }
    }

    fn media(&mut self, peer: PeerKey, data: &[u8], now_ms: f64) -> Result<(), Malformed> {
        let header = parse_header(data)?;
        self.note_arrival(peer, data, &header, now_ms)?;
        let flow = self.peers[peer].flows.get(&header.ssrc);
        let known = flow.and_then(|flow| Some((flow.layer?, flow.is_rtx)));
        let known = match known.filter(|(layer, _)| self.layers.contains_key(*layer)) {
            Some(known) => Some(known),
            None => self.resolve(peer, data, &header, now_ms)?,
        };
        let Some((layer_key, is_rtx)) = known else {
            self.counters.count(Counter::UnknownSsrc);
            return Ok(());
        };
        let layer = &self.layers[layer_key];
        let spec = &self.sendings[layer.sending].spec;
        let payload_type = spec.payload_type;
        if !is_rtx {
            if header.payload_type == payload_type {
                return self.layer_packet(layer_key, data, &header, now_ms, false);
            }
            if spec.red_payload_type == Some(header.payload_type) {
                return self.redundant(layer_key, &open_red(data, &header, payload_type)?, now_ms);
            }
            self.counters.count(Counter::UnknownSsrc);
            return Ok(());
        }
        if header.payload_end - header.payload_start < 2 {
            return Ok(()); // a probe of the path: padding only (RFC 4588 8.6 allows no such repair)
        }
        let plain = unwrap_rtx(data, &header, layer.ssrc, payload_type)?;
        self.layer_packet(layer_key, &plain, &parse_header(&plain)?, now_ms, true)
    }

    /// Voice out of redundant audio: first those before it that were lost, then itself.
    fn redundant(&mut self, layer: LayerKey, opened: &Opened, now_ms: f64) -> Result<(), Malformed> {
        for earlier in &opened.earlier {
            let header = parse_header(earlier)?;
            if self.layers.get(layer).is_some_and(|layer| layer.lacks(header.sequence)) {
                self.counters.count(Counter::InRecovered);
                self.layer_packet(layer, earlier, &header, now_ms, true)?;
            }
        }
        self.layer_packet(layer, &opened.primary, &parse_header(&opened.primary)?, now_ms, false)
    }

    fn layer_packet(
        &mut self,
        key: LayerKey,
        data: &[u8],
        header: &RtpHeader,
        now_ms: f64,
        is_repair: bool,
    ) -> Result<(), Malformed> {
        let sender_ms = self.sender_ms(key);
        let layer = &mut self.layers[key];
        let sending = &self.sendings[layer.sending];
        let is_first = layer.reception.packets == 0;
        let silent_ms = now_ms - layer.last_packet_ms;
        let arrival = Arrival { now_ms, wall_ms: self.axis.wall_ms(now_ms), is_repair };
        let accepted = layer.accept(data, header, &sending.spec.extensions, arrival, sender_ms)?;
        let Some(packet) = accepted else {
            self.counters.count(Counter::Duplicate);
            return Ok(());
        };
        if layer.codec.is_video() {
            self.is_mid_picture = !packet.marker && !is_repair;
            if layer.loss.is_waiting() {
                self.lossy.insert(key);
            }
        }
        let name = sending.spec.publication.clone();
        if let Some(level) = packet.audio_level().filter(|_| sending.is_live)
            && let Some(level_dbov) = layer.audio_level_due(level, now_ms)
        {
            self.events.tell(Event::AudioLevel { publication: name.clone(), level_dbov });
        }
        if is_first && !is_repair {
            self.layer_began(key, now_ms);
        } else if silent_ms > ALIVE_MS {
            self.retarget_followers(&name, now_ms);
        }
        self.forward(key, &packet, now_ms);
        Ok(())
    }

    /// The first packet of a layer: told, followed, and its publisher encouraged at once.
    fn layer_began(&mut self, key: LayerKey, now_ms: f64) {
        let layer = &self.layers[key];
        let sending = &self.sendings[layer.sending];
        let (name, owner) = (sending.spec.publication.clone(), sending.peer);
        self.events.tell(Event::TrackStarted { publication: name.clone(), rid: layer.rid.clone() });
        self.retarget_followers(&name, now_ms);
        self.tell_clock(key, now_ms);
        self.peers[owner].report_due_ms = 0.0;
    }

    fn rtcp_datagram(&mut self, data: &mut [u8], from: SocketAddr, now_ms: f64) {
        let (peer, size) = match self.authenticated(data, from, Kind::Rtcp, now_ms) {
            Ok(passed) => passed,
            Err(reason) => return self.counters.count(reason),
        };
        match parse_compound(&data[..size]) {
            Ok(packets) => self.feedback(peer, &packets, now_ms),
            Err(_) => self.counters.count(Counter::RtcpMalformed),
        }
    }
}
