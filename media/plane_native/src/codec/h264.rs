//! H264 (RFC 6184): single NAL units, STAP-A and FU-A.

const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// The NAL units that begin in a payload, by type; what is cut off ends the list.
pub struct Units<'a> {
    state: State<'a>,
}

enum State<'a> {
    Once(Option<u8>),
    Aggregate(&'a [u8]),
}

impl<'a> Units<'a> {
    #[must_use]
    pub fn of(payload: &'a [u8]) -> Self {
        let state = match payload {
            [first, rest @ ..] if first & 0x1F == STAP_A => State::Aggregate(rest),
            [first, header, ..] if first & 0x1F == FU_A => {
                State::Once((header & 0x80 != 0).then_some(header & 0x1F))
            }
            [first, _, ..] => State::Once(Some(first & 0x1F)),
            _ => State::Once(None),
        };
        Self { state }
    }
}

impl Iterator for Units<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        match &mut self.state {
            State::Once(kind) => kind.take(),
            State::Aggregate(rest) => {
                let [high, low, unit @ ..] = *rest else { return None };
                let kind = unit.first()? & 0x1F;
                let size = usize::from(u16::from_be_bytes([*high, *low]));
                *rest = unit.get(size..).unwrap_or_default();
                Some(kind)
            }
        }
    }
}

/// Whether an IDR picture or its parameter sets begin in this payload.
#[must_use]
pub fn begins_keyframe(payload: &[u8]) -> bool {
    Units::of(payload).any(|kind| kind == IDR || kind == SPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyframes_are_seen_in_every_packaging() {
        assert!(begins_keyframe(&[0x65, 0]));
        assert!(begins_keyframe(&[0x67, 0]));
        assert!(!begins_keyframe(&[0x41, 0]));
        assert!(!begins_keyframe(&[0x65]));
        assert!(begins_keyframe(&[0x7C, 0x85]));
        assert!(!begins_keyframe(&[0x7C, 0x05]));
        assert!(!begins_keyframe(&[0x7C, 0x81]));
        assert!(begins_keyframe(&[0x78, 0, 2, 0x68, 1, 0, 1, 0x65]));
        assert!(!begins_keyframe(&[0x78, 0, 2, 0x68, 1, 0, 1, 0x41]));
    }

    #[test]
    fn an_aggregate_that_lies_about_its_sizes_ends() {
        assert_eq!(Units::of(&[0x78, 0xFF, 0xFF, 0x68, 1]).collect::<Vec<_>>(), [8]);
        assert_eq!(Units::of(&[0x78, 0, 0, 0x61, 0, 0]).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(Units::of(&[0x78, 0]).count(), 0);
        assert_eq!(Units::of(&[]).count(), 0);
    }
}
