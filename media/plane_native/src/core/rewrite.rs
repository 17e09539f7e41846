//! The identity that a slot keeps on the wire while what flows on it changes.
//!
//! Each stretch of one source with the same offsets is a segment. Out sequence numbers never restart or repeat
//! (under AES-GCM a repeated index would break authentication), and begin below 2^15, because a receiver that joins
//! late starts at roll-over count 0 (RFC 3711 3.3.1).

use std::collections::VecDeque;

use super::grade::Grade;
use super::sequence::difference16;
use crate::codec::{Picture, PictureDelta};

const MAX_SEGMENTS: usize = 128;

/// From which in-sequence on (`first..=last`), of which source, what is added to each number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<S> {
    pub source: S,
    pub first: i64,
    pub last: i64,
    pub sequence_delta: i64,
    pub timestamp_delta: u32,
    pub picture: PictureDelta,
    /// How much of the source is sent; the numbers that were kept for the rest are filled with nothing.
    pub grade: Grade,
}

/// The numbers of a packet that a rewriter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    pub sequence: i64,
    pub timestamp: u32,
    pub picture: Option<Picture>,
    /// The frame number of a dependency descriptor.
    pub frame: Option<u16>,
}

/// Maps packets of changing sources onto one unbroken flow, and back for retransmission.
#[derive(Debug)]
pub struct Rewriter<S> {
    past: VecDeque<Segment<S>>,
    highest: i64,
    last_timestamp: Option<u32>,
    picture: Option<u16>,
    tl0: Option<u8>,
    frame: Option<u16>,
    now: Option<Segment<S>>,
    /// What was last sent in order since the source began.
    last: Option<Numbers>,
}

impl<S: Copy + PartialEq> Rewriter<S> {
    /// `first_sequence` is below 2^15.
    #[must_use]
    pub fn new(first_sequence: u16) -> Self {
        Self {
            past: VecDeque::new(),
            highest: i64::from(first_sequence & 0x7FFF) - 1,
            last_timestamp: None,
            picture: None,
            tl0: None,
            frame: None,
            now: None,
            last: None,
        }
    }

    /// The segment that packets go out by now; its `last` is without meaning.
    #[must_use]
    pub fn current(&self) -> Option<&Segment<S>> {
        self.now.as_ref()
    }

    /// Notes a packet that was sent in order.
    pub fn sent(&mut self, numbers: Numbers) {
        self.last = Some(numbers);
    }

    /// The packet last sent in order from the source that flows now.
    #[must_use]
    pub fn last(&self) -> Option<&Numbers> {
        self.last.as_ref()
    }

    /// The highest extended sequence number sent; one less than the first before that.
    #[must_use]
    pub fn highest_sequence(&self) -> i64 {
        match (&self.last, &self.now) {
            (Some(last), Some(now)) => self.highest.max(last.sequence + now.sequence_delta),
            _ => self.highest,
        }
    }

    /// The RTP timestamp of what was last sent in order; `None` before anything was.
    #[must_use]
    pub fn last_timestamp(&self) -> Option<u32> {
        match (&self.last, &self.now) {
            (Some(last), Some(now)) => Some(last.timestamp.wrapping_add(now.timestamp_delta)),
            _ => self.last_timestamp,
        }
    }

    /// The flow goes on with this packet of another source (or of the same after a pause).
    pub fn begin(&mut self, source: S, packet: &Numbers, timestamp: u32, grade: Grade) {
        self.close();
        let mut picture = PictureDelta::NONE;
        if let (Some(next), Some(known)) = (packet.picture, self.picture) {
            picture.id = known.wrapping_add(1).wrapping_sub(next.id);
        }
        if let (Some(next), Some(known)) = (packet.picture, self.tl0) {
            picture.tl0 = known.wrapping_add(1).wrapping_sub(next.tl0);
        }
        if let (Some(next), Some(known)) = (packet.frame, self.frame) {
            picture.frame = known.wrapping_add(1).wrapping_sub(next);
        }
        self.now = Some(Segment {
            source,
            first: packet.sequence,
            last: packet.sequence,
            sequence_delta: self.highest + 1 - packet.sequence,
            timestamp_delta: timestamp.wrapping_sub(packet.timestamp),
            picture,
            grade,
        });
    }

    /// From this packet on timestamps are counted anew; sequence numbers and pictures go on.
    pub fn retime(&mut self, packet: &Numbers, timestamp: u32) {
        let delta = timestamp.wrapping_sub(packet.timestamp);
        let Some(now) = self.now else { return };
        if delta != now.timestamp_delta {
            self.split(packet.sequence, now.sequence_delta);
            if let Some(now) = &mut self.now {
                now.timestamp_delta = delta;
            }
        }
    }

    /// From this packet on another grade of the source is sent; all numbers go on.
    pub fn regrade(&mut self, sequence: i64, grade: Grade) {
        let Some(now) = self.now else { return };
        self.split(sequence, now.sequence_delta);
        if let Some(now) = &mut self.now {
            now.grade = grade;
        }
    }

