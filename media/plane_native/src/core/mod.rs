//! The arithmetic of flows: sequence, loss, time, layers. No I/O and no clock: time is an argument, in
//! milliseconds. The rules are those of `media.core`, which says more about why.

pub mod axis;
pub mod cache;
pub mod clock;
pub mod loss;
pub mod requests;
pub mod resend;
pub mod rewrite;
pub mod selector;
pub mod sequence;
pub mod stats;
