//! The one UDP port: an IPv4 socket and, where the machine has it, an IPv6 one of the same number.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};

use socket2::{Domain, Protocol, Socket, Type};

const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;
const ATTEMPTS: usize = 20;

/// Bound, non-blocking sockets.
#[derive(Debug)]
pub struct UdpPort {
    v4: Socket,
    v6: Option<Socket>,
}

impl UdpPort {
    /// Binds; port 0 takes a free one; without `host6`, or on a machine without IPv6, the IPv4 socket is alone.
    pub fn open(port: u16, host: IpAddr, host6: Option<IpAddr>) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let v4 = bind(SocketAddr::new(host, port))?;
            let Some(host6) = host6 else { return Ok(Self { v4, v6: None }) };
            match bind(SocketAddr::new(host6, number_of(&v4)?)) {
                Ok(v6) => return Ok(Self { v4, v6: Some(v6) }),
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => return Ok(Self { v4, v6: None }),
                Err(error) if port != 0 => return Err(error),
                Err(_) => {}
            }
        }
        Err(io::Error::from_raw_os_error(libc::EADDRINUSE))
    }

    pub fn number(&self) -> io::Result<u16> {
        number_of(&self.v4)
    }

    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        self.v6.is_some()
    }

    #[must_use]
    pub fn v4(&self) -> RawFd {
        self.v4.as_raw_fd()
    }

    #[must_use]
    pub fn v6(&self) -> Option<RawFd> {
        self.v6.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// The socket that reaches an address.
    #[must_use]
    pub fn sender_for(&self, to: &SocketAddr) -> Option<RawFd> {
        if to.is_ipv4() { Some(self.v4()) } else { self.v6() }
    }
}

fn number_of(socket: &Socket) -> io::Result<u16> {
    let bound = socket.local_addr()?.as_socket();
    bound.map(|address| address.port()).ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))
}

fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // What the kernel does not grant is as well: it gives as much as it may.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
    socket.bind(&address.into())?;
    Ok(socket)
}
