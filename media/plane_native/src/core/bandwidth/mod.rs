//! How much a line carries, told from the feedback of its far end (draft-ietf-rmcat-gcc-02).
//!
//! Packets that were sent with a transport-wide number come back as arrivals. Arrivals that grow apart tell of a queue
//! (`delay`), their sum what passes (`throughput`), the missing ones of a queue that is full (`loss`); `rate` makes a
//! bitrate of it, and `probe` asks whether there is more. `media.core.bandwidth` follows the same rules; both are held
//! to the vectors of `tests/media/core/bandwidth_vectors`.

pub mod delay;
pub mod estimator;
pub mod log;
pub mod loss;
pub mod probe;
pub mod queue;
pub mod rate;
pub mod throughput;

pub const START_BPS: f64 = 1_000_000.0;
pub const MIN_BPS: f64 = 100_000.0;
pub const MAX_BPS: f64 = 100_000_000.0;
