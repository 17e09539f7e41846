//! Waiting for one of a few descriptors.

use std::os::fd::RawFd;
use std::ptr;

/// How many descriptors may be waited for at once.
pub const MAX_WAITED: usize = 4;

/// Which of the descriptors are readable, at the latest after `timeout_ms`; the rest of the answer is false.
#[must_use]
pub fn wait(descriptors: &[RawFd], timeout_ms: f64) -> [bool; MAX_WAITED] {
    let mut polled = [libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 }; MAX_WAITED];
    polled.iter_mut().zip(descriptors).for_each(|(place, fd)| place.fd = *fd);
    let timeout_ns = (timeout_ms.max(0.0) * 1e6) as i64;
    let timeout = libc::timespec { tv_sec: timeout_ns / 1_000_000_000, tv_nsec: timeout_ns % 1_000_000_000 };
    // SAFETY: the array and the time live until the call returns, and its length is told.
    unsafe { libc::ppoll(polled.as_mut_ptr(), MAX_WAITED as libc::nfds_t, &raw const timeout, ptr::null()) };
    polled.map(|each| each.revents != 0)
}
