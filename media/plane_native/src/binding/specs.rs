//! `media.plane.TrackSpec` and `SlotSpec` as they come from Python.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::codec::Codec;
use crate::engine::shared::{SlotShared, TrackShared};
use crate::engine::spec::{ExtensionIds, SlotSpec, TrackSpec};

/// `media.plane.ExtensionIds`; those that the plane does not read are left out.
#[derive(FromPyObject)]
pub struct PyExtensions {
    mid: Option<u8>,
    rid: Option<u8>,
    repaired_rid: Option<u8>,
    audio_level: Option<u8>,
    abs_capture_time: Option<u8>,
    transport_cc: Option<u8>,
    dependency_descriptor: Option<u8>,
}

impl PyExtensions {
    fn ids(&self) -> ExtensionIds {
        ExtensionIds {
            mid: self.mid,
            rid: self.rid,
            repaired_rid: self.repaired_rid,
            audio_level: self.audio_level,
            abs_capture_time: self.abs_capture_time,
            transport_cc: self.transport_cc,
            dependency_descriptor: self.dependency_descriptor,
        }
    }
}

/// `media.plane.TrackSpec`.
#[derive(FromPyObject)]
pub struct PyTrack {
    pub publication: String,
    mid: String,
    codec: String,
    clock_rate: u32,
    payload_type: u8,
    rtx_payload_type: Option<u8>,
    rids: Vec<String>,
    ssrcs: Vec<u32>,
    rtx_ssrcs: HashMap<u32, u32>,
    extensions: PyExtensions,
    red_payload_type: Option<u8>,
    rank: u8,
}

impl PyTrack {
    pub fn codec(&self) -> PyResult<Codec> {
        codec(&self.codec)
    }

    pub fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    pub fn spec(self, shared: Arc<TrackShared>) -> PyResult<TrackSpec> {
        Ok(TrackSpec {
            codec: self.codec()?,
            publication: self.publication.into(),
            mid: self.mid.into_bytes().into(),
            clock_rate: self.clock_rate,
            payload_type: self.payload_type,
            rtx_payload_type: self.rtx_payload_type,
            rids: self.rids.into_iter().map(Into::into).collect(),
            ssrcs: self.ssrcs,
            rtx_ssrcs: self.rtx_ssrcs.into_iter().collect(),
            extensions: self.extensions.ids(),
            red_payload_type: self.red_payload_type,
            rank: self.rank,
            shared,
        })
    }
}

/// `media.plane.SlotSpec`.
#[derive(FromPyObject)]
pub struct PySlot {
    pub mid: String,
    pub ssrc: u32,
    rtx_ssrc: Option<u32>,
    payload_types: HashMap<String, u8>,
    rtx_payload_types: HashMap<String, u8>,
    extensions: PyExtensions,
    red_payload_type: Option<u8>,
}

impl PySlot {
    pub fn spec(self, shared: Arc<SlotShared>) -> PyResult<SlotSpec> {
        let mut payload_types = Vec::new();
        for (name, number) in &self.payload_types {
            payload_types.push((codec(name)?, *number, self.rtx_payload_types.get(name).copied()));
        }
        payload_types.sort_by_key(|each| each.1);
        Ok(SlotSpec {
            mid: self.mid.into(),
            ssrc: self.ssrc,
            rtx_ssrc: self.rtx_ssrc,
            payload_types,
            extensions: self.extensions.ids(),
            red_payload_type: self.red_payload_type,
            shared,
        })
    }
}

fn codec(name: &str) -> PyResult<Codec> {
    Codec::named(name).ok_or_else(|| PyValueError::new_err("a codec that the plane does not know"))
}

/// An address as asyncio has it; `None` where it is not numeric. Scopes of IPv6 fall away.
pub fn address(host: &str, port: u16) -> Option<SocketAddr> {
    let host = host.split('%').next().unwrap_or_default();
    Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, port))
}
