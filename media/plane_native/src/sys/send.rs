//! Many datagrams out in few calls: sendmmsg, each message perhaps of several segments (UDP GSO).

use std::io;
use std::mem::{size_of, zeroed};
use std::net::IpAddr;
use std::os::fd::RawFd;
use std::ptr;

use socket2::SockAddr;

use super::port::UdpPort;
use crate::engine::counters::{Counter, Counters};
use crate::engine::outbox::{Item, Outbox, segments};

const BATCH: usize = 64;
/// So many destinations to which segments do not go are remembered; after them none are made for anybody.
const MAX_PLAIN: usize = 8;
/// Room for one control message of two bytes, aligned as the kernel wants it.
const CONTROL_WORDS: usize = 4;

/// Hands an outbox to the kernel. What the kernel does not take is lost and counted: nothing is queued here.
pub struct Sender {
    /// False once the ways to several destinations refused it: then it is this machine.
    segments: bool,
    /// Where segments were refused: another device or a tunnel leads there.
    plain: Vec<IpAddr>,
    parts: Vec<libc::iovec>,
    names: Vec<SockAddr>,
    controls: Vec<[u64; CONTROL_WORDS]>,
    headers: Vec<libc::mmsghdr>,
    counts: Vec<usize>,
}

impl Sender {
    #[must_use]
    pub fn new(use_segments: bool) -> Self {
        Self {
            segments: use_segments,
            plain: Vec::new(),
            parts: Vec::new(),
            names: Vec::with_capacity(BATCH),
            controls: Vec::with_capacity(BATCH),
            headers: Vec::with_capacity(BATCH),
            counts: Vec::with_capacity(BATCH),
        }
    }

    /// Whether several datagrams to one destination go as segments of one message.
    #[must_use]
    pub fn uses_segments(&self) -> bool {
        self.segments
    }

    /// Sends all that is in the outbox and empties it.
    pub fn flush(&mut self, port: &UdpPort, outbox: &mut Outbox, counters: &Counters) {
        outbox.sort();
        let mut at = 0;
        while at < outbox.items().len() {
            at += self.send_some(port, outbox, at, counters);
        }
        outbox.clear();
    }

