//! An eventfd: one thread wakes another, or an event loop.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// A counter in the kernel that can be waited for like a socket.
#[derive(Debug)]
pub struct EventFd(OwnedFd);

impl EventFd {
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointers are passed; the result is checked before it is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a descriptor that was just made, owned by nobody else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Makes it readable; a counter that is full is readable already.
    pub fn signal(&self) {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: eight readable bytes and an open descriptor.
        unsafe { libc::write(self.0.as_raw_fd(), one.as_ptr().cast(), one.len()) };
    }

    /// Makes it unreadable again.
    pub fn clear(&self) {
        let mut count = [0_u8; 8];
        // SAFETY: eight writable bytes and an open descriptor.
        unsafe { libc::read(self.0.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::super::wait::wait;
    use super::*;

    #[test]
    fn it_is_readable_from_a_signal_until_it_is_cleared() {
        let event = EventFd::new().unwrap();
        assert!(!wait(&[event.as_raw_fd()], 0.0)[0]);
        event.signal();
        event.signal();
        assert!(wait(&[event.as_raw_fd()], 1_000.0)[0]);
        event.clear();
        assert!(!wait(&[event.as_raw_fd()], 0.0)[0]);
    }
}
