//! AV1 payloads (AOM, RTP Payload Format for AV1 1.0); layers are told by the dependency descriptor.

const SEQUENCE_HEADER: u8 = 1;

/// The N bit of the aggregation header, or a sequence header as the first OBU that begins here.
#[must_use]
pub fn begins_keyframe(payload: &[u8]) -> bool {
    let [first, rest @ ..] = payload else { return false };
    if rest.is_empty() {
        return false;
    }
    if first & 0x08 != 0 {
        return true;
    }
    if first & 0x80 != 0 {
        return false; // the first element goes on from the packet before
    }
    let mut unit = rest;
    if first >> 4 & 0x03 != 1 {
        // A length (LEB128) stands before the element, unless it is the only one.
        let size = rest.iter().position(|byte| byte & 0x80 == 0).map_or(rest.len(), |last| last + 1);
        unit = &rest[size..];
    }
    unit.first().is_some_and(|header| header >> 3 & 0x0F == SEQUENCE_HEADER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyframes_begin_with_a_sequence() {
        assert!(begins_keyframe(&[0x08, 0]));
        assert!(begins_keyframe(&[0x10, 0x0A]));
        assert!(begins_keyframe(&[0x00, 0x81, 0x01, 0x0A]));
        assert!(!begins_keyframe(&[0x10, 0x32]));
        assert!(!begins_keyframe(&[0x90, 0x0A]));
        assert!(!begins_keyframe(&[0x00, 0x81]));
        assert!(!begins_keyframe(&[0x08]));
        assert!(!begins_keyframe(&[]));
    }
}