    /// Sends from this item on; gives how many items are done with.
    fn send_some(&mut self, port: &UdpPort, outbox: &Outbox, at: usize, counters: &Counters) -> usize {
        let items = &outbox.items()[at..];
        self.prepare(outbox, items);
        let planned: usize = self.counts.iter().sum();
        let Some(fd) = items.first().and_then(|item| port.sender_for(&item.to)) else {
            return planned.max(1);
        };
        counters.count(Counter::OutSystemCalls);
        match self.call(fd) {
            Ok(messages) => {
                let taken = &self.counts[..messages.min(self.counts.len())];
                let segmented: usize = taken.iter().filter(|count| **count > 1).sum();
                counters.add(Counter::OutSegmented, segmented as u64);
                taken.iter().sum()
            }
            Err(error) => match error.raw_os_error() {
                Some(libc::EINTR) => 0,
                Some(libc::EIO | libc::EINVAL | libc::EMSGSIZE | libc::EOPNOTSUPP) if self.counts[0] > 1 => {
                    self.refused(items[0].to.ip());
                    counters.count(Counter::OutSegmentsRefused);
                    0
                }
                Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM) => {
                    counters.add(Counter::OutBlocked, planned as u64);
                    planned
                }
                _ => {
                    counters.add(Counter::OutBlocked, self.counts[0] as u64);
                    self.counts[0]
                }
            },
        }
    }

    /// To this destination datagrams go one by one from now on.
    fn refused(&mut self, to: IpAddr) {
        self.plain.push(to);
        self.segments = self.plain.len() < MAX_PLAIN;
    }

    /// Makes up to `BATCH` messages of the first items, all for one family of addresses.
    fn prepare(&mut self, outbox: &Outbox, items: &[Item]) {
        self.parts.clear();
        self.names.clear();
        self.controls.clear();
        self.headers.clear();
        self.counts.clear();
        let mut rest = items;
        while let Some(first) = rest.first() {
            if self.counts.len() == BATCH || first.to.is_ipv4() != items[0].to.is_ipv4() {
                break;
            }
            let may_segment =
                self.segments && (self.plain.is_empty() || !self.plain.contains(&first.to.ip()));
            let count = if may_segment { segments(rest) } else { 1 };
            for item in &rest[..count] {
                let data = outbox.data(item);
                self.parts
                    .push(libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() });
            }
            self.names.push(SockAddr::from(first.to));
            self.controls.push(if count > 1 { segment_size(first.size()) } else { [0; CONTROL_WORDS] });
            self.counts.push(count);
            rest = &rest[count..];
        }
    }

    /// The call itself; gives how many messages the kernel took.
    fn call(&mut self, fd: RawFd) -> io::Result<usize> {
        let mut part = 0;
        for (index, count) in self.counts.iter().enumerate() {
            // SAFETY: all-zero bytes are a valid header.
            let mut header: libc::mmsghdr = unsafe { zeroed() };
            let name = &self.names[index];
            header.msg_hdr.msg_name = name.as_ptr().cast_mut().cast();
            header.msg_hdr.msg_namelen = name.len();
            header.msg_hdr.msg_iov = self.parts[part..].as_mut_ptr();
            header.msg_hdr.msg_iovlen = *count;
            if *count > 1 {
                header.msg_hdr.msg_control = self.controls[index].as_mut_ptr().cast();
                header.msg_hdr.msg_controllen = control_bytes();
            }
            self.headers.push(header);
            part += count;
        }
        let length = self.headers.len() as u32;
        // SAFETY: names, parts and controls are not touched between here and the call's return, and what the parts
        // lead to is borrowed by the caller for as long.
        let taken = unsafe { libc::sendmmsg(fd, self.headers.as_mut_ptr(), length, libc::MSG_DONTWAIT as _) };
        if taken < 0 { Err(io::Error::last_os_error()) } else { Ok(taken as usize) }
    }
}

fn control_bytes() -> usize {
    // SAFETY: arithmetic only.
    unsafe { libc::CMSG_SPACE(size_of::<u16>() as u32) as usize }
}

