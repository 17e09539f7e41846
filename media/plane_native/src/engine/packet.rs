//! One media packet in plaintext, as it came.

use crate::codec::Picture;
use crate::core::rewrite::Numbers;

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
    /// Where the audio level lies in `data`.
    pub audio_level: Option<(usize, usize)>,
    pub capture_ms: Option<f64>,
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
        Numbers { sequence: self.sequence, timestamp: self.timestamp, picture: self.picture }
    }

    /// The audio level element as it came.
    #[must_use]
    pub fn audio_level(&self) -> Option<&[u8]> {
        let (start, end) = self.audio_level?;
        self.data.get(start..end)
    }
}
