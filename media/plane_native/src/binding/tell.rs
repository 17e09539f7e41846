//! Events as tuples, the kind first; `media/plane_native/plane.py` knows their shapes.

use std::net::SocketAddr;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::engine::event::{ClockPoint, Event, Tapped};

/// (host, port), as asyncio has it.
fn place(from: SocketAddr) -> (String, u16) {
    (from.ip().to_string(), from.port())
}

fn point(point: ClockPoint) -> (u32, f64, u32) {
    (point.rtp_timestamp, point.capture_ms, point.clock_rate)
}

/// One event as Python takes it.
pub fn event(py: Python<'_>, event: Event) -> PyResult<Py<PyAny>> {
    match event {
        Event::Control { peer, data, from } => {
            ("control", &*peer, PyBytes::new(py, &data), place(from)).into_py_any(py)
        }
        Event::TrackStarted { publication, rid } => ("started", &*publication, &*rid).into_py_any(py),
        Event::Clock { publication, rid, point: at } => {
            ("clock", &*publication, &*rid, point(at)).into_py_any(py)
        }
        Event::SlotClock { peer, mid, point: at, source_rtp_timestamp, rid } => {
            ("slot_clock", &*peer, &*mid, point(at), source_rtp_timestamp, &*rid).into_py_any(py)
        }
        Event::AudioLevel { publication, level_dbov } => ("level", &*publication, level_dbov).into_py_any(py),
        Event::Flood { peer } => ("flood", &*peer).into_py_any(py),
        Event::Estimate { peer, bitrate_bps, fraction_lost, rtt_ms, queue_ms } => {
            ("estimate", &*peer, (bitrate_bps, fraction_lost, rtt_ms, queue_ms)).into_py_any(py)
        }
    }
}

/// One tapped packet as Python takes it.
pub fn tapped(py: Python<'_>, tapped: &Tapped) -> PyResult<Py<PyAny>> {
    let packet = &tapped.packet;
    let data = PyBytes::new(py, &packet.data);
    (&*tapped.publication, &*tapped.rid, packet.arrival_ms, data).into_py_any(py)
}
