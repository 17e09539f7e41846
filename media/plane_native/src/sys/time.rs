//! The machine's clocks.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

static STARTED: OnceLock<Instant> = OnceLock::new();
/// Far enough from zero that "a second ago" is positive.
const HEAD_START_MS: f64 = 1_000_000.0;

/// Milliseconds of a clock that never jumps.
#[must_use]
pub fn monotonic_ms() -> f64 {
    HEAD_START_MS + STARTED.get_or_init(Instant::now).elapsed().as_secs_f64() * 1_000.0
}

/// Milliseconds since 1970 as the machine's wall clock says.
#[must_use]
pub fn wall_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1_000.0)
}
