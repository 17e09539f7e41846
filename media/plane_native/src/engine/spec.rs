//! What control says of tracks and slots: `media.plane.TrackSpec` and `SlotSpec` as the engine holds them.

use std::sync::Arc;

use super::Name;
use super::shared::{SlotShared, TrackShared};
use crate::codec::Codec;

/// RTP header extension ids in one direction of one peer; `None`: not negotiated (RFC 8285).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtensionIds {
    pub mid: Option<u8>,
    pub rid: Option<u8>,
    pub repaired_rid: Option<u8>,
    pub audio_level: Option<u8>,
    pub abs_capture_time: Option<u8>,
    pub transport_cc: Option<u8>,
    pub dependency_descriptor: Option<u8>,
}

/// One media section that a peer sends.
#[derive(Debug, Clone)]
pub struct TrackSpec {
    pub publication: Name,
    pub mid: Box<[u8]>,
    pub codec: Codec,
    pub clock_rate: u32,
    pub payload_type: u8,
    pub rtx_payload_type: Option<u8>,
    pub rids: Vec<Name>,
    pub ssrcs: Vec<u32>,
    /// (media, RTX) SSRC.
    pub rtx_ssrcs: Vec<(u32, u32)>,
    pub extensions: ExtensionIds,
    /// Voice may come as redundant audio too (RFC 2198), and is taken out of it.
    pub red_payload_type: Option<u8>,
    /// Of what waits for a narrow line the lower leaves first.
    pub rank: u8,
    pub shared: Arc<TrackShared>,
}

impl TrackSpec {
    /// Whether media comes under this payload type, alone or as redundant audio.
    #[must_use]
    pub fn takes(&self, payload_type: u8) -> bool {
        payload_type == self.payload_type || Some(payload_type) == self.red_payload_type
    }
}

/// One media section on which a peer receives.
#[derive(Debug, Clone)]
pub struct SlotSpec {
    pub mid: Name,
    pub ssrc: u32,
    pub rtx_ssrc: Option<u32>,
    /// (codec, payload type, RTX payload type).
    pub payload_types: Vec<(Codec, u8, Option<u8>)>,
    pub extensions: ExtensionIds,
    /// Voice leaves as redundant audio (RFC 2198), each packet with the one before it.
    pub red_payload_type: Option<u8>,
    pub shared: Arc<SlotShared>,
}

impl SlotSpec {
    /// (media, RTX) payload type as negotiated; no RTX without an SSRC for it. Voice goes as redundant audio if it may.
    #[must_use]
    pub fn payload_types_for(&self, codec: Codec) -> Option<(u8, Option<u8>)> {
        let (_, media, rtx) = self.payload_types.iter().find(|each| each.0 == codec)?;
        if let (Codec::Opus, Some(red)) = (codec, self.red_payload_type) {
            return Some((red, None));
        }
        Some((*media, self.rtx_ssrc.and(*rtx)))
    }

    /// The payload type of voice inside redundant audio; `None` where that was not negotiated.
    #[must_use]
    pub fn red_block(&self) -> Option<u8> {
        self.red_payload_type?;
        self.payload_types.iter().find(|each| each.0 == Codec::Opus).map(|each| each.1)
    }

    #[must_use]
    pub fn is_video(&self) -> bool {
        self.payload_types.first().is_some_and(|each| each.0.is_video())
    }

    /// Whether what was sent under the other spec may be sent again under this one, bit for bit.
    #[must_use]
    pub fn has_shape_of(&self, other: &Self) -> bool {
        let shape = |spec: &Self| {
            let ids = spec.extensions;
            let mid = ids.mid.map(|_| spec.mid.clone());
            let numbers =
                (ids.audio_level, ids.abs_capture_time, ids.transport_cc, ids.dependency_descriptor);
            (ids.mid, mid, numbers, spec.red_payload_type)
        };
        let types = |spec: &Self| spec.payload_types.iter().map(|each| (each.0, each.1)).collect::<Vec<_>>();
        shape(self) == shape(other) && types(self) == types(other)
    }
}
