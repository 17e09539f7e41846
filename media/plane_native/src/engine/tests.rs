//! Any order of commands and datagrams: nothing panics, the books agree, and no index of a key is used for two
//! contents.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use super::command::Command;
use super::counters::{Counter, Counters};
use super::event::{Events, Rings};
use super::peer::Keys;
use super::spec::{ExtensionIds, SlotSpec, TrackSpec};
use super::{Engine, Name};
use crate::codec::Codec;
use crate::srtp::Profile;
use crate::srtp::inbound::Inbound;
use crate::srtp::outbound::Outbound;
use crate::wire::bytes::{be16, be32};
use crate::wire::extensions::write_block;
use crate::wire::rtcp::Rtcp;
use crate::wire::rtcp_write::write_compound;
use crate::wire::rtp::{Identity, fixed_header};
use crate::wire::twcc::TransportFeedback;

const PEERS: usize = 4;
const STEPS: usize = 1_500;
const SEEDS: u64 = 60;
const RIDS: [&str; 2] = ["l", "h"];
const WANTED: [&str; 6] = ["l", "h", "l.s0t0", "h.s0t1", "h.s0t0", "l.s1t2"];

/// A small generator of our own, so that a seed tells the whole run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }
}

/// The far end of one peer.
struct Far {
    name: Name,
    address: SocketAddr,
    outbound: Outbound,
    key: u8,
    sequences: [u64; 3],
    timestamp: u32,
}

struct World {
    engine: Engine,
    dice: Dice,
    fars: Vec<Far>,
    now_ms: f64,
    /// What went out under (peer, key, SSRC, sequence), reports apart from media.
    seen: HashMap<(usize, u8, u32, u16, bool), Vec<u8>>,
    /// (peer, SSRC, sequence) of what went out lately.
    recent: VecDeque<(usize, u32, u16)>,
    sent: usize,
}

fn keys(key: u8) -> (Outbound, Box<Keys>) {
    let (up, down) = ([key; 28], [key ^ 0x80; 28]);
    let profile = Profile::AeadAes128Gcm;
    let ours = Keys {
        inbound: Inbound::new(profile, &up).unwrap(),
        outbound: Outbound::new(profile, &down).unwrap(),
    };
    (Outbound::new(profile, &up).unwrap(), Box::new(ours))
}

fn track(peer: usize, rids: &[&str], codec: Codec) -> TrackSpec {
    TrackSpec {
        publication: publication(peer),
        mid: b"0".as_slice().into(),
        codec,
        clock_rate: 90_000,
        payload_type: 96,
        rtx_payload_type: Some(97),
        rids: rids.iter().map(|rid| (*rid).into()).collect(),
        ssrcs: vec![0x10],
        rtx_ssrcs: vec![(0x10, 0x12)],
        extensions: ExtensionIds {
            mid: Some(1),
            rid: Some(2),
            repaired_rid: Some(3),
            audio_level: None,
            abs_capture_time: Some(5),
            transport_cc: Some(6),
            dependency_descriptor: Some(8),
        },
        red_payload_type: None,
        rank: peer as u8,
        shared: Arc::default(),
    }
}

fn slot(number: usize, has_rtx: bool) -> SlotSpec {
    let ssrc = 0x900 + 2 * number as u32;
    SlotSpec {
        mid: mid(number),
        ssrc,
        rtx_ssrc: has_rtx.then_some(ssrc + 1),
        payload_types: vec![(Codec::Vp8, 100, Some(101)), (Codec::H264, 102, Some(103))],
        extensions: ExtensionIds {
            mid: Some(1),
            abs_capture_time: Some(4),
            transport_cc: Some(7),
            dependency_descriptor: Some(9),
            ..ExtensionIds::default()
        },
        red_payload_type: None,
        shared: Arc::default(),
    }
}

/// Feedback on some of the last packets of a line that is narrow or loses much.
fn arrivals(dice: &mut Dice, next: u16, now_ms: f64) -> Rtcp {
    let (count, slow_us) = (1 + dice.below(30), dice.below(40_000) as i64);
    let packets = (0..count).map(|index| {
        let back = (count - index) as u16;
        (next.wrapping_sub(back), now_ms as i64 * 1_000 + index as i64 * slow_us)
    });
    let packets: Vec<(u16, i64)> = packets.collect();
    let kept: Vec<(u16, i64)> = packets.into_iter().filter(|_| !dice.one_in(5)).collect();
    match TransportFeedback::of(1, 2, dice.below(256) as u8, &kept) {
        Some((feedback, _)) => Rtcp::TransportFeedback(feedback),
        None => Rtcp::Pli { sender: 1, media: 2 },
    }
}

fn publication(peer: usize) -> Name {
    // Two peers share a name: one takes over from the other.
    ["anna.scope", "anna.scope", "ben.hand", "ben.face"][peer].into()
}

fn mid(number: usize) -> Name {
    ["5", "6"][number].into()
}

