//! A running plane as Python holds it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::specs::{PySlot, PyTrack, address};
use super::{srtp, tell};
use crate::codec::Codec;
use crate::engine::Name;
use crate::engine::command::Command;
use crate::engine::runner::Handle;
use crate::engine::shared::{SlotShared, TrackShared};
use crate::wire::stun::integrity_key;

type GradeFigures = (u8, u8, u64, u64);
type LayerFigures = (String, u32, u64, u64, u64, u64, u64, Vec<GradeFigures>);
type TrackFigures = (String, Vec<LayerFigures>, u64, u64);
type SlotFigures = (String, Option<String>, u64, u64, u64, f64, Option<f64>, String, u64, Option<f64>);

/// A track as control has set it, and its figures.
struct Track {
    publication: Name,
    codec: Codec,
    clock_rate: u32,
    shared: Arc<TrackShared>,
}

/// A slot as control has set it, and its figures.
struct Slot {
    mid: Name,
    ssrc: u32,
    publication: Option<Name>,
    shared: Arc<SlotShared>,
}

/// What control has said of a peer; the engine does the same a moment later.
#[derive(Default)]
struct Peer {
    tracks: Vec<Track>,
    slots: Vec<Slot>,
}

/// See `media.plane.PacketPlane`. Calls are handed to the engine in order and done before any datagram that is sent
/// after them.
#[pyclass]
pub struct Core {
    handle: Handle,
    peers: HashMap<Name, Peer>,
}

impl Core {
    fn tell(&self, py: Python<'_>, command: Command) -> PyResult<()> {
        match self.handle.try_command(command) {
            Ok(()) => Ok(()),
            Err(command) => py
                .detach(|| self.handle.command(command))
                .map_err(|_| PyRuntimeError::new_err("the media plane does not take commands any more")),
        }
    }

    fn known(&self, peer: &str) -> Option<Name> {
        self.peers.get_key_value(peer).map(|(name, _)| name.clone())
    }

    fn slot(&mut self, peer: &str, mid: &str) -> Option<&mut Slot> {
        self.peers.get_mut(peer)?.slots.iter_mut().find(|slot| &*slot.mid == mid)
    }
}

#[pymethods]
impl Core {
    /// Binds the port and starts the engine; raises OSError where the port is taken.
    #[new]
    fn new(port: u16, host: &str, host6: Option<&str>, use_segments: bool) -> PyResult<Self> {
        let numeric = |host: &str| {
            host.parse::<IpAddr>().map_err(|_| PyValueError::new_err("a host that is no numeric address"))
        };
        let (host, host6) = (numeric(host)?, host6.map(numeric).transpose()?);
        let handle = Handle::start(port, host, host6, use_segments);
        let os_error = |error: std::io::Error| PyOSError::new_err((error.raw_os_error(), error.to_string()));
        Ok(Self { handle: handle.map_err(os_error)?, peers: HashMap::new() })
    }

    #[getter]
    fn local_port(&self) -> u16 {
        self.handle.local_port()
    }

    /// Readable while there is something to take.
    #[getter]
    fn news_fd(&self) -> i32 {
        self.handle.news_fd()
    }

    fn close(&mut self, py: Python<'_>) {
        self.peers.clear();
        py.detach(|| self.handle.stop());
    }

    /// What happened since the last call, oldest first.
    fn take_events(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        self.handle.clear_news();
        let rings = &self.handle.rings;
        let waiting = rings.events.len();
        std::iter::from_fn(|| rings.events.pop()).take(waiting).map(|event| tell::event(py, event)).collect()
    }

    /// What was tapped since the last call, oldest first; call it after `take_events`.
    fn take_tapped(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        let rings = &self.handle.rings;
        let waiting = rings.tapped.len();
        std::iter::from_fn(|| rings.tapped.pop()).take(waiting).map(|each| tell::tapped(py, &each)).collect()
    }

    fn add_peer(&mut self, py: Python<'_>, peer: &str, local_ufrag: &str) -> PyResult<()> {
        let name = self.known(peer).unwrap_or_else(|| peer.into());
        self.peers.entry(name.clone()).or_default();
        self.tell(py, Command::AddPeer { peer: name, ufrag: local_ufrag.as_bytes().into() })
    }

