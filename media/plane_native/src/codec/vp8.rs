//! VP8 (RFC 7741).

use super::{Picture, picture_id};

/// The payload descriptor; `size` is its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    pub picture: Picture,
    pub begins_frame: bool,
    pub temporal: Option<u8>,
    /// The frame rests on none but the lowest temporal layer.
    pub is_sync: bool,
    pub size: usize,
}

/// The descriptor at the beginning of a payload; `None` where it is cut off.
#[must_use]
pub fn parse(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let begins_frame = first & 0x10 != 0 && first & 0x07 == 0;
    let mut picture = Picture::default();
    if first & 0x80 == 0 {
        return Some(Descriptor { picture, begins_frame, temporal: None, is_sync: false, size: 1 });
    }
    let flags = *payload.get(1)?;
    let mut at = 2;
    if flags & 0x80 != 0 {
        let (id, size) = picture_id(payload, at)?;
        picture = Picture { id, id_at: Some(at as u8), is_wide: size == 2, ..picture };
        at += size;
    }
    if flags & 0x40 != 0 {
        picture.tl0 = *payload.get(at)?;
        picture.tl0_at = Some(at as u8);
        at += 1;
    }
    let (mut temporal, mut is_sync) = (None, false);
    if flags & 0x30 != 0 {
        let byte = *payload.get(at)?;
        if flags & 0x20 != 0 {
            (temporal, is_sync) = (Some(byte >> 6), byte & 0x20 != 0);
        }
        at += 1;
    }
    Some(Descriptor { picture, begins_frame, temporal, is_sync, size: at })
}

/// Whether a keyframe begins with this payload.
#[must_use]
pub fn begins_keyframe(payload: &[u8]) -> bool {
    parse(payload).is_some_and(|descriptor| {
        descriptor.begins_frame && payload.get(descriptor.size).is_some_and(|byte| byte & 0x01 == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Codec, PictureDelta};
    use super::*;

    const KEY: [u8; 7] = [0x90, 0xF0, 0xFF, 0xFE, 250, 0x40, 0x10];

    #[test]
    fn all_fields_of_a_descriptor_are_found() {
        let descriptor = parse(&KEY).unwrap();

        assert_eq!((descriptor.picture.id, descriptor.picture.id_at), (0x7FFE, Some(2)));
        assert_eq!((descriptor.picture.tl0, descriptor.picture.tl0_at), (250, Some(4)));
        assert_eq!((descriptor.temporal, descriptor.size), (Some(1), 6));
        assert!(descriptor.begins_frame && descriptor.picture.is_wide);
        assert_eq!(parse(&[0x10, 0]).unwrap().picture, Picture::default());
        assert_eq!(parse(&[0x80, 0x80, 0x12]).unwrap().picture.id, 0x12);
    }

    #[test]
    fn a_cut_off_descriptor_is_none() {
        for size in 0..6 {
            assert_eq!(parse(&KEY[..size]), None, "{size}");
        }
    }

    #[test]
    fn keyframes_begin_with_a_whole_frame_of_the_right_kind() {
        assert!(Codec::Vp8.begins_keyframe(&KEY));
        assert!(!begins_keyframe(&KEY[..6]));
        assert!(!begins_keyframe(&[0x90, 0xF0, 0xFF, 0xFE, 250, 0x40, 0x11]));
        assert!(!begins_keyframe(&[0x80, 0xF0, 0xFF, 0xFE, 250, 0x40, 0x10]));
        assert!(!begins_keyframe(&[0x91, 0xF0, 0xFF, 0xFE, 250, 0x40, 0x10]));
        assert!(begins_keyframe(&[0x10, 0x10]));
    }

    #[test]
    fn numbers_are_moved_within_their_width() {
        let mut payload = KEY;
        parse(&KEY).unwrap().picture.patch(&mut payload, PictureDelta { id: 5, tl0: 10, frame: 0 });
        assert_eq!(payload[2..5], [0x80, 3, 4]);

        let mut narrow = [0x90, 0x80, 0x7F, 0x10];
        parse(&narrow.clone()).unwrap().picture.patch(&mut narrow, PictureDelta { id: 2, tl0: 0, frame: 0 });
        assert_eq!(narrow[2], 1);
    }
}