impl World {
    fn new(seed: u64) -> Self {
        let counters = Arc::new(Counters::default());
        let events = Events::new(Arc::new(Rings::default()), counters.clone());
        let engine = Engine::new(counters, events, 1_000_000.0, 1_790_000_000_000.0);
        let mut world = Self {
            engine,
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            fars: Vec::new(),
            now_ms: 1_000_000.0,
            seen: HashMap::new(),
            recent: VecDeque::new(),
            sent: 0,
        };
        for index in 0..PEERS {
            world.fars.push(Far {
                name: ["a", "b", "c", "d"][index].into(),
                address: SocketAddr::from(([192, 0, 2, 1], 1_000 + index as u16)),
                outbound: keys(0).0,
                key: 0,
                sequences: [65_500; 3],
                timestamp: 5,
            });
            world.join(index);
        }
        world
    }

    fn command(&mut self, command: Command) {
        self.engine.command(command, self.now_ms);
    }

    fn join(&mut self, index: usize) {
        let (peer, address) = (self.fars[index].name.clone(), self.fars[index].address);
        self.command(Command::AddPeer { peer: peer.clone(), ufrag: peer.as_bytes().into() });
        self.command(Command::BindAddress { peer: peer.clone(), address });
        self.command(Command::SelectAddress { peer: peer.clone(), address: Some(address) });
        self.rekey(index);
        self.command(Command::SetTracks {
            peer: peer.clone(),
            tracks: vec![track(index, &RIDS, Codec::Vp8)],
        });
        self.command(Command::SetSlots { peer, slots: vec![slot(0, true), slot(1, false)] });
    }

    fn rekey(&mut self, index: usize) {
        let far = &mut self.fars[index];
        far.key += 1;
        let (outbound, keys) = keys(far.key);
        far.outbound = outbound;
        let peer = far.name.clone();
        self.command(Command::SetKeys { peer, keys });
    }

    fn step(&mut self) {
        self.now_ms += self.dice.below(12) as f64;
        match self.dice.below(20) {
            0..=10 => self.media(),
            11..=13 => self.feedback(),
            14 => self.control(),
            15 => self.engine.drained(self.now_ms),
            _ => self.engine.turn(self.now_ms, 1_790_000_000_000.0 + self.now_ms),
        }
        self.check_outbox();
    }

    /// A packet of a layer, perhaps after a gap, late, repeated, or as RTX with a content of its own.
    fn media(&mut self) {
        let dice = &mut self.dice;
        let far = &mut self.fars[dice.below(PEERS)];
        let layer = dice.below(2);
        far.sequences[layer] += if dice.one_in(12) { 1 + dice.below(5) as u64 } else { 1 };
        let back = if dice.one_in(8) { dice.below(40) as u64 } else { 0 };
        let sequence = far.sequences[layer] - back;
        let is_rtx = dice.one_in(8);
        far.timestamp = far.timestamp.wrapping_add(dice.below(2) as u32 * 3_000);
        let (index, ssrc) = if is_rtx {
            far.sequences[2] += 1;
            (far.sequences[2], 0x20 + layer as u32)
        } else {
            (sequence, 0x10 + layer as u32)
        };
        let payload_type = if is_rtx { 97 } else { 96 };
        let timestamp = far.timestamp;
        let identity = Identity { marker: false, payload_type, sequence: index as u16, timestamp, ssrc };
        let mut data = fixed_header(&identity, true).to_vec();
        let rid = RIDS[layer].as_bytes();
        let number = (index as u16).to_be_bytes();
        let descriptor = [0x80 | dice.below(0x80) as u8, number[0], number[1]];
        let said = [(1, b"0".as_slice()), (if is_rtx { 3 } else { 2 }, rid), (6, &number), (8, &descriptor)];
        write_block(&mut data, &said);
        if is_rtx {
            data.extend((sequence as u16).to_be_bytes());
        }
        let key = if dice.one_in(15) { 0x10 } else { 0x11 };
        if !dice.one_in(30) {
            let picture = (sequence as u16).to_be_bytes();
            let layer = (dice.below(3) << 6 | dice.below(2) << 5) as u8;
            data.extend([0x90, 0xE0, 0x80 | picture[0], picture[1], picture[1], layer, key]);
            data.extend(vec![dice.below(256) as u8; dice.below(60)]);
        }
        if far.outbound.protect_rtp(&mut data, 0, index) {
            self.engine.datagram(&mut data, far.address, self.now_ms);
        }
    }

    fn feedback(&mut self) {
        let dice = &mut self.dice;
        let index = dice.below(PEERS);
        let far = &mut self.fars[index];
        let media = 0x900 + 2 * dice.below(2) as u32;
        let lately = self.recent.iter().filter(|each| each.0 == index && each.1 == media);
        let mut lost: Vec<u16> = lately.map(|each| each.2).collect();
        lost.extend((0..dice.below(10)).map(|_| dice.below(0x1_0000) as u16));
        let next = self.engine.peer_key(&far.name).and_then(|key| self.engine.peers[key].line.as_ref());
        let next = next.map_or(0, |line| line.log.next_number());
        let packet = match dice.below(6) {
            0 => Rtcp::Pli { sender: 1, media },
            1 => Rtcp::Bye(vec![media]),
            2 | 3 => arrivals(dice, next, self.now_ms),
            4 if dice.one_in(4) => Rtcp::Remb { sender: 1, bitrate_bps: 200_000, ssrcs: vec![media] },
            _ => Rtcp::Nack { sender: 1, media, lost },
        };
        let mut data = write_compound(&[Rtcp::ReceiverReport { ssrc: 1, blocks: Vec::new() }, packet]);
        if far.outbound.protect_rtcp(&mut data, 0) {
            self.engine.datagram(&mut data, far.address, self.now_ms);
        }
    }

