//! Who gets what: publications by name, the slots that follow them, and the moments at which slots cross over.
//!
//! Of several peers that publish one name (a participant who came back), the newest whose packets have arrived
//! counts. A slot begins at a keyframe: from the layer's history if that is short, else at the next one, which is asked
//! for.

use std::sync::Arc;

use super::event::Tapped;
use super::packet::MediaPacket;
use super::sending::Sending;
use super::slot::Slot;
use super::spec::{SlotSpec, TrackSpec};
use super::{Engine, LayerKey, Name, PeerKey, SendingKey, SlotKey};
use crate::wire::rtcp::Rtcp;

/// Everything under one publication's name.
#[derive(Default)]
pub struct Publication {
    pub sendings: Vec<SendingKey>,
    pub live: Option<SendingKey>,
    pub followers: Vec<SlotKey>,
    pub is_off: bool,
    pub is_tapped: bool,
}

impl Publication {
    fn is_idle(&self) -> bool {
        self.sendings.is_empty() && self.followers.is_empty() && !self.is_off && !self.is_tapped
    }
}

impl Engine {
    pub(crate) fn publication(&mut self, name: &Name) -> &mut Publication {
        self.publications.entry(name.clone()).or_default()
    }

    /// Forgets a publication of which nothing is left.
    pub(crate) fn tidy(&mut self, name: &Name) {
        if self.publications.get(name).is_some_and(Publication::is_idle) {
            self.publications.remove(name);
        }
    }

    // Tracks

    pub(crate) fn set_tracks(&mut self, peer: PeerKey, specs: Vec<TrackSpec>, now_ms: f64) {
        for key in self.peers[peer].tracks.clone() {
            let known = &self.sendings[key].spec;
            let same = |spec: &TrackSpec| {
                spec.publication == known.publication
                    && (spec.codec, spec.clock_rate) == (known.codec, known.clock_rate)
            };
            if !specs.iter().any(same) {
                self.peers[peer].tracks.retain(|each| *each != key);
                self.end_sending(key, now_ms);
            }
        }
        for spec in specs {
            let present = self.peers[peer].tracks.iter().copied();
            let mut present = present.filter(|key| self.sendings[*key].spec.publication == spec.publication);
            match present.next() {
                Some(key) => self.sendings[key].spec = spec,
                None => self.begin_sending(peer, spec, now_ms),
            }
        }
        let sendings = self.peers[peer].tracks.iter().map(|key| &self.sendings[*key]);
        let number = sendings.into_iter().find_map(|sending| sending.spec.extensions.transport_cc);
        self.peers[peer].transport_cc_in = number;
    }

    fn begin_sending(&mut self, peer: PeerKey, spec: TrackSpec, now_ms: f64) {
        self.order += 1;
        let name = spec.publication.clone();
        let sending =
            Sending { peer, spec, order: self.order, layers: Vec::new(), is_live: false, was_tapped: false };
        let key = self.sendings.insert(sending);
        self.peers[peer].tracks.push(key);
        let publication = self.publication(&name);
        publication.sendings.push(key);
        if publication.live.is_none() {
            self.make_live(key, now_ms);
        }
    }

    fn make_live(&mut self, key: SendingKey, now_ms: f64) {
        let name = self.sendings[key].spec.publication.clone();
        if let Some(before) = self.publication(&name).live.replace(key) {
            self.sendings[before].is_live = false;
            self.clear_sending(before);
        }
        self.sendings[key].is_live = true;
        self.retarget_followers(&name, now_ms);
    }