/// A control message that asks for segments of this size.
fn segment_size(size: usize) -> [u64; CONTROL_WORDS] {
    let mut control = [0_u64; CONTROL_WORDS];
    // SAFETY: arithmetic only.
    let length = unsafe { libc::CMSG_LEN(size_of::<u16>() as u32) as usize };
    let header = libc::cmsghdr { cmsg_len: length, cmsg_level: libc::SOL_UDP, cmsg_type: libc::UDP_SEGMENT };
    let start: *mut u8 = control.as_mut_ptr().cast();
    // SAFETY: the array has room for the header and two bytes behind it, and is aligned for both.
    unsafe {
        ptr::write(start.cast(), header);
        ptr::write_unaligned(libc::CMSG_DATA(start.cast()).cast(), size as u16);
    }
    control
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

    use super::*;
    use crate::sys::receive::Receiver;
    use crate::sys::wait::wait;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn fill(outbox: &mut Outbox, to: SocketAddr, sizes: &[usize]) {
        for (index, size) in sizes.iter().enumerate() {
            let (start, out) = outbox.begin();
            out.resize(start + size, index as u8);
            outbox.commit(start, to);
        }
    }

    fn received(socket: &UdpSocket, count: usize) -> Vec<(usize, u8)> {
        let mut buffer = [0; 2_048];
        (0..count)
            .map(|_| {
                let size = socket.recv(&mut buffer).unwrap();
                (size, buffer[0])
            })
            .collect()
    }

    #[test]
    fn datagrams_arrive_whole_with_and_without_segments() {
        for use_segments in [true, false] {
            let port = UdpPort::open(0, LOOPBACK, None).unwrap();
            let (one, two) =
                (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
            let (mut outbox, counters) = (Outbox::default(), Counters::default());
            let mut sender = Sender::new(use_segments);
            fill(&mut outbox, one.local_addr().unwrap(), &[1_200, 1_200, 1_200, 700, 900]);
            fill(&mut outbox, two.local_addr().unwrap(), &[50]);

            sender.flush(&port, &mut outbox, &counters);

            assert_eq!(received(&one, 5), [(1_200, 0), (1_200, 1), (1_200, 2), (700, 3), (900, 4)]);
            assert_eq!(received(&two, 1), [(50, 0)]);
            assert_eq!(counters.get(Counter::OutSystemCalls), 1);
            let segmented = if sender.uses_segments() { 4 } else { 0 };
            assert_eq!(counters.get(Counter::OutSegmented), segmented);
            assert!(outbox.is_empty());
        }
    }

    #[test]
    fn where_segments_are_refused_datagrams_go_one_by_one_and_after_several_such_places_everywhere() {
        let port = UdpPort::open(0, LOOPBACK, None).unwrap();
        let (on, size) = (1_i32, size_of::<i32>() as u32);
        // SAFETY: the value lives until the call returns. Without checksums the kernel makes no segments.
        let set = unsafe {
            libc::setsockopt(port.v4(), libc::SOL_SOCKET, libc::SO_NO_CHECK, (&raw const on).cast(), size)
        };
        assert_eq!(set, 0);
        let (mut outbox, counters) = (Outbox::default(), Counters::default());
        let mut sender = Sender::new(true);
        let mut sent_to = |last: u8| {
            let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, last), 0)).unwrap();
            fill(&mut outbox, socket.local_addr().unwrap(), &[500, 500, 500]);
            sender.flush(&port, &mut outbox, &counters);
            assert_eq!(received(&socket, 3), [(500, 0), (500, 1), (500, 2)]);
            (counters.get(Counter::OutSegmentsRefused), sender.uses_segments())
        };

        assert_eq!(sent_to(1), (1, true));
        assert_eq!(sent_to(1), (1, true));
        let others: Vec<_> = (2..=9).map(&mut sent_to).collect();

        assert_eq!(others[..7], [2, 3, 4, 5, 6, 7, 8].map(|refused| (refused, refused < 8)));
        assert_eq!(others[7], (8, false));
        assert_eq!(counters.get(Counter::OutSegmented), 0);
        assert_eq!(counters.get(Counter::OutBlocked), 0);
    }

    #[test]
    fn what_the_kernel_refuses_is_counted_and_the_rest_is_sent() {
        let port = UdpPort::open(0, LOOPBACK, None).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (mut outbox, counters) = (Outbox::default(), Counters::default());
        fill(&mut outbox, "127.0.0.1:0".parse().unwrap(), &[10]);
        fill(&mut outbox, socket.local_addr().unwrap(), &[20]);

        Sender::new(true).flush(&port, &mut outbox, &counters);

        assert_eq!(received(&socket, 1), [(20, 0)]);
        assert_eq!(counters.get(Counter::OutBlocked), 1);
    }

    #[test]
    fn many_datagrams_come_in_at_once_with_their_addresses() {
        let port = UdpPort::open(0, LOOPBACK, None).unwrap();
        let far = UdpSocket::bind("127.0.0.1:0").unwrap();
        for index in 0..5_u8 {
            far.send_to(&[index; 30], (LOOPBACK, port.number().unwrap())).unwrap();
        }
        let mut receiver = Receiver::default();
        assert!(wait(&[port.v4()], 1_000.0)[0]);

        assert_eq!(receiver.receive(port.v4()).unwrap(), 5);

        for index in 0..5_u8 {
            let (data, from) = receiver.datagram(usize::from(index)).unwrap();
            assert_eq!((data.to_vec(), from), (vec![index; 30], far.local_addr().unwrap()));
        }
        assert_eq!(receiver.receive(port.v4()).unwrap(), 0);
    }
}