    fn control(&mut self) {
        let index = self.dice.below(PEERS);
        let (peer, address) = (self.fars[index].name.clone(), self.fars[index].address);
        let publication = publication(self.dice.below(PEERS));
        let (mid, is_yes) = (mid(self.dice.below(2)), self.dice.one_in(2));
        let rid: Option<Name> = is_yes.then(|| WANTED[self.dice.below(WANTED.len())].into());
        match self.dice.below(18) {
            16 | 17 => {
                let bitrate_bps = if is_yes { 5_000_000 } else { 0 };
                self.command(Command::SetGoal { peer, bitrate_bps });
            }
            0 => {
                self.command(Command::RemovePeer { peer });
                self.join(index);
            }
            1 => self.rekey(index),
            2 => {
                let address = is_yes.then_some(address);
                self.command(Command::SelectAddress { peer, address });
            }
            3 => {
                let codec = if is_yes { Codec::H264 } else { Codec::Vp8 };
                self.command(Command::SetTracks { peer, tracks: vec![track(index, &RIDS, codec)] });
            }
            4 => {
                let slots = if is_yes { vec![slot(1, true)] } else { vec![slot(0, true), slot(1, false)] };
                self.command(Command::SetSlots { peer, slots });
            }
            5 | 6 => self.command(Command::SetOn { publication, on: is_yes }),
            7 => self.command(Command::SetPaused { peer, mid, is_paused: is_yes }),
            8 | 9 => self.command(Command::SetLayer { peer, mid, rid }),
            10 => self.command(Command::RequestKeyframe { publication, rid }),
            11 => self.command(Command::Tap { publication, on: is_yes }),
            _ => self.command(Command::Attach { peer, mid, publication: Some(publication) }),
        }
    }

    /// Under one key, one SSRC and one sequence number there is one content. Runs are too short to wrap.
    fn check_outbox(&mut self) {
        let outbox = &self.engine.outbox;
        for item in outbox.items() {
            let data = outbox.data(item);
            let peer = usize::from(item.to.port()) - 1_000;
            let is_report = (192..=223).contains(&data[1]);
            let (ssrc, sequence) = if is_report {
                (be32(data, 4).unwrap(), be16(data, data.len() - 2).unwrap())
            } else {
                (be32(data, 8).unwrap(), be16(data, 2).unwrap())
            };
            let place = (peer, self.fars[peer].key, ssrc, sequence, is_report);
            let before = self.seen.entry(place).or_insert_with(|| data.to_vec());
            assert_eq!(before, data, "an index of a key was used for two contents: {place:x?}");
            if !is_report {
                self.sent += 1;
                self.recent.push_back((peer, ssrc, sequence));
            }
            while self.recent.len() > 64 {
                self.recent.pop_front();
            }
        }
        self.engine.outbox.clear();
    }

    /// Layers and slots agree about who carries what.
    fn check_books(&self) {
        let engine = &self.engine;
        for (key, slot) in &engine.slots {
            let carried = |layer| &engine.layers[layer];
            if let Some(layer) = slot.layer {
                let lists = if slot.catch_up.is_some() {
                    &carried(layer).catching_up
                } else {
                    &carried(layer).flowing
                };
                assert_eq!(lists.iter().filter(|each| **each == key).count(), 1);
            }
            if let Some(target) = slot.target {
                assert_eq!(carried(target).waiting.iter().filter(|each| **each == key).count(), 1);
            }
        }
        for (key, layer) in &engine.layers {
            let carrying = layer.flowing.iter().chain(&layer.catching_up);
            assert!(carrying.into_iter().all(|slot| engine.slots[*slot].layer == Some(key)));
            assert!(layer.waiting.iter().all(|slot| engine.slots[*slot].target == Some(key)));
            assert!(engine.sendings[layer.sending].layers.iter().any(|each| each.1 == key));
        }
        for (key, sending) in &engine.sendings {
            assert!(engine.publications[&sending.spec.publication].sendings.contains(&key));
            assert!(engine.peers[sending.peer].tracks.contains(&key));
        }
        assert_eq!(engine.peers.len(), PEERS);
        assert_eq!(engine.addresses.len(), PEERS);
    }
}

#[test]
fn any_order_of_events_keeps_the_books_and_the_indices() {
    let (mut sent, mut again) = (0, 0);
    for seed in 1..=SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
            world.check_books();
        }
        sent += world.sent;
        again += world.engine.counters.get(Counter::OutRetransmitted);
    }
    // A run in which little happens would prove little.
    assert!(sent > SEEDS as usize * 100 && again > SEEDS * 50, "{sent} {again}");
}
