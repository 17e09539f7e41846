//! VP9 (RFC 9628), spatial and temporal layers in one flow.

use super::{Picture, picture_id};

/// The part of the payload descriptor that forwarding reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Descriptor {
    pub picture: Picture,
    pub is_inter: bool,
    pub begins_frame: bool,
    pub ends_frame: bool,
    pub is_flexible: bool,
    pub has_layers: bool,
    pub spatial: u8,
    pub temporal: u8,
    /// A subscriber may move up to this temporal layer here.
    pub is_switching_point: bool,
    /// This spatial layer's frame rests on the one below of the same picture.
    pub is_inter_layer: bool,
    pub has_structure: bool,
}

/// The descriptor at the beginning of a payload; `None` where it is cut off.
#[must_use]
pub fn parse(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut descriptor = Descriptor {
        is_inter: first & 0x40 != 0,
        is_flexible: first & 0x10 != 0,
        has_layers: first & 0x20 != 0,
        begins_frame: first & 0x08 != 0,
        ends_frame: first & 0x04 != 0,
        has_structure: first & 0x02 != 0,
        ..Descriptor::default()
    };
    let mut at = 1;
    if first & 0x80 != 0 {
        let (id, size) = picture_id(payload, at)?;
        descriptor.picture = Picture { id, id_at: Some(at as u8), is_wide: size == 2, ..Picture::default() };
        at += size;
    }
    if first & 0x20 != 0 {
        let layers = *payload.get(at)?;
        descriptor.temporal = layers >> 5;
        descriptor.is_switching_point = layers & 0x10 != 0;
        descriptor.spatial = layers >> 1 & 0x07;
        descriptor.is_inter_layer = layers & 0x01 != 0;
        if !descriptor.is_flexible {
            at += 1;
            descriptor.picture.tl0 = *payload.get(at)?;
            descriptor.picture.tl0_at = Some(at as u8);
        }
    }
    Some(descriptor)
}

/// Not inter-predicted, begins a frame, and lies in the lowest spatial layer.
#[must_use]
pub fn begins_keyframe(payload: &[u8]) -> bool {
    parse(payload).is_some_and(|each| !each.is_inter && each.begins_frame && each.spatial == 0)
}

#[cfg(test)]
mod tests {
    use super::super::PictureDelta;
    use super::*;

    // I, L, B, E; fifteen-bit picture id; temporal 2, switching point, spatial 1, inter-layer; TL0PICIDX.
    const UPPER: [u8; 6] = [0xAC, 0x81, 0x02, 0x53, 9, 0xFF];

    #[test]
    fn layers_and_numbers_are_found() {
        let descriptor = parse(&UPPER).unwrap();

        assert_eq!((descriptor.spatial, descriptor.temporal), (1, 2));
        assert!(descriptor.is_switching_point && descriptor.is_inter_layer);
        assert!(descriptor.begins_frame && descriptor.ends_frame && !descriptor.is_inter);
        assert_eq!((descriptor.picture.id, descriptor.picture.tl0), (0x102, 9));
        let mut payload = UPPER;
        descriptor.picture.patch(&mut payload, PictureDelta { id: 0xFFFF, tl0: 1, frame: 0 });
        assert_eq!(payload[1..5], [0x81, 0x01, 0x53, 10]);
    }

    #[test]
    fn a_cut_off_descriptor_is_none() {
        for size in 0..5 {
            assert_eq!(parse(&UPPER[..size]), None, "{size}");
        }
    }

    #[test]
    fn keyframes_begin_in_the_lowest_layer() {
        assert!(!begins_keyframe(&UPPER));
        assert!(begins_keyframe(&[0xAC, 0x81, 0x02, 0x50, 9]));
        assert!(!begins_keyframe(&[0xEC, 0x81, 0x02, 0x50, 9]));
        assert!(!begins_keyframe(&[0xA4, 0x81, 0x02, 0x50, 9]));
        assert!(begins_keyframe(&[0x08]));
        assert!(!begins_keyframe(&[]));
    }
}