    /// This packet is not sent, and its number goes to the next one. Numbers of packets that are missing before it
    /// stay theirs.
    pub fn skip(&mut self, sequence: i64) {
        let (Some(last), Some(mut now)) = (self.last, self.now) else { return };
        if sequence <= last.sequence {
            return;
        }
        self.highest = self.highest_sequence();
        self.keep(&now, sequence - 1);
        now.first = sequence + 1;
        now.sequence_delta -= 1;
        self.now = Some(now);
        // The next in a row must find its neighbour: the last sent stands in for this one.
        self.last = Some(Numbers { sequence, ..last });
    }

    /// The same, of a whole picture whose running number goes to the next one too; to be called once a picture.
    pub fn skip_picture(&mut self, packet: &Numbers) {
        let (Some(last), Some(now)) = (&mut self.last, &mut self.now) else { return };
        if packet.sequence > last.sequence {
            last.picture = packet.picture; // `close` adds the difference of now to it
            let id = now.picture.id.wrapping_sub(1);
            self.skip(packet.sequence);
            if let Some(now) = &mut self.now {
                now.picture.id = id;
            }
        }
    }

    /// Nothing sent until now is found again; what flows goes on.
    pub fn forget_past(&mut self) {
        self.past.clear();
        self.highest = self.highest_sequence();
        if let (Some(last), Some(now)) = (&self.last, &mut self.now) {
            now.first = last.sequence + 1;
        }
    }

    /// Nothing flows any more; what was sent stays findable and its counters are kept.
    pub fn close(&mut self) {
        self.highest = self.highest_sequence();
        self.last_timestamp = self.last_timestamp();
        if let (Some(last), Some(now)) = (self.last, self.now) {
            if let Some(picture) = last.picture {
                if picture.id_at.is_some() {
                    self.picture = Some(picture.id.wrapping_add(now.picture.id) & 0x7FFF);
                }
                if picture.tl0_at.is_some() {
                    self.tl0 = Some(picture.tl0.wrapping_add(now.picture.tl0));
                }
            }
            if let Some(frame) = last.frame {
                self.frame = Some(frame.wrapping_add(now.picture.frame));
            }
            self.keep(&now, last.sequence);
        }
        self.now = None;
        self.last = None;
    }

    fn split(&mut self, first: i64, sequence_delta: i64) {
        let highest = self.highest_sequence();
        if let Some(mut now) = self.now {
            self.keep(&now, first - 1);
            now.first = first;
            now.sequence_delta = sequence_delta;
            self.now = Some(now);
        }
        self.highest = highest;
    }

    fn keep(&mut self, now: &Segment<S>, last: i64) {
        if last >= now.first {
            if self.past.len() == MAX_SEGMENTS {
                self.past.pop_front();
            }
            self.past.push_back(Segment { last, ..*now });
        }
    }

    /// The segment that an in-sequence of a source belongs to; `None` if it was never to be sent.
    #[must_use]
    pub fn segment_of(&self, source: S, sequence: i64) -> Option<Segment<S>> {
        if let Some(now) = self.now.filter(|now| now.source == source && sequence >= now.first) {
            return Some(now);
        }
        let belongs =
            |each: &&Segment<S>| each.source == source && (each.first..=each.last).contains(&sequence);
        self.past.iter().rev().find(belongs).copied()
    }

    /// (segment, in-sequence) behind a sequence number that a subscriber names; `None`: not
    /// sent.
    #[must_use]
    pub fn find(&self, out_sequence: u16) -> Option<(Segment<S>, i64)> {
        let highest = self.highest_sequence();
        let extended = highest + difference16(out_sequence, highest as u16);
        if extended > highest {
            return None;
        }
        if let Some(now) = self.now.filter(|now| extended - now.sequence_delta >= now.first) {
            return Some((now, extended - now.sequence_delta));
        }
        self.past.iter().rev().find_map(|each| {
            let sequence = extended - each.sequence_delta;
            (each.first..=each.last).contains(&sequence).then_some((*each, sequence))
        })
    }
}

