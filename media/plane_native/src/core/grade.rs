//! How much of a flow with layers inside it a subscriber gets: a grade is everything up to one spatial and one
//! temporal layer.
//!
//! Lower spatial layers always go along, so that a grade falls at once wherever a picture begins; it rises where the
//! sender says that nothing is missed: in time at synchronisation points, in space where a chain begins or was kept.

use crate::codec::dependency::Frame;
use crate::codec::place::{Place, Sync};

/// Up to which layer; `ALL` is everything there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grade {
    pub spatial: u8,
    pub temporal: u8,
}

/// What stands between a layer's name and its grade's (`h.s1t2`).
const SEPARATOR: char = '.';

impl Grade {
    pub const ALL: Self = Self { spatial: u8::MAX, temporal: u8::MAX };

    /// Whether a packet belongs to it; one that tells no layer belongs to all.
    #[must_use]
    pub fn admits(self, place: Option<Place>) -> bool {
        place.is_none_or(|place| place.spatial <= self.spatial && place.temporal <= self.temporal)
    }

    /// Whether a picture ends here for those who have this grade.
    #[must_use]
    pub fn ends_picture(self, place: Option<Place>) -> bool {
        place.is_some_and(|place| place.ends_frame && place.spatial == self.spatial)
    }

    /// (layer, grade) of a wanted name: `h`, `h.s1t2`, or `.s1t2` of a flow that has no name.
    #[must_use]
    pub fn split(wanted: &str) -> (&str, Self) {
        let named = wanted.rsplit_once(SEPARATOR);
        named.and_then(|(rid, grade)| Some((rid, Self::named(grade)?))).unwrap_or((wanted, Self::ALL))
    }

    fn named(text: &str) -> Option<Self> {
        let [b's', spatial @ b'0'..=b'9', b't', temporal @ b'0'..=b'9'] = text.as_bytes() else {
            return None;
        };
        Some(Self { spatial: spatial - b'0', temporal: temporal - b'0' })
    }

    /// The layer's name with this grade's, where it is one.
    #[must_use]
    pub fn name(self, rid: &str) -> String {
        if self == Self::ALL {
            return rid.to_owned();
        }
        let digit = |layer: u8| layer.min(9);
        format!("{rid}{SEPARATOR}s{}t{}", digit(self.spatial), digit(self.temporal))
    }
}

/// Which of the last frames a subscriber was sent, by frame number: the chains that it can go on with.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameLog {
    newest: Option<u16>,
    /// Bit n: the frame n before the newest.
    sent: [u64; 4],
}

impl FrameLog {
    /// The frame was sent; those between it and the newest were not.
    pub fn sent(&mut self, number: u16) {
        let Some(newest) = self.newest else {
            (self.newest, self.sent) = (Some(number), [1, 0, 0, 0]);
            return;
        };
        let ahead = number.wrapping_sub(newest);
        if ahead < 0x8000 {
            self.shift(ahead);
            self.newest = Some(number);
            self.sent[0] |= 1;
        }
    }

    fn shift(&mut self, by: u16) {
        let words = usize::from(by / 64);
        let bits = u32::from(by % 64);
        for place in (0..self.sent.len()).rev() {
            let word = |at: usize| at.checked_sub(words).map_or(0, |at| self.sent[at]);
            let carried = if bits == 0 || place == 0 { 0 } else { word(place - 1) >> (64 - bits) };
            self.sent[place] = word(place) << bits | carried;
        }
    }

