//! The arithmetic of flows: sequence, loss, time, layers. No I/O and no clock: time is an argument, in
//! milliseconds. The rules are those of `media.core`, which says more about why.

pub mod allowance;
pub mod arrivals;
pub mod axis;
pub mod bandwidth;
pub mod budget;
pub mod cache;
pub mod clock;
pub mod glimpses;
pub mod grade;
pub mod loss;
pub mod pacing;
pub mod requests;
pub mod resend;
pub mod rewrite;
pub mod selector;
pub mod sequence;
pub mod stamps;
pub mod stats;
