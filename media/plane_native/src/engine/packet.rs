//! One media packet in plaintext, as it came.

use crate::codec::Picture;
use crate::codec::dependency::Frame;
use crate::codec::place::Place;
use crate::core::grade::Start;
use crate::core::rewrite::Numbers;
use crate::wire::red::Redundant;

/// A packet of a layer. `sequence` is extended; `arrival_ms` is wall time; places count from `data[0]`.
///
/// `capture_ms` is settled on arrival, so that a packet sent again is the same to the bit.
#[derive(Debug)]
pub struct MediaPacket {
    pub sequence: i64,
    pub timestamp: u32,
    pub marker: bool,
    pub data: Box<[u8]>,
    pub payload_start: usize,
    pub payload_end: usize,
    pub arrival_ms: f64,
    pub begins_keyframe: bool,
    pub picture: Option<Picture>,
    /// Its layer inside the flow, where that has several.
    pub place: Option<Place>,
    /// The first packet of the first frame of a picture.
    pub begins_picture: bool,
    /// Where the dependency descriptor lies in `data`, and its frame number.
    pub descriptor: Option<(usize, usize, u16)>,
    /// What the descriptor says of the frame; kept with its first packet alone.
    pub frame: Option<Box<Frame>>,
    /// Where the audio level lies in `data`.
    pub audio_level: Option<(usize, usize)>,
    pub capture_ms: Option<f64>,
    /// Of voice: the packet before it, settled on arrival likewise.
    pub before: Option<Redundant>,
}

impl MediaPacket {
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.data.get(self.payload_start..self.payload_end).unwrap_or_default()
    }

    /// Nothing but padding: sent to probe the path, of no use to a subscriber.
    #[must_use]
    pub fn is_padding(&self) -> bool {
        self.payload_end <= self.payload_start
    }

    #[must_use]
    pub fn numbers(&self) -> Numbers {
        Numbers {
            sequence: self.sequence,
            timestamp: self.timestamp,
            picture: self.picture,
            frame: self.frame_number(),
        }
    }

    #[must_use]
    pub fn frame_number(&self) -> Option<u16> {
        self.descriptor.map(|descriptor| descriptor.2)
    }

    /// The dependency descriptor as it came.
    #[must_use]
    pub fn descriptor(&self) -> Option<&[u8]> {
        let (start, end, _) = self.descriptor?;
        self.data.get(start..end)
    }

    /// What one who is sent a part of the flow must know of a picture that begins here; `None`: none does.
    #[must_use]
    pub fn start(&self) -> Option<Start<'_>> {
        let place = self.place.filter(|_| self.begins_picture)?;
        let frame = self.frame_number().zip(self.frame.as_deref());
        Some(Start { is_key: self.begins_keyframe, place, frame })
    }

    /// The audio level element as it came.
    #[must_use]
    pub fn audio_level(&self) -> Option<&[u8]> {
        let (start, end) = self.audio_level?;
        self.data.get(start..end)
    }
}
