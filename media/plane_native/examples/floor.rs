//! The least that forwarding can cost on this machine: sealing and the kernel's calls, with nothing decided.
//!
//! Arguments: seconds, packets a second, packets a burst, bytes a packet, then the ports of the viewers on loopback.
//! Who starts it reads its processor time. The calls are the plane's own (`sys`, `srtp`).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread::sleep;
use std::time::{Duration, Instant};

use plane_native::engine::counters::Counters;
use plane_native::engine::outbox::Outbox;
use plane_native::srtp::{Profile, outbound::Outbound};
use plane_native::sys::{port::UdpPort, send::Sender};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const HEADER_BYTES: usize = 12;

fn main() {
    let words: Vec<f64> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [seconds, a_second, burst, bytes, ports @ ..] = words.as_slice() else {
        panic!("seconds, packets a second, packets a burst, bytes a packet, ports");
    };
    let viewers: Vec<SocketAddr> = ports.iter().map(|port| SocketAddr::new(LOOPBACK, *port as u16)).collect();
    let keys: Vec<Outbound> = (0..viewers.len())
        .map(|viewer| Outbound::new(Profile::AeadAes128Gcm, &[viewer as u8; 28]).expect("a key"))
        .collect();
    let port = UdpPort::open(0, LOOPBACK, None).expect("a port");
    let (mut outbox, counters, mut sender) = (Outbox::default(), Counters::default(), Sender::new(true));
    let mut packet = vec![0x55_u8; *bytes as usize];
    packet[0] = 0x80;
    let bursts = (seconds * a_second / burst) as u64;
    let begun = Instant::now();
    for turn in 0..bursts {
        let due = Duration::from_secs_f64(turn as f64 * burst / a_second);
        sleep(due.saturating_sub(begun.elapsed()));
        for place in 0..*burst as u64 {
            let index = turn * *burst as u64 + place;
            packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
            packet[HEADER_BYTES - 1] = 1;
            for (key, to) in keys.iter().zip(&viewers) {
                let (start, out) = outbox.begin();
                out.extend_from_slice(&packet);
                assert!(key.protect_rtp(out, start, index));
                outbox.commit(start, *to);
            }
        }
        sender.flush(&port, &mut outbox, &counters);
    }
}
