//! What the plane reads in payloads: where keyframes begin, the running numbers that a switch must continue, and
//! which layer a packet belongs to. Codecs are never decoded.

pub mod av1;
pub mod dependency;
pub mod h264;
pub mod place;
pub mod vp8;
pub mod vp9;

/// Codecs whose keyframes the plane can see; all are forwarded as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    Vp8,
    Vp9,
    H264,
    Av1,
    Opus,
}

impl Codec {
    /// The codec of a name as in SDP.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "VP8" => Some(Self::Vp8),
            "VP9" => Some(Self::Vp9),
            "H264" => Some(Self::H264),
            "AV1" => Some(Self::Av1),
            "opus" => Some(Self::Opus),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_video(self) -> bool {
        self != Self::Opus
    }

    /// Whether this payload is the first of a keyframe; false for anything cut off. Audio always begins afresh.
    #[must_use]
    pub fn begins_keyframe(self, payload: &[u8]) -> bool {
        match self {
            Self::Vp8 => vp8::begins_keyframe(payload),
            Self::Vp9 => vp9::begins_keyframe(payload),
            Self::H264 => h264::begins_keyframe(payload),
            Self::Av1 => av1::begins_keyframe(payload),
            Self::Opus => !payload.is_empty(),
        }
    }

    /// The running numbers of VP8 or VP9; `None` where there are none or the descriptor is cut off.
    #[must_use]
    pub fn picture(self, payload: &[u8]) -> Option<Picture> {
        match self {
            Self::Vp8 => vp8::parse(payload).map(|descriptor| descriptor.picture),
            Self::Vp9 => vp9::parse(payload).map(|descriptor| descriptor.picture),
            _ => None,
        }
    }
}

/// The running numbers in a payload descriptor; places count from the payload's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Picture {
    pub id: u16,
    pub id_at: Option<u8>,
    /// The id has fifteen bits, not seven.
    pub is_wide: bool,
    pub tl0: u8,
    pub tl0_at: Option<u8>,
}

/// What is added to the running numbers of a stretch of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PictureDelta {
    pub id: u16,
    pub tl0: u8,
    /// Of the dependency descriptor.
    pub frame: u16,
}

impl PictureDelta {
    pub const NONE: Self = Self { id: 0, tl0: 0, frame: 0 };
}

impl Picture {
    /// Adds to the numbers in a payload that this was read from (RFC 7741 4.2, RFC 9628 4.2).
    pub fn patch(&self, payload: &mut [u8], delta: PictureDelta) {
        if let Some(at) = self.id_at.map(usize::from) {
            let value = self.id.wrapping_add(delta.id);
            if self.is_wide && at + 1 < payload.len() {
                payload[at] = 0x80 | (value >> 8 & 0x7F) as u8;
                payload[at + 1] = value as u8;
            } else if !self.is_wide && at < payload.len() {
                payload[at] = value as u8 & 0x7F;
            }
        }
        if let Some(place) = self.tl0_at.and_then(|at| payload.get_mut(usize::from(at))) {
            *place = self.tl0.wrapping_add(delta.tl0);
        }
    }
}

/// (id, its size in bytes) of a seven- or fifteen-bit picture id.
pub(crate) fn picture_id(payload: &[u8], at: usize) -> Option<(u16, usize)> {
    let first = *payload.get(at)?;
    if first & 0x80 == 0 {
        return Some((u16::from(first), 1));
    }
    let second = *payload.get(at + 1)?;
    Some((u16::from(first & 0x7F) << 8 | u16::from(second), 2))
}
