//! What Python sees: `_core.Core`, a thin layer whose calls never wait for packets. `media/plane_native/plane.py`
//! makes a `PacketPlane` of it.
#![allow(unsafe_code)] // made by PyO3's macros

mod core;
mod specs;
mod srtp;
mod tell;

use pyo3::prelude::*;

/// The native packet plane.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<core::Core>()?;
    module.add_class::<srtp::Srtp>()?;
    module.add("SEAM", env!("PLANE_SEAM"))?;
    module.add("SOURCES", env!("PLANE_SOURCES"))?;
    Ok(())
}