    fn remove_peer(&mut self, py: Python<'_>, peer: &str) -> PyResult<()> {
        let Some((name, _)) = self.peers.remove_entry(peer) else { return Ok(()) };
        self.tell(py, Command::RemovePeer { peer: name })
    }

    fn set_password(&self, py: Python<'_>, peer: &str, password: &str) -> PyResult<()> {
        let Some(peer) = self.known(peer) else { return Ok(()) };
        let password = Box::new(integrity_key(password.as_bytes()));
        self.tell(py, Command::SetPassword { peer, password })
    }

    fn bind_address(&self, py: Python<'_>, peer: &str, host: &str, port: u16) -> PyResult<()> {
        let (Some(peer), Some(address)) = (self.known(peer), address(host, port)) else { return Ok(()) };
        self.tell(py, Command::BindAddress { peer, address })
    }

    fn select_address(&self, py: Python<'_>, peer: &str, place: Option<(String, u16)>) -> PyResult<()> {
        let Some(peer) = self.known(peer) else { return Ok(()) };
        let address = place.and_then(|(host, port)| address(&host, port));
        self.tell(py, Command::SelectAddress { peer, address })
    }

    fn send_control(&self, py: Python<'_>, peer: &str, data: &[u8], host: &str, port: u16) -> PyResult<()> {
        let (Some(peer), Some(to)) = (self.known(peer), address(host, port)) else { return Ok(()) };
        self.tell(py, Command::SendControl { peer, data: data.into(), to })
    }

    /// Raises ValueError where the keys do not fit the profile.
    fn set_keys(
        &self,
        py: Python<'_>,
        peer: &str,
        profile: &str,
        transmit: &[u8],
        receive: &[u8],
    ) -> PyResult<()> {
        let keys = srtp::keys(profile, transmit, receive)?;
        let Some(peer) = self.known(peer) else { return Ok(()) };
        self.tell(py, Command::SetKeys { peer, keys })
    }

    fn set_tracks(&mut self, py: Python<'_>, peer: &str, tracks: Vec<PyTrack>) -> PyResult<()> {
        let Some(name) = self.known(peer) else { return Ok(()) };
        let known = self.peers.entry(name.clone()).or_default();
        let (mut next, mut specs) = (Vec::new(), Vec::new());
        for track in tracks {
            let (codec, clock_rate) = (track.codec()?, track.clock_rate());
            let is_same = |each: &&Track| {
                *each.publication == track.publication && (each.codec, each.clock_rate) == (codec, clock_rate)
            };
            let shared =
                known.tracks.iter().find(is_same).map_or_else(Default::default, |each| each.shared.clone());
            let spec = track.spec(shared.clone())?;
            next.push(Track { publication: spec.publication.clone(), codec, clock_rate, shared });
            specs.push(spec);
        }
        known.tracks = next;
        self.tell(py, Command::SetTracks { peer: name, tracks: specs })
    }

    fn set_slots(&mut self, py: Python<'_>, peer: &str, slots: Vec<PySlot>) -> PyResult<()> {
        let Some(name) = self.known(peer) else { return Ok(()) };
        let known = self.peers.entry(name.clone()).or_default();
        let (mut next, mut specs) = (Vec::new(), Vec::new());
        for slot in slots {
            let ssrc = slot.ssrc;
            let is_same = |each: &&Slot| *each.mid == slot.mid && each.ssrc == ssrc;
            let before = known.slots.iter().find(is_same);
            let shared = before.map_or_else(Default::default, |each| each.shared.clone());
            let publication = before.and_then(|each| each.publication.clone());
            let spec = slot.spec(shared.clone())?;
            next.push(Slot { mid: spec.mid.clone(), ssrc, publication, shared });
            specs.push(spec);
        }
        known.slots = next;
        self.tell(py, Command::SetSlots { peer: name, slots: specs })
    }

    fn attach(&mut self, py: Python<'_>, peer: &str, mid: &str, publication: Option<&str>) -> PyResult<()> {
        let Some(name) = self.known(peer) else { return Ok(()) };
        let publication: Option<Name> = publication.map(Into::into);
        let Some(slot) = self.slot(peer, mid) else { return Ok(()) };
        slot.publication.clone_from(&publication);
        let mid = slot.mid.clone();
        self.tell(py, Command::Attach { peer: name, mid, publication })
    }