    pub(crate) fn end_sending(&mut self, key: SendingKey, now_ms: f64) {
        self.clear_sending(key);
        let Some(ended) = self.sendings.remove(key) else { return };
        for (_, layer) in &ended.layers {
            self.layers.remove(*layer);
            self.lossy.remove(layer);
        }
        if let Some(peer) = self.peers.get_mut(ended.peer) {
            // Its SSRCs stay authenticated but carry nothing.
            let ended = |layer: &Option<LayerKey>| layer.is_some_and(|key| !self.layers.contains_key(key));
            peer.flows.values_mut().filter(|flow| ended(&flow.layer)).for_each(|flow| flow.layer = None);
        }
        let name = ended.spec.publication;
        let publication = self.publication(&name);
        publication.sendings.retain(|each| *each != key);
        publication.is_off &= !publication.sendings.is_empty();
        if ended.is_live {
            publication.live = None;
            if let Some(next) = publication.sendings.last().copied() {
                self.make_live(next, now_ms);
            }
        }
        self.tidy(&name);
    }

    fn clear_sending(&mut self, key: SendingKey) {
        let layers: Vec<LayerKey> = self.sendings[key].layers.iter().map(|each| each.1).collect();
        layers.into_iter().for_each(|layer| self.clear_layer(layer));
    }

    /// Nothing follows the layer any more.
    pub(crate) fn clear_layer(&mut self, key: LayerKey) {
        let Some(layer) = self.layers.get(key) else { return };
        let carried = layer.flowing.iter().chain(&layer.catching_up).chain(&layer.glimpsing);
        let carried: Vec<SlotKey> = carried.copied().collect();
        let waiting = layer.waiting.clone();
        carried.into_iter().for_each(|slot| self.leave(slot));
        waiting.into_iter().for_each(|slot| self.stop_waiting(slot));
    }

    pub(crate) fn set_on(&mut self, name: &Name, on: bool, now_ms: f64) {
        let publication = self.publication(name);
        if publication.is_off != on {
            self.tidy(name);
            return;
        }
        publication.is_off = !on;
        // Off: what came before is not sent again either. On: nor what came meanwhile.
        for sending in publication.sendings.clone() {
            let layers: Vec<LayerKey> = self.sendings[sending].layers.iter().map(|each| each.1).collect();
            layers.into_iter().for_each(|layer| self.layers[layer].forget_past());
        }
        self.retarget_followers(name, now_ms);
        self.tidy(name);
    }

    // Slots

    pub(crate) fn set_slots(&mut self, peer: PeerKey, specs: Vec<SlotSpec>, now_ms: f64) {
        for key in self.peers[peer].slots.clone() {
            let known = &self.slots[key].spec;
            if !specs.iter().any(|spec| spec.mid == known.mid && spec.ssrc == known.ssrc) {
                self.end_slot(key, now_ms);
            }
        }
        for spec in specs {
            let present = self.peers[peer].slots.iter().copied();
            match present.into_iter().find(|key| self.slots[*key].spec.mid == spec.mid) {
                Some(key) => self.reshape(key, spec),
                None => {
                    let key = self.slots.insert(Slot::new(peer, spec));
                    self.peers[peer].slots.push(key);
                }
            }
        }
        let slots = &self.peers[peer].slots;
        if slots.iter().any(|key| self.slots[*key].spec.extensions.transport_cc.is_some()) {
            self.peers[peer].line.get_or_insert_default();
        }
        self.retarget_peer(peer, now_ms);
    }

    pub(crate) fn end_slot(&mut self, key: SlotKey, now_ms: f64) {
        self.attach(key, None, now_ms);
        if let Some(slot) = self.slots.remove(key)
            && let Some(peer) = self.peers.get_mut(slot.peer)
        {
            peer.slots.retain(|each| *each != key);
        }
    }

    /// A renegotiated slot. What was sent in another shape cannot be sent again as it was.
    fn reshape(&mut self, key: SlotKey, spec: SlotSpec) {
        let slot = &mut self.slots[key];
        if !spec.has_shape_of(&slot.spec) {
            slot.rewriter.forget_past();
        }
        slot.spec = spec;
        let Some(layer) = slot.layer else { return };
        if slot.accepts(self.layers[layer].codec) {
            self.settle(key, layer);
        } else {
            self.leave(key);
        }
    }