    /// Whether the frame so many before this one was sent.
    #[must_use]
    pub fn has(&self, number: u16, back: u8) -> bool {
        let Some(newest) = self.newest else { return false };
        let behind = newest.wrapping_sub(number.wrapping_sub(u16::from(back)));
        let word = self.sent.get(usize::from(behind / 64)).copied().unwrap_or_default();
        word >> (behind % 64) & 1 == 1
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// What is known of the first packet of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    pub is_key: bool,
    pub place: Place,
    /// (number, frame) where a dependency descriptor tells them.
    pub frame: Option<(u16, &'a Frame)>,
}

/// The grade from this picture on.
#[must_use]
pub fn next(present: Grade, wanted: Grade, start: Start<'_>, sent: &FrameLog) -> Grade {
    if start.is_key {
        return wanted;
    }
    let mut grade = Grade {
        spatial: present.spatial.min(wanted.spatial),
        temporal: present.temporal.min(wanted.temporal),
    };
    if wanted.spatial > grade.spatial && is_chain_whole(wanted, start, sent) {
        grade.spatial = wanted.spatial;
    }
    let temporal = start.place.temporal;
    match start.place.sync {
        Sync::Above if temporal <= grade.temporal => grade.temporal = wanted.temporal,
        Sync::Own if temporal.checked_sub(1) == Some(grade.temporal) && temporal <= wanted.temporal => {
            grade.temporal = temporal;
        }
        _ => {}
    }
    grade
}

/// Whether the frame lets one begin with the wanted spatial layer, because all that it rests on was sent.
fn is_chain_whole(wanted: Grade, start: Start<'_>, sent: &FrameLog) -> bool {
    let Some((number, frame)) = start.frame else { return false };
    let (spatial, temporal) = frame.structure.highest();
    let target = frame.structure.target(wanted.spatial.min(spatial), wanted.temporal.min(temporal));
    let Some(target) = target.filter(|target| frame.indications.may_switch(*target)) else { return false };
    frame.chain_diff(target).is_some_and(|back| back == 0 || sent.has(number, back))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: Grade = Grade { spatial: 0, temporal: 0 };

    fn start(temporal: u8, sync: Sync) -> Start<'static> {
        let place = Place { temporal, sync, begins_frame: true, ..Place::default() };
        Start { is_key: false, place, frame: None }
    }

    #[test]
    fn names_lead_to_layers_and_grades_and_back() {
        let grade = Grade { spatial: 1, temporal: 2 };
        assert_eq!(Grade::split("h.s1t2"), ("h", grade));
        assert_eq!(Grade::split(".s1t2"), ("", grade));
        assert_eq!(Grade::split("s1t2"), ("s1t2", Grade::ALL));
        assert_eq!(Grade::split("h.s1tx"), ("h.s1tx", Grade::ALL));
        assert_eq!((grade.name("h"), Grade::ALL.name("h")), ("h.s1t2".into(), "h".into()));
    }

    #[test]
    fn a_grade_falls_at_once_and_rises_where_nothing_is_missed() {
        let (log, wanted) = (FrameLog::default(), Grade { spatial: 0, temporal: 2 });

        assert_eq!(next(wanted, LOW, start(2, Sync::None), &log), LOW);
        assert_eq!(next(LOW, wanted, start(0, Sync::None), &log), LOW);
        assert_eq!(next(LOW, wanted, start(0, Sync::Above), &log), wanted);
        assert_eq!(next(LOW, wanted, start(1, Sync::Above), &log), LOW);
        assert_eq!(next(LOW, wanted, start(2, Sync::Own), &log), LOW);
        assert_eq!(next(LOW, wanted, start(1, Sync::Own), &log), Grade { spatial: 0, temporal: 1 });
        let key = Start { is_key: true, ..start(0, Sync::None) };
        assert_eq!(next(LOW, Grade::ALL, key, &log), Grade::ALL);
        assert_eq!(next(LOW, Grade::ALL, start(0, Sync::Above), &log).spatial, 0);
    }

    #[test]
    fn the_last_frames_are_remembered_over_wraps() {
        let mut log = FrameLog::default();
        for number in [65_500_u16, 65_501, 65_530, 4, 130] {
            log.sent(number);
        }
        let known: Vec<u8> = (0..=255).filter(|back| log.has(130, *back)).collect();
        assert_eq!(known, [0, 126, 136, 165, 166]);
        assert!(log.has(132, 2) && !log.has(132, 1));
    }
}
