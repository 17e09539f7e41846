//! SRTP of one peer by itself, for tests against other implementations.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::engine::peer::Keys;
use crate::srtp::inbound::Inbound;
use crate::srtp::outbound::Outbound;
use crate::srtp::{BadKey, Profile, Refused};

/// Both directions of SRTP from a profile's name and keys as `media.plane.SrtpKeys` has them; ValueError where they
/// do not fit.
pub fn keys(profile: &str, transmit: &[u8], receive: &[u8]) -> PyResult<Box<Keys>> {
    let profile = Profile::named(profile).ok_or_else(|| PyValueError::new_err("an unknown SRTP profile"))?;
    let bad = |_: BadKey| PyValueError::new_err("key and salt do not fit the profile");
    Ok(Box::new(Keys {
        outbound: Outbound::new(profile, transmit).map_err(bad)?,
        inbound: Inbound::new(profile, receive).map_err(bad)?,
    }))
}

/// One peer's SRTP: protects with one key, unprotects with the other.
#[pyclass]
pub struct Srtp(Box<Keys>);

#[pymethods]
impl Srtp {
    #[new]
    fn new(profile: &str, transmit: &[u8], receive: &[u8]) -> PyResult<Self> {
        keys(profile, transmit, receive).map(Self)
    }

    /// `index`: roll-over counter and sequence number.
    fn protect_rtp<'py>(&self, py: Python<'py>, packet: &[u8], index: u64) -> PyResult<Bound<'py, PyBytes>> {
        let mut out = packet.to_vec();
        let is_packet = self.0.outbound.protect_rtp(&mut out, 0, index);
        is_packet.then(|| PyBytes::new(py, &out)).ok_or_else(|| PyValueError::new_err("not an RTP packet"))
    }

    fn protect_rtcp<'py>(&mut self, py: Python<'py>, compound: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let mut out = compound.to_vec();
        let is_packet = self.0.outbound.protect_rtcp(&mut out, 0);
        is_packet.then(|| PyBytes::new(py, &out)).ok_or_else(|| PyValueError::new_err("not an RTCP compound"))
    }

    fn unprotect_rtp<'py>(&mut self, py: Python<'py>, packet: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let mut data = packet.to_vec();
        let size = self.0.inbound.unprotect_rtp(&mut data).map_err(refused)?;
        Ok(PyBytes::new(py, &data[..size]))
    }

    fn unprotect_rtcp<'py>(&mut self, py: Python<'py>, compound: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let mut data = compound.to_vec();
        let size = self.0.inbound.unprotect_rtcp(&mut data).map_err(refused)?;
        Ok(PyBytes::new(py, &data[..size]))
    }
}

fn refused(reason: Refused) -> PyErr {
    PyValueError::new_err(match reason {
        Refused::Malformed => "malformed",
        Refused::NotAuthentic => "not authentic",
        Refused::Replayed => "replayed",
    })
}