    pub(crate) fn attach(&mut self, key: SlotKey, name: Option<Name>, now_ms: f64) {
        if self.slots[key].publication != name {
            self.leave(key);
            let before = std::mem::replace(&mut self.slots[key].publication, name.clone());
            if let Some(before) = before {
                self.publication(&before).followers.retain(|each| *each != key);
                self.tidy(&before);
            }
            match &name {
                Some(name) => self.publication(name).followers.push(key),
                None => self.slots[key].rewriter.forget_past(), // taken away: it is not repaired either
            }
        }
        self.retarget(key, now_ms);
    }

    pub(crate) fn retarget_followers(&mut self, name: &Name, now_ms: f64) {
        let followers = self.publications.get(name).map(|each| each.followers.clone());
        followers.into_iter().flatten().for_each(|slot| self.retarget(slot, now_ms));
    }

    pub(crate) fn retarget_peer(&mut self, peer: PeerKey, now_ms: f64) {
        self.peers[peer].slots.clone().into_iter().for_each(|slot| self.retarget(slot, now_ms));
    }

    /// Once a second: layers come, go, and change their rates.
    pub(crate) fn retarget_all(&mut self, now_ms: f64) {
        let all: Vec<SlotKey> = self.slots.keys().collect();
        all.into_iter().for_each(|slot| self.retarget(slot, now_ms));
    }

    /// Brings a slot nearer to what it should carry now.
    pub(crate) fn retarget(&mut self, key: SlotKey, now_ms: f64) {
        let Some(sending) = self.sending_for(key) else {
            self.leave(key);
            return;
        };
        let slot = &self.slots[key];
        let current = slot.layer.filter(|layer| self.layers[*layer].sending == sending);
        let chosen = self.choose_layer(sending, slot.wanted_rid.as_deref(), current, now_ms);
        if let (Some(layer), Some(_)) = (chosen, slot.pace)
            && self.layers[layer].codec.is_video()
        {
            self.follow_glimpses(key, layer);
            return;
        }
        let Some(layer) = chosen.filter(|layer| slot.target != Some(*layer)) else { return };
        if slot.layer == Some(layer) && !self.layers[layer].glimpsing.contains(&key) {
            self.stop_waiting(key);
            self.ask_for_grade(key, layer, now_ms);
        } else if slot.layer.is_some() || !self.catch_up(key, layer, now_ms) {
            self.wait_for(key, layer);
            self.ask_keyframe(layer, now_ms);
        }
    }

    /// What the slot may carry now; `None` where anything forbids it.
    fn sending_for(&self, key: SlotKey) -> Option<SendingKey> {
        let slot = self.slots.get(key)?;
        let peer = self.peers.get(slot.peer)?;
        let is_ready = peer.keys.is_some() && peer.address.is_some_and(|to| to.is_ipv4() || self.has_ipv6);
        let publication = self.publications.get(slot.publication.as_ref()?)?;
        if slot.is_paused || !is_ready || publication.is_off {
            return None;
        }
        publication.live.filter(|live| slot.accepts(self.sendings[*live].spec.codec))
    }

    // Keyframes

    pub(crate) fn ask_keyframe(&mut self, key: LayerKey, now_ms: f64) {
        let Some(layer) = self.layers.get_mut(key) else { return };
        if layer.codec.is_video() {
            layer.requests.ask();
            self.send_due_request(key, now_ms);
        }
    }

    /// Sends the layer's PLI if one is wanted and its time has come.
    pub(crate) fn send_due_request(&mut self, key: LayerKey, now_ms: f64) {
        let Some(layer) = self.layers.get_mut(key) else { return };
        let Some(sending) = self.sendings.get(layer.sending) else { return };
        let Some(peer) = self.peers.get(sending.peer) else { return };
        if peer.keys.is_none() || peer.address.is_none() || !layer.requests.due(now_ms) {
            return;
        }
        sending.spec.shared.plis_sent.add(1);
        let (owner, media) = (sending.peer, layer.ssrc);
        let pli = Rtcp::Pli { sender: peer.rtcp_ssrc, media };
        self.send_feedback(owner, pli);
    }

