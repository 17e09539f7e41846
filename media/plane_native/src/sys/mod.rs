//! System calls: the only place besides the binding where `unsafe` may stand.
//!
//! Linux: recvmmsg, sendmmsg, UDP GSO, eventfd, ppoll. Everything above deals in slices and addresses.
#![allow(unsafe_code)]

pub mod address;
pub mod event_fd;
pub mod port;
pub mod priority;
pub mod receive;
pub mod send;
pub mod time;
pub mod wait;
