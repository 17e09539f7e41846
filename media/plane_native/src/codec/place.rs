//! Where a packet lies among the layers inside its flow, as its own descriptors tell it.

use super::dependency::Frame;
use super::{Codec, vp8, vp9};

/// The highest spatial and temporal layer that we tell apart; what lies above counts to them.
pub const HIGHEST: u8 = 3;

/// Whether viewers may rise to a higher temporal layer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    #[default]
    None,
    /// To this frame's own: it rests on nothing but the lowest.
    Own,
    /// To any above this frame's: none of what follows there rests on what was before it.
    Above,
}

/// A packet's layer in its flow, and the edges of its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    pub spatial: u8,
    pub temporal: u8,
    pub begins_frame: bool,
    pub ends_frame: bool,
    pub sync: Sync,
}

impl Place {
    /// As the payload's descriptor tells it; `None` for codecs and flows whose payloads do not.
    #[must_use]
    pub fn of_payload(codec: Codec, payload: &[u8]) -> Option<Self> {
        match codec {
            Codec::Vp8 => of_vp8(&vp8::parse(payload)?),
            Codec::Vp9 => of_vp9(&vp9::parse(payload)?),
            Codec::H264 | Codec::Av1 | Codec::Opus => None,
        }
    }

    /// As the dependency descriptor tells it.
    #[must_use]
    pub fn of_frame(frame: &Frame, begins_frame: bool, ends_frame: bool) -> Self {
        let highest = frame.structure.highest().1;
        let target = |temporal| frame.structure.target(frame.spatial, temporal);
        let may_switch = |temporal| target(temporal).is_some_and(|each| frame.indications.may_switch(each));
        let is_sync = frame.temporal == 0 && (1..=highest).all(may_switch);
        Self {
            spatial: frame.spatial.min(HIGHEST),
            temporal: frame.temporal.min(HIGHEST),
            begins_frame,
            ends_frame,
            sync: if is_sync { Sync::Above } else { Sync::None },
        }
    }
}

fn of_vp8(descriptor: &vp8::Descriptor) -> Option<Place> {
    Some(Place {
        spatial: 0,
        temporal: descriptor.temporal?.min(HIGHEST),
        begins_frame: descriptor.begins_frame,
        ends_frame: false,
        sync: if descriptor.is_sync { Sync::Own } else { Sync::None },
    })
}

fn of_vp9(descriptor: &vp9::Descriptor) -> Option<Place> {
    descriptor.has_layers.then(|| Place {
        spatial: descriptor.spatial.min(HIGHEST),
        temporal: descriptor.temporal.min(HIGHEST),
        begins_frame: descriptor.begins_frame,
        ends_frame: descriptor.ends_frame,
        sync: if descriptor.is_switching_point { Sync::Above } else { Sync::None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_tell_their_layer_where_they_have_one() {
        let vp9 = Place::of_payload(Codec::Vp9, &[0xBC, 0xF7, 0x0F, 0x32, 0x02]).unwrap();
        let vp8 = Place::of_payload(Codec::Vp8, &[0xB0, 0xE0, 0xAA, 0x3E, 0xFF, 0xA0]).unwrap();

        assert_eq!((vp9.spatial, vp9.temporal, vp9.sync), (1, 1, Sync::Above));
        assert!(vp9.begins_frame && vp9.ends_frame);
        assert_eq!((vp8.temporal, vp8.sync, vp8.begins_frame), (2, Sync::Own, true));
        assert_eq!(Place::of_payload(Codec::Vp9, &[0x8C, 0x07]), None);
        assert_eq!(Place::of_payload(Codec::Vp8, &[0x10, 0]), None);
        assert_eq!(Place::of_payload(Codec::H264, &[0x65, 0]), None);
    }
}
