//! Many datagrams in one call.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::ptr;

use super::address;

pub const BATCH: usize = 64;
/// Room for the largest datagram that we take; what is longer is cut off and does not authenticate.
pub const DATAGRAM_BYTES: usize = 2_048;

/// Reused buffers for one call's datagrams.
pub struct Receiver {
    buffers: Vec<[u8; DATAGRAM_BYTES]>,
    sizes: [usize; BATCH],
    from: [Option<SocketAddr>; BATCH],
}

impl Default for Receiver {
    fn default() -> Self {
        Self { buffers: vec![[0; DATAGRAM_BYTES]; BATCH], sizes: [0; BATCH], from: [None; BATCH] }
    }
}

impl Receiver {
    /// Reads what is there without waiting; gives how many datagrams it is.
    pub fn receive(&mut self, fd: RawFd) -> io::Result<usize> {
        // SAFETY: all-zero bytes are valid for these plain C structures.
        let mut names: [libc::sockaddr_storage; BATCH] = unsafe { zeroed() };
        // SAFETY: as above.
        let mut parts: [libc::iovec; BATCH] = unsafe { zeroed() };
        // SAFETY: as above.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
        for (index, header) in headers.iter_mut().enumerate() {
            parts[index].iov_base = self.buffers[index].as_mut_ptr().cast();
            parts[index].iov_len = DATAGRAM_BYTES;
            header.msg_hdr.msg_name = (&raw mut names[index]).cast();
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_iov = &raw mut parts[index];
            header.msg_hdr.msg_iovlen = 1;
        }
        // SAFETY: every pointer in the headers leads to memory that lives, unmoved, until the call returns.
        let count = unsafe {
            libc::recvmmsg(fd, headers.as_mut_ptr(), BATCH as u32, libc::MSG_DONTWAIT as _, ptr::null_mut())
        };
        if count < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::WouldBlock { Ok(0) } else { Err(error) };
        }
        let count = count as usize;
        for (index, header) in headers[..count].iter().enumerate() {
            self.sizes[index] = (header.msg_len as usize).min(DATAGRAM_BYTES);
            self.from[index] = address::read(&names[index], header.msg_hdr.msg_namelen);
        }
        Ok(count)
    }

    /// One of the datagrams of the last call, and whence it came.
    pub fn datagram(&mut self, index: usize) -> Option<(&mut [u8], SocketAddr)> {
        let from = (*self.from.get(index)?)?;
        let size = self.sizes[index];
        Some((&mut self.buffers[index][..size], from))
    }
}
