//! The engine on its thread: sockets and commands in, datagrams and events out.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver as Commands, Sender as CommandSender, TrySendError, bounded};

use super::Engine;
use super::command::Command;
use super::counters::{Counter, Counters};
use super::event::{Events, Rings};
use crate::sys::event_fd::EventFd;
use crate::sys::port::UdpPort;
use crate::sys::priority::prefer_latency;
use crate::sys::receive::Receiver;
use crate::sys::send::Sender;
use crate::sys::time::{monotonic_ms, wall_ms};
use crate::sys::wait::wait;

const MAX_COMMANDS: usize = 8_192;
const COMMAND_PATIENCE: Duration = Duration::from_secs(2);
/// What came in while the last was encrypted goes out with it, so that segments grow; bounded for latency's sake.
const ROUNDS_A_FLUSH: usize = 8;
/// The rest of a picture is waited for so long, where so many datagrams would go out for each packet of it: as
/// segments of one message they cost the kernel little more than one.
const GATHER_MS: f64 = 0.5;
const GATHER_FROM: usize = 16;

/// The engine did not take a command: its thread has ended, or it has been stuck for seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

/// What other threads hold of a running engine; dropping it ends the engine.
pub struct Handle {
    commands: CommandSender<Command>,
    wake: Arc<EventFd>,
    news: Arc<EventFd>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    port: u16,
    pub rings: Arc<Rings>,
    pub counters: Arc<Counters>,
}

impl Handle {
    /// Binds the port and starts the thread.
    pub fn start(port: u16, host: IpAddr, host6: Option<IpAddr>, use_segments: bool) -> io::Result<Self> {
        let port = UdpPort::open(port, host, host6)?;
        let number = port.number()?;
        let (counters, rings) = (Arc::new(Counters::default()), Arc::new(Rings::default()));
        let events = Events::new(rings.clone(), counters.clone());
        let mut engine = Engine::new(counters.clone(), events, monotonic_ms(), wall_ms());
        engine.has_ipv6 = port.has_ipv6();
        let (wake, news) = (Arc::new(EventFd::new()?), Arc::new(EventFd::new()?));
        let stop = Arc::new(AtomicBool::new(false));
        let (commands, taken) = bounded(MAX_COMMANDS);
        let (thread_wake, thread_news, thread_stop) = (wake.clone(), news.clone(), stop.clone());
        let run = move || {
            Runner {
                engine,
                port,
                receiver: Receiver::default(),
                sender: Sender::new(use_segments),
                commands: taken,
                wake: thread_wake,
                news: thread_news,
                stop: thread_stop,
            }
            .run();
        };
        let thread = Builder::new().name("media-plane".into()).spawn(run)?;
        Ok(Self { commands, wake, news, stop, thread: Some(thread), port: number, rings, counters })
    }

    #[must_use]
    pub fn local_port(&self) -> u16 {
        self.port
    }

    /// Readable while there are events.
    #[must_use]
    pub fn news_fd(&self) -> RawFd {
        self.news.as_raw_fd()
    }

    pub fn clear_news(&self) {
        self.news.clear();
    }

    /// Hands over a command without waiting; gives it back if the queue is full.
    pub fn try_command(&self, command: Command) -> Result<(), Command> {
        let sent = self.commands.try_send(command);
        self.wake.signal();
        sent.map_err(TrySendError::into_inner)
    }

    /// Hands over a command, waiting for place in the queue.
    pub fn command(&self, command: Command) -> Result<(), Stuck> {
        let sent = self.commands.send_timeout(command, COMMAND_PATIENCE);
        self.wake.signal();
        sent.map_err(|_| Stuck)
    }

    /// Ends the thread and frees the port; may be called twice.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wake.signal();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Runner {
    engine: Engine,
    port: UdpPort,
    receiver: Receiver,
    sender: Sender,
    commands: Commands<Command>,
    wake: Arc<EventFd>,
    news: Arc<EventFd>,
    stop: Arc<AtomicBool>,
}

impl Runner {
    fn run(mut self) {
        prefer_latency();
        let wake = self.wake.as_raw_fd();
        let sockets: Vec<RawFd> = [Some(self.port.v4()), self.port.v6()].into_iter().flatten().collect();
        let waited: Vec<RawFd> = std::iter::once(wake).chain(sockets.iter().copied()).collect();
        while !self.stop.load(Ordering::Acquire) {
            let ready = wait(&waited, self.engine.next_due_ms() - monotonic_ms());
            if ready[0] {
                self.wake.clear();
            }
            self.run_commands();
            if ready[1..].contains(&true) {
                self.receive_all(&sockets);
            }
            let now_ms = monotonic_ms();
            if now_ms >= self.engine.next_due_ms() {
                self.guarded(|engine| engine.turn(now_ms, wall_ms()));
            }
            self.hand_over();
        }
    }

    fn receive_all(&mut self, sockets: &[RawFd]) {
        let until_ms = monotonic_ms() + GATHER_MS;
        for _ in 0..ROUNDS_A_FLUSH {
            let received: usize = sockets.iter().map(|socket| self.receive(*socket)).sum();
            if self.engine.outbox.is_full() || received == 0 && !self.more_comes(sockets, until_ms) {
                break;
            }
        }
        let now_ms = monotonic_ms();
        self.guarded(|engine| engine.drained(now_ms));
    }

    /// Waits for the rest of a picture that many get; false if nothing came, or nothing is worth waiting for.
    fn more_comes(&self, sockets: &[RawFd], until_ms: f64) -> bool {
        let left_ms = until_ms - monotonic_ms();
        self.engine.is_mid_picture
            && self.engine.outbox.items().len() >= GATHER_FROM
            && left_ms > 0.0
            && wait(sockets, left_ms).contains(&true)
    }

    fn receive(&mut self, socket: RawFd) -> usize {
        let Ok(count) = self.receiver.receive(socket) else {
            self.engine.counters.count(Counter::InReceiveErrors);
            return 0;
        };
        let now_ms = monotonic_ms();
        for index in 0..count {
            // What was asked for before a datagram was sent holds when it arrives.
            self.run_commands();
            let Some((data, from)) = self.receiver.datagram(index) else { continue };
            let engine = &mut self.engine;
            if catch_unwind(AssertUnwindSafe(|| engine.datagram(data, from, now_ms))).is_err() {
                self.engine.counters.count(Counter::Internal);
            }
            if self.engine.outbox.is_full() {
                self.hand_over();
            }
        }
        count
    }

    fn run_commands(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            let now_ms = monotonic_ms();
            self.guarded(|engine| engine.command(command, now_ms));
        }
    }

    /// A fault of ours in one step must not end the rooms of all: it is counted, and the next step goes on.
    fn guarded(&mut self, step: impl FnOnce(&mut Engine)) {
        let engine = &mut self.engine;
        if catch_unwind(AssertUnwindSafe(|| step(engine))).is_err() {
            self.engine.counters.count(Counter::Internal);
        }
    }

    /// Tells first and sends then: who sees a packet finds what was told of it.
    fn hand_over(&mut self) {
        if self.engine.events.take_news() {
            self.news.signal();
        }
        if !self.engine.outbox.is_empty() {
            self.sender.flush(&self.port, &mut self.engine.outbox, &self.engine.counters);
        }
    }
}
