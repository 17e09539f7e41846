//! When the packets of one sender arrived, until they are told back to it (transport-wide feedback).

use std::collections::BTreeMap;

use super::sequence::Unwrapper;

const MIN_INTERVAL_MS: f64 = 50.0;
const MAX_INTERVAL_MS: f64 = 100.0;
/// Feedback takes at most this share of what it speaks of.
const SHARE: f64 = 0.05;
/// What a feedback costs beside its statuses: headers, SRTCP and IP.
const FIXED_BYTES: f64 = 70.0;
const BYTES_A_PACKET: f64 = 1.5;
const KEPT_MS: f64 = 500.0;
const MAX_KEPT: usize = 4_096;
/// A number so far from its neighbours begins a new count.
const MAX_STEP: i64 = 0x4000;

/// What one feedback is about: `base` is the first number in question, arrivals rise and are in µs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub number: u8,
    pub base: u16,
    pub arrivals: Vec<(u16, i64)>,
}

/// Arrivals by transport-wide number; those told already stay for half a second, for packets that come late between
/// them.
#[derive(Debug)]
pub struct ArrivalLog {
    unwrapper: Unwrapper,
    arrivals: BTreeMap<i64, f64>,
    /// The first number not told yet.
    next: Option<i64>,
    octets: u64,
    packets: u32,
    told_ms: Option<f64>,
    due_ms: Option<f64>,
    number: u8,
}

impl Default for ArrivalLog {
    fn default() -> Self {
        Self {
            unwrapper: Unwrapper::new(16),
            arrivals: BTreeMap::new(),
            next: None,
            octets: 0,
            packets: 0,
            told_ms: None,
            due_ms: None,
            number: 0,
        }
    }
}

impl ArrivalLog {
    /// A packet with this transport-wide number came.
    pub fn arrived(&mut self, sequence: u16, octets: usize, now_ms: f64) {
        let extended = self.unwrapper.peek(u32::from(sequence));
        let newest = self.arrivals.last_key_value().map(|each| *each.0);
        if newest.is_some_and(|newest| (extended - newest).abs() > MAX_STEP) {
            *self = Self { number: self.number, ..Self::default() };
        }
        let extended = self.unwrapper.unwrap(u32::from(sequence));
        if self.arrivals.contains_key(&extended) {
            return;
        }
        self.arrivals.insert(extended, now_ms);
        self.next = Some(self.next.map_or(extended, |next| next.min(extended)));
        self.packets += 1;
        self.octets += octets as u64;
        if self.due_ms.is_none() {
            self.due_ms =
                Some(self.told_ms.map_or(now_ms, |told| (told + self.interval_ms(now_ms)).max(now_ms)));
        }
        while self.arrivals.len() > MAX_KEPT {
            self.arrivals.pop_first();
        }
    }

    /// When something is to be told; `None` while nothing came.
    #[must_use]
    pub fn due_ms(&self) -> Option<f64> {
        self.due_ms
    }

    fn interval_ms(&self, now_ms: f64) -> f64 {
        let elapsed_ms = (now_ms - self.told_ms.unwrap_or(now_ms)).max(1.0);
        let cost = FIXED_BYTES + BYTES_A_PACKET * f64::from(self.packets);
        let bytes_a_ms = (self.octets as f64 / elapsed_ms).max(0.001);
        (cost / (bytes_a_ms * SHARE)).clamp(MIN_INTERVAL_MS, MAX_INTERVAL_MS)
    }

    /// What is to be told now, of at most `most` numbers; what is beyond that is due at once.
    pub fn take(&mut self, most: i64, now_ms: f64) -> Option<Window> {
        let base = self.next?;
        let in_question = self.arrivals.range(base..base + most);
        let arrivals: Vec<(u16, i64)> =
            in_question.map(|(sequence, at_ms)| (*sequence as u16, (at_ms * 1_000.0) as i64)).collect();
        let newest = *self.arrivals.last_key_value()?.0;
        let number = self.number;
        self.number = self.number.wrapping_add(1);
        let told = (newest + 1).min(base + most);
        self.told_until(told, now_ms);
        Some(Window { number, base: base as u16, arrivals })
    }

