//! Being woken in time on a machine where others are busy.

use std::io;
use std::mem::size_of;

/// A tenth of a millisecond: what runs in small pieces is let in early (Linux 6.12 and newer; others ignore it).
const SLICE_NS: u64 = 100_000;
/// Where the process may: a little before those who have no deadline.
const NICE: i32 = -5;

/// What the kernel takes in `sched_setattr` (its first form).
#[repr(C)]
#[derive(Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

fn set(nice: i32) -> io::Result<()> {
    let attributes = Attributes {
        size: size_of::<Attributes>() as u32,
        policy: libc::SCHED_OTHER as u32,
        nice,
        runtime: SLICE_NS,
        ..Attributes::default()
    };
    // SAFETY: the kernel reads as many bytes as `size` says, and they live until the call returns.
    let done = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Asks that the calling thread be let in early. What the machine does not allow is left as it is.
pub fn prefer_latency() {
    // SAFETY: no pointers; 0 is the calling thread.
    let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    if set(nice + NICE).is_err() {
        let _ = set(nice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_it_never_makes_a_thread_less_urgent() {
        let nice = || {
            // SAFETY: as above.
            unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
        };
        std::thread::spawn(move || {
            let before = nice();
            prefer_latency();
            assert!(nice() <= before);
        })
        .join()
        .unwrap();
    }
}
