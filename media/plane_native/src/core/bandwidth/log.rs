//! What was sent under which transport-wide number.

use std::collections::VecDeque;

const MAX_KEPT: usize = 8_192;
const KEPT_MS: f64 = 3_000.0;

/// One packet on its way; `probe` 0: of no probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sent {
    pub at_ms: f64,
    pub bytes: u16,
    pub probe: u16,
    /// A feedback has spoken of it.
    pub is_told: bool,
    pub has_arrived: bool,
}

/// The packets of the last seconds, in the order of their numbers.
#[derive(Debug)]
pub struct SendLog {
    next: i64,
    kept: VecDeque<Sent>,
}

impl Default for SendLog {
    fn default() -> Self {
        Self { next: 1, kept: VecDeque::new() }
    }
}

impl SendLog {
    /// The number of the packet that is sent next.
    #[must_use]
    pub fn next_number(&self) -> u16 {
        self.next as u16
    }

    /// The next number went out.
    pub fn sent(&mut self, bytes: usize, probe: u16, now_ms: f64) {
        let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
        while self.kept.front().is_some_and(|first| now_ms - first.at_ms > KEPT_MS)
            || self.kept.len() >= MAX_KEPT
        {
            self.kept.pop_front();
        }
        self.kept.push_back(Sent { at_ms: now_ms, bytes, probe, is_told: false, has_arrived: false });
        self.next += 1;
    }

    /// What went out under this number lately.
    pub fn find(&mut self, number: u16) -> Option<&mut Sent> {
        let back = usize::from((self.next as u16).wrapping_sub(number));
        let place = self.kept.len().checked_sub(back).filter(|_| back > 0)?;
        self.kept.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_over_the_wrap() {
        let mut log = SendLog { next: 65_530, kept: VecDeque::new() };
        (0..20_u16).for_each(|index| log.sent(usize::from(index), 0, f64::from(index)));

        assert_eq!(log.next_number(), 14);
        assert_eq!(log.find(65_530).unwrap().bytes, 0);
        assert_eq!(log.find(13).unwrap().bytes, 19);
        assert_eq!(log.find(14), None);
        assert_eq!(log.find(65_529), None);
    }

    #[test]
    fn the_past_is_bounded_in_time_and_number() {
        let mut log = SendLog::default();
        (0..20_000).for_each(|_| log.sent(1, 0, 0.0));
        assert_eq!(log.kept.len(), MAX_KEPT);
        log.sent(1, 0, KEPT_MS + 1.0);
        assert_eq!(log.kept.len(), 1);
    }
}
