//! The native packet plane: sockets, SRTP, rewriting, history, RTCP and layers on one thread.
//!
//! Pure parts first: `wire` (bytes), `codec` (payloads), `srtp` (crypto), `core` (arithmetic of flows). `engine`
//! joins them on one thread, `sys` makes the system calls, `binding` is what Python sees.
#![deny(unsafe_code)]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

#[cfg(feature = "python")]
mod binding;
pub mod codec;
pub mod core;
pub mod engine;
pub mod srtp;
pub mod sys;
pub mod wire;