    fn set_layer(&self, py: Python<'_>, peer: &str, mid: &str, rid: Option<&str>) -> PyResult<()> {
        let Some(peer) = self.known(peer) else { return Ok(()) };
        self.tell(py, Command::SetLayer { peer, mid: mid.into(), rid: rid.map(Into::into) })
    }

    fn set_paused(&self, py: Python<'_>, peer: &str, mid: &str, paused: bool) -> PyResult<()> {
        let Some(peer) = self.known(peer) else { return Ok(()) };
        self.tell(py, Command::SetPaused { peer, mid: mid.into(), is_paused: paused })
    }

    fn set_glimpses(&self, py: Python<'_>, peer: &str, mid: &str, bitrate_bps: Option<u64>) -> PyResult<()> {
        let Some(peer) = self.known(peer) else { return Ok(()) };
        self.tell(py, Command::SetGlimpses { peer, mid: mid.into(), bitrate_bps })
    }

    fn set_goal(&self, py: Python<'_>, peer: &str, bitrate_bps: u64) -> PyResult<()> {
        let Some(peer) = self.known(peer) else { return Ok(()) };
        self.tell(py, Command::SetGoal { peer, bitrate_bps })
    }

    fn set_publication_on(&self, py: Python<'_>, publication: &str, on: bool) -> PyResult<()> {
        self.tell(py, Command::SetOn { publication: publication.into(), on })
    }

    fn request_keyframe(&self, py: Python<'_>, publication: &str, rid: Option<&str>) -> PyResult<()> {
        self.tell(py, Command::RequestKeyframe { publication: publication.into(), rid: rid.map(Into::into) })
    }

    fn set_tapped(&self, py: Python<'_>, publication: &str, on: bool) -> PyResult<()> {
        self.tell(py, Command::Tap { publication: publication.into(), on })
    }

    /// (tracks, slots) with their figures, in the order of the fields of `media.plane`.
    fn peer_stats(&self, peer: &str) -> (Vec<TrackFigures>, Vec<SlotFigures>) {
        let Some(known) = self.peers.get(peer) else { return (Vec::new(), Vec::new()) };
        (known.tracks.iter().map(Track::figures).collect(), known.slots.iter().map(Slot::figures).collect())
    }

    fn counters(&self) -> HashMap<&'static str, u64> {
        let mut all: HashMap<&'static str, u64> = self.handle.counters.all().collect();
        all.insert("peers", self.peers.len() as u64);
        all
    }
}

impl Track {
    fn figures(&self) -> TrackFigures {
        let layers = self.shared.layers.load();
        let layers = layers.iter().map(|layer| {
            let grades = layer.grades.load();
            let grades =
                grades.iter().map(|each| (each.spatial, each.temporal, each.packets, each.bitrate_bps));
            (
                layer.rid.to_string(),
                layer.ssrc,
                layer.packets.get(),
                layer.octets.get(),
                layer.lost.get(),
                layer.bitrate_bps.get(),
                layer.keyframes.get(),
                grades.collect(),
            )
        });
        let (nacks, plis) = (self.shared.nacks_sent.get(), self.shared.plis_sent.get());
        (self.publication.to_string(), layers.collect(), nacks, plis)
    }
}

impl Slot {
    fn figures(&self) -> SlotFigures {
        let shared = &self.shared;
        let rtt_ms = Some(shared.rtt_ms.get_f64()).filter(|rtt| *rtt >= 0.0 && shared.rtt_ms.get() != 0);
        (
            self.mid.to_string(),
            self.publication.as_ref().map(ToString::to_string),
            shared.packets.get(),
            shared.octets.get(),
            shared.retransmitted.get(),
            shared.fraction_lost.get_f64(),
            rtt_ms,
            shared.layer.load().as_ref().map_or_else(String::new, ToString::to_string),
            shared.bitrate_bps.get(),
            Some(shared.glimpse_every_ms.get_f64()).filter(|every_ms| *every_ms > 0.0),
        )
    }
}
