//! Short bursts above the present rate, which show whether the line carries more.

pub const FIRST_FACTOR: f64 = 3.0;
pub const FACTOR: f64 = 2.0;
pub const GOAL_FACTOR: f64 = 1.1;
pub const DURATION_MS: f64 = 25.0;
pub const SETTLE_MS: f64 = 120.0;
pub const PASSED: f64 = 0.8;
/// A probe that raised the rate by so much is followed at once, though it did not get through whole.
pub const GREW: f64 = 1.2;
pub const RETRY_MS: f64 = 2_000.0;
/// A line of less than half of what is wanted is asked more often: pictures wait for it to widen.
pub const NEEDY: f64 = 0.5;
pub const NEEDY_RETRY_MS: f64 = 750.0;
pub const MIN_PACKETS: u32 = 5;
const TIMEOUT_MS: f64 = 1_000.0;
const MIN_RECEIVED: f64 = 0.6;
const MAX_RATIO: f64 = 2.0;
const FULL_BELOW: f64 = 0.9;
const USE_OF_FULL: f64 = 0.95;

/// The first or last packet at one end: when, and how large.
type Edge = (f64, usize);

/// One probe: what is to be sent for it, what was, and what came of it.
#[derive(Debug)]
pub struct Probe {
    pub bitrate_bps: f64,
    pub began_ms: f64,
    packets: u32,
    bytes: usize,
    has_ended: bool,
    arrived: u32,
    arrived_bytes: usize,
    told: u32,
    sent: Option<(Edge, Edge)>,
    came: Option<(Edge, Edge)>,
}

impl Probe {
    #[must_use]
    pub fn new(bitrate_bps: f64, began_ms: f64) -> Self {
        Self {
            bitrate_bps,
            began_ms,
            packets: 0,
            bytes: 0,
            has_ended: false,
            arrived: 0,
            arrived_bytes: 0,
            told: 0,
            sent: None,
            came: None,
        }
    }

    #[must_use]
    pub fn is_sending(&self) -> bool {
        !self.has_ended
    }

    /// How many bytes are missing now to what the probe is to send; ends it once it was long enough.
    pub fn missing(&mut self, now_ms: f64) -> usize {
        let elapsed_ms = now_ms - self.began_ms;
        if self.has_ended || elapsed_ms >= TIMEOUT_MS {
            self.has_ended = true;
            return 0;
        }
        if elapsed_ms >= DURATION_MS && self.packets >= MIN_PACKETS {
            self.has_ended = true;
            return 0;
        }
        // One packet goes at once, so that the duration counts from it.
        let wanted = (self.bitrate_bps * elapsed_ms / 8_000.0) as usize;
        wanted.max(1).saturating_sub(self.bytes)
    }

    /// Its last packet has left.
    pub fn end(&mut self) {
        self.has_ended = true;
    }

    /// A packet left while the probe was under way.
    pub fn left(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes;
    }

    /// One of its packets was told of.
    pub fn told(&mut self, sent_ms: f64, arrived_ms: Option<f64>, bytes: usize) {
        self.told += 1;
        let Some(arrived_ms) = arrived_ms else { return };
        self.arrived += 1;
        self.arrived_bytes += bytes;
        extend(&mut self.sent, (sent_ms, bytes));
        extend(&mut self.came, (arrived_ms, bytes));
    }

    #[must_use]
    pub fn is_over(&self, now_ms: f64) -> bool {
        self.has_ended && self.told >= self.packets || now_ms - self.began_ms > TIMEOUT_MS
    }

    /// What the line carried; `None` where too little came to tell.
    #[must_use]
    pub fn result_bps(&self) -> Option<f64> {
        let enough = f64::from(MIN_PACKETS).max(f64::from(self.packets) * MIN_RECEIVED);
        if f64::from(self.arrived) < enough {
            return None;
        }
        let ((sent_first, sent_last), (came_first, came_last)) = (self.sent?, self.came?);
        let (sent_ms, came_ms) = (sent_last.0 - sent_first.0, came_last.0 - came_first.0);
        let is_sound = |span_ms: f64| span_ms > 0.0 && span_ms < TIMEOUT_MS;
        if !is_sound(sent_ms) || !is_sound(came_ms) {
            return None;
        }
        let sent_bps = (self.arrived_bytes - sent_last.1) as f64 * 8_000.0 / sent_ms;
        let came_bps = (self.arrived_bytes - came_first.1) as f64 * 8_000.0 / came_ms;
        if came_bps > MAX_RATIO * sent_bps {
            return None;
        }
        let is_full = came_bps < FULL_BELOW * sent_bps;
        Some(if is_full { USE_OF_FULL * came_bps } else { sent_bps.min(came_bps) })
    }
}

fn extend(span: &mut Option<(Edge, Edge)>, edge: Edge) {
    let (first, last) = span.get_or_insert((edge, edge));
    if edge.0 < first.0 {
        *first = edge;
    }
    if edge.0 >= last.0 {
        *last = edge;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A probe sent whole each millisecond, over a line of so many bits a second.
    fn probed(bitrate_bps: f64, line_bps: f64) -> Option<f64> {
        let mut probe = Probe::new(bitrate_bps, 0.0);
        let (mut free_ms, mut now_ms, mut packets) = (0.0_f64, 0.0, Vec::new());
        while probe.is_sending() {
            while probe.missing(now_ms) > 0 {
                probe.left(1_000);
                free_ms = free_ms.max(now_ms) + 8e6 / line_bps;
                packets.push((now_ms, free_ms));
            }
            now_ms += 1.0;
        }
        packets.iter().for_each(|(sent, came)| probe.told(*sent, Some(*came + 40.0), 1_000));
        assert!(probe.is_over(now_ms));
        probe.result_bps()
    }

    #[test]
    fn a_line_that_carries_it_shows_it_and_one_that_does_not_shows_itself() {
        let good = probed(6e6, 50e6).unwrap();
        assert!((4.5e6..7.5e6).contains(&good), "{good}");
        let full = probed(6e6, 2e6).unwrap();
        assert!((1.7e6..2.1e6).contains(&full), "{full}");
    }

    #[test]
    fn at_least_five_packets_are_sent_and_most_must_come() {
        let mut probe = Probe::new(200_000.0, 0.0);
        let mut now_ms = 0.0;
        while probe.is_sending() {
            if probe.missing(now_ms) > 0 {
                probe.left(1_200);
            }
            now_ms += 1.0;
        }
        assert!(probe.packets >= MIN_PACKETS || now_ms >= TIMEOUT_MS);
        (0..4).for_each(|index| probe.told(f64::from(index), Some(f64::from(index)), 1_200));
        assert_eq!(probe.result_bps(), None);
    }
}