/// The timestamp of a picture taken `elapsed_ms` after that of `last`; at least one tick later.
#[must_use]
pub fn continued_timestamp(last: u32, elapsed_ms: f64, clock_rate: u32) -> u32 {
    let ticks = (elapsed_ms * f64::from(clock_rate) / 1_000.0).round().max(1.0);
    last.wrapping_add(ticks as i64 as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(sequence: i64, timestamp: u32, id: u16) -> Numbers {
        let picture = Picture { id, id_at: Some(2), is_wide: true, tl0: id as u8, tl0_at: Some(4) };
        Numbers { sequence, timestamp, picture: Some(picture), frame: Some(id) }
    }

    fn send(rewriter: &mut Rewriter<char>, packet: Numbers) -> (i64, u32, u16) {
        let now = *rewriter.current().unwrap();
        rewriter.sent(packet);
        let picture = packet.picture.unwrap();
        (
            packet.sequence + now.sequence_delta,
            packet.timestamp.wrapping_add(now.timestamp_delta),
            picture.id.wrapping_add(now.picture.id) & 0x7FFF,
        )
    }

    #[test]
    fn numbers_go_on_over_a_switch_and_lead_back() {
        let mut rewriter = Rewriter::new(100);
        rewriter.begin('a', &numbers(70_000, 9, 5), 1_000, Grade::ALL);
        assert_eq!(send(&mut rewriter, numbers(70_000, 9, 5)), (100, 1_000, 5));
        assert_eq!(send(&mut rewriter, numbers(70_001, 3_009, 6)), (101, 4_000, 6));
        rewriter.begin('b', &numbers(5, 77, 32_000), 7_000, Grade::ALL);
        assert_eq!(send(&mut rewriter, numbers(5, 77, 32_000)), (102, 7_000, 7));
        assert_eq!(rewriter.last_timestamp(), Some(7_000));

        let (segment, sequence) = rewriter.find(101).unwrap();
        assert_eq!((segment.source, sequence), ('a', 70_001));
        let (segment, sequence) = rewriter.find(102).unwrap();
        assert_eq!((segment.source, sequence), ('b', 5));
        assert_eq!(rewriter.find(99), None);
        assert_eq!(rewriter.find(103), None);
        assert_eq!(rewriter.segment_of('a', 70_000).unwrap().sequence_delta, -69_900);
        assert_eq!(rewriter.segment_of('a', 70_002), None);
    }

    #[test]
    fn probes_leave_no_gap() {
        let mut rewriter = Rewriter::new(1);
        rewriter.begin('a', &numbers(10, 0, 1), 0, Grade::ALL);
        send(&mut rewriter, numbers(10, 0, 1));
        rewriter.skip(11);
        rewriter.skip(12);
        assert_eq!(send(&mut rewriter, numbers(13, 3_000, 2)).0, 2);
        assert_eq!(rewriter.find(2).unwrap().1, 13);
        assert_eq!(rewriter.find(1).unwrap().1, 10);
    }

    #[test]
    fn what_is_left_out_closes_up_and_what_is_missing_keeps_its_number() {
        let mut rewriter = Rewriter::new(1);
        rewriter.begin('a', &numbers(10, 0, 1), 0, Grade::ALL);
        send(&mut rewriter, numbers(10, 0, 1));
        rewriter.skip(12); // 11 is missing
        rewriter.skip(13);
        let low = Grade { spatial: 0, temporal: 0 };
        rewriter.regrade(14, low);
        assert_eq!(send(&mut rewriter, numbers(14, 3_000, 2)).0, 3);
        rewriter.skip(14); // late: it was sent

        let late = rewriter.segment_of('a', 11).unwrap();
        assert_eq!((11 + late.sequence_delta, late.grade), (2, Grade::ALL));
        assert_eq!((rewriter.find(2).unwrap().1, rewriter.find(3).unwrap().1), (11, 14));
        assert_eq!(rewriter.find(3).unwrap().0.grade, low);
        assert_eq!(rewriter.past.len(), 1);
    }

    #[test]
    fn pictures_that_are_left_out_leave_no_gap_in_their_numbers() {
        let mut rewriter = Rewriter::new(1);
        rewriter.begin('a', &numbers(10, 0, 7), 0, Grade::ALL);
        send(&mut rewriter, numbers(10, 0, 7));
        rewriter.skip_picture(&numbers(11, 3_000, 8));
        rewriter.skip(12);
        assert_eq!(send(&mut rewriter, numbers(13, 6_000, 9)), (2, 6_000, 8));
        rewriter.skip_picture(&numbers(14, 9_000, 10));

        rewriter.begin('b', &numbers(5, 0, 500), 12_000, Grade::ALL);
        assert_eq!(send(&mut rewriter, numbers(5, 0, 500)), (3, 12_000, 9));
        assert_eq!(rewriter.current().unwrap().picture.frame, 10_u16.wrapping_sub(500));
    }

    #[test]
    fn time_may_be_counted_anew_within_a_source() {
        let mut rewriter = Rewriter::new(1);
        rewriter.begin('a', &numbers(10, 0, 1), 500, Grade::ALL);
        send(&mut rewriter, numbers(10, 0, 1));
        rewriter.retime(&numbers(11, 3_000, 2), 590);
        assert_eq!(send(&mut rewriter, numbers(11, 3_000, 2)), (2, 590, 2));
        assert_eq!(rewriter.find(1).unwrap().0.timestamp_delta, 500);
        rewriter.forget_past();
        assert_eq!((rewriter.find(1), rewriter.find(2)), (None, None));
        assert_eq!(send(&mut rewriter, numbers(12, 3_000, 3)).0, 3);
    }

    #[test]
    fn the_past_is_bounded() {
        let mut rewriter = Rewriter::new(0);
        for index in 0..1_000_u32 {
            rewriter.begin('a', &numbers(i64::from(index), index, 1), index, Grade::ALL);
            send(&mut rewriter, numbers(i64::from(index), index, 1));
        }
        assert!(rewriter.past.len() <= MAX_SEGMENTS);
        assert_eq!(rewriter.highest_sequence(), 999);
    }

    #[test]
    fn timestamps_never_stand_still() {
        assert_eq!(continued_timestamp(u32::MAX, 100.0, 90_000), 8_999);
        assert_eq!(continued_timestamp(5, -40.0, 90_000), 6);
    }
}