    // Taps

    /// The first tap of a sending begins at its last keyframe.
    pub(crate) fn set_tapped(&mut self, name: &Name, on: bool, now_ms: f64) {
        let publication = self.publication(name);
        publication.is_tapped = on;
        let live = publication.live.filter(|_| on && !publication.is_off);
        if let Some(live) = live.filter(|live| !self.sendings[*live].was_tapped) {
            self.sendings[live].was_tapped = true;
            for (_, layer) in self.sendings[live].layers.clone() {
                self.tap_past(name, layer, now_ms);
            }
        }
        self.tidy(name);
    }

    fn tap_past(&mut self, name: &Name, key: LayerKey, now_ms: f64) {
        let layer = &self.layers[key];
        if !layer.codec.is_video() {
            return;
        }
        let Some((keyframe, newest)) = layer.catch_up_from(self.axis.wall_ms(now_ms)) else { return };
        for packet in (keyframe.sequence..=newest.sequence).filter_map(|sequence| layer.cache.get(sequence)) {
            let (publication, rid) = (name.clone(), layer.rid.clone());
            self.events.tap(Tapped { publication, rid, packet: packet.clone() });
        }
    }

    // Packets

    /// A new packet of a layer: to the tap, then to every slot that carries the layer.
    pub(crate) fn forward(&mut self, key: LayerKey, packet: &Arc<MediaPacket>, now_ms: f64) {
        let sending_key = self.layers[key].sending;
        if !self.sendings[sending_key].is_live && !self.takes_over(sending_key, now_ms) {
            return;
        }
        let name = &self.sendings[sending_key].spec.publication;
        let Some(publication) = self.publications.get(name).filter(|each| !each.is_off) else { return };
        let layer = &self.layers[key];
        if publication.is_tapped {
            let (publication, rid) = (name.clone(), layer.rid.clone());
            self.events.tap(Tapped { publication, rid, packet: packet.clone() });
            self.sendings[sending_key].was_tapped = true;
        }
        if packet.is_padding() {
            for slot in &layer.flowing {
                self.slots[*slot].rewriter.skip(packet.sequence);
            }
            return;
        }
        let is_newest = layer.newest.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, packet));
        if packet.begins_keyframe && !layer.waiting.is_empty() {
            self.cross(key, packet, is_newest, now_ms);
        }
        if !is_newest {
            self.fill_past(key, packet);
        }
        self.fan_out(key, packet, is_newest);
    }

    /// A newer sending of a name replaces the older as soon as its packets come.
    fn takes_over(&mut self, key: SendingKey, now_ms: f64) -> bool {
        let sending = &self.sendings[key];
        let live = self.publications.get(&sending.spec.publication).and_then(|each| each.live);
        if live.is_some_and(|live| self.sendings[live].order > sending.order) {
            return false;
        }
        self.make_live(key, now_ms);
        true
    }

    fn cross(&mut self, key: LayerKey, packet: &Arc<MediaPacket>, is_newest: bool, now_ms: f64) {
        let newest = self.layers[key].newest.clone();
        for slot in self.layers[key].waiting.clone() {
            match &newest {
                // The keyframe's first packet came late, and what follows it is here already.
                Some(newest) if !is_newest => self.catch_up_to(slot, key, packet, newest),
                _ => {
                    self.cross_to(slot, key, packet);
                    self.flow_began(slot, now_ms);
                }
            }
        }
    }

    fn fill_past(&mut self, key: LayerKey, packet: &Arc<MediaPacket>) {
        for slot in self.layers[key].catching_up.clone() {
            if self.slots[slot].catch_up.is_some_and(|catch_up| packet.sequence < catch_up.next) {
                self.send_late(slot, packet);
            }
        }
    }
}