    /// Everything below this number was told.
    fn told_until(&mut self, told: i64, now_ms: f64) {
        self.next = self.arrivals.range(told..).next().map(|_| told);
        self.due_ms = self.next.map(|_| now_ms);
        if self.next.is_none() {
            self.next = Some(told);
            self.told_ms = Some(now_ms);
            self.octets = 0;
            self.packets = 0;
        }
        while let Some(first) = self.arrivals.first_entry() {
            if *first.key() >= told || now_ms - first.get() < KEPT_MS {
                break;
            }
            first.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(window: &Window) -> Vec<u16> {
        window.arrivals.iter().map(|each| each.0).collect()
    }

    #[test]
    fn gaps_between_two_tellings_are_told() {
        let mut log = ArrivalLog::default();
        log.arrived(65_535, 1_000, 0.0);
        let first = log.take(1_000, 0.0).unwrap();
        log.arrived(2, 1_000, 50.0);
        let second = log.take(1_000, 50.0).unwrap();

        assert_eq!((first.number, first.base, numbers(&first)), (0, 65_535, vec![65_535]));
        assert_eq!((second.number, second.base, numbers(&second)), (1, 0, vec![2]));
        assert_eq!(second.arrivals[0].1, 50_000);
        assert_eq!(log.due_ms(), None);
    }

    #[test]
    fn what_comes_late_is_told_with_its_neighbours() {
        let mut log = ArrivalLog::default();
        [1, 2, 4, 5].iter().for_each(|sequence| log.arrived(*sequence, 1_000, 0.0));
        log.take(1_000, 0.0).unwrap();
        log.arrived(3, 1_000, 10.0);

        let window = log.take(1_000, 60.0).unwrap();

        assert_eq!((window.base, numbers(&window)), (3, vec![3, 4, 5]));
    }

    #[test]
    fn the_first_is_told_at_once_and_then_each_twentieth_of_a_second() {
        let mut log = ArrivalLog::default();
        log.arrived(1, 1_200, 7.0);
        assert_eq!(log.due_ms(), Some(7.0));
        log.take(1_000, 7.0).unwrap();
        for sequence in 2..20 {
            log.arrived(sequence, 1_200, 8.0);
        }
        assert_eq!(log.due_ms(), Some(57.0));
    }

    #[test]
    fn a_trickle_is_told_less_often() {
        let mut log = ArrivalLog::default();
        log.arrived(1, 100, 0.0);
        log.take(1_000, 0.0).unwrap();
        log.arrived(2, 100, 20.0);
        assert_eq!(log.due_ms(), Some(100.0));
    }

    #[test]
    fn long_windows_are_told_in_parts_and_the_past_is_forgotten() {
        let mut log = ArrivalLog::default();
        (0..250_u16).for_each(|sequence| log.arrived(sequence, 1_000, 0.0));

        let parts: Vec<usize> = std::iter::from_fn(|| {
            let is_due = log.due_ms().is_some();
            is_due.then(|| log.take(100, 0.0).unwrap().arrivals.len())
        })
        .collect();
        log.arrived(250, 1_000, 1_000.0);
        log.take(100, 1_000.0).unwrap();

        assert_eq!(parts, [100, 100, 50]);
        assert_eq!(log.arrivals.len(), 1);
    }

    #[test]
    fn a_count_that_begins_anew_is_followed_and_the_log_is_bounded() {
        let mut log = ArrivalLog::default();
        log.arrived(5, 1_000, 0.0);
        log.arrived(40_000, 1_000, 1.0);
        let window = log.take(1_000, 1.0).unwrap();
        assert_eq!((window.base, numbers(&window)), (40_000, vec![40_000]));
        (0..20_000_u16).for_each(|step| log.arrived(40_001_u16.wrapping_add(step), 10, 2.0));
        assert!(log.arrivals.len() <= MAX_KEPT);
    }
}
