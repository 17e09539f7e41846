//! Redundant audio (RFC 2198): a voice's packet that carries the one before it too, so that one lost is no gap.

use super::Malformed;
use super::bytes::be32;
use super::rtp::{HEADER_BYTES, Identity, RtpHeader, fixed_header, write_identity};

const MAX_BLOCKS: usize = 8;
const MAX_OFFSET: u32 = (1 << 14) - 1;
const MAX_BLOCK_BYTES: usize = (1 << 10) - 1;
/// A packet that would be longer with what came before goes alone.
const MAX_PAYLOAD_BYTES: usize = 1_000;
const FOLLOWED: u8 = 0x80;

/// An earlier payload, and by how much its RTP timestamp is less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redundant {
    offset: u32,
    payload: Box<[u8]>,
}

impl Redundant {
    /// The packet before as it goes with this one; `None` where it does not fit (RFC 2198 3).
    #[must_use]
    pub fn of(payload: &[u8], timestamp: u32, before: &[u8], before_timestamp: u32) -> Option<Self> {
        let offset = timestamp.wrapping_sub(before_timestamp);
        let fits = (1..=MAX_OFFSET).contains(&offset) && (1..=MAX_BLOCK_BYTES).contains(&before.len());
        let is_short = before.len() + payload.len() <= MAX_PAYLOAD_BYTES;
        (fits && is_short).then(|| Self { offset, payload: before.into() })
    }
}

/// Appends the head of a payload: what came before it, if anything; the payload itself follows.
pub fn write_red_head(out: &mut Vec<u8>, earlier: Option<&Redundant>, block_type: u8) {
    if let Some(earlier) = earlier {
        let first =
            u32::from(FOLLOWED | block_type) << 24 | earlier.offset << 10 | earlier.payload.len() as u32;
        out.extend_from_slice(&first.to_be_bytes());
    }
    out.push(block_type & 0x7F);
    if let Some(earlier) = earlier {
        out.extend_from_slice(&earlier.payload);
    }
}

/// What a packet carried: itself as it would have come alone, and those before it, the oldest first.
#[derive(Debug)]
pub struct Opened {
    pub primary: Vec<u8>,
    pub earlier: Vec<Vec<u8>>,
}

/// Takes a packet apart. The k-th before it had a sequence number less by k.
///
/// Those before have neither CSRCs nor extensions; one that is empty or of another type is left out, and with it
/// what lies further back, for whose number it stands.
pub fn open_red(data: &[u8], header: &RtpHeader, block_type: u8) -> Result<Opened, Malformed> {
    let cut = Malformed("redundant audio without its own payload");
    let payload = header.payload(data);
    let (blocks, mut at) = block_heads(payload)?;
    let mut earlier = Vec::with_capacity(blocks.len());
    for (index, block) in blocks.iter().enumerate() {
        let content = payload.get(at..at + block.size).ok_or(cut)?;
        at += block.size;
        if block.kind != block_type || content.is_empty() {
            earlier.clear();
            continue;
        }
        let identity = Identity {
            marker: false,
            payload_type: block_type,
            sequence: header.sequence.wrapping_sub((blocks.len() - index) as u16),
            timestamp: header.timestamp.wrapping_sub(block.offset),
            ssrc: header.ssrc,
        };
        let mut packet = Vec::with_capacity(HEADER_BYTES + content.len());
        packet.extend_from_slice(&fixed_header(&identity, false));
        packet.extend_from_slice(content);
        earlier.push(packet);
    }
    let mut primary = Vec::with_capacity(data.len());
    primary.extend_from_slice(data.get(..header.payload_start).ok_or(cut)?);
    primary.extend_from_slice(payload.get(at..).filter(|rest| !rest.is_empty()).ok_or(cut)?);
    primary[0] &= !0x20;
    let identity = Identity {
        marker: header.marker,
        payload_type: block_type,
        sequence: header.sequence,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
    };
    write_identity(&mut primary, &identity);
    Ok(Opened { primary, earlier })
}

struct Block {
    kind: u8,
    offset: u32,
    size: usize,
}

/// (the heads of the earlier blocks, where the first block lies in the payload).
fn block_heads(payload: &[u8]) -> Result<(Vec<Block>, usize), Malformed> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while payload.get(at).is_some_and(|first| first & FOLLOWED != 0) {
        let word = be32(payload, at).filter(|_| blocks.len() < MAX_BLOCKS);
        let word = word.ok_or(Malformed("block heads cut off, or too many"))?;
        blocks.push(Block {
            kind: (word >> 24) as u8 & 0x7F,
            offset: word >> 10 & MAX_OFFSET,
            size: word as usize & MAX_BLOCK_BYTES,
        });
        at += 4;
    }
    Ok((blocks, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::rtp::parse_header;

    fn packet(payload: &[u8]) -> Vec<u8> {
        let identity = Identity { marker: true, payload_type: 63, sequence: 1, timestamp: 960, ssrc: 7 };
        [&fixed_header(&identity, false)[..], payload].concat()
    }

    fn opened(payload: &[u8]) -> Result<Opened, Malformed> {
        let data = packet(payload);
        open_red(&data, &parse_header(&data).unwrap(), 111)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let before = Redundant::of(b"now", 960, b"before", 0).unwrap();
        let mut payload = Vec::new();
        write_red_head(&mut payload, Some(&before), 111);
        payload.extend_from_slice(b"now");

        let opened = opened(&payload).unwrap();

        let primary = parse_header(&opened.primary).unwrap();
        assert_eq!((primary.payload(&opened.primary), primary.payload_type), (&b"now"[..], 111));
        let earlier = parse_header(&opened.earlier[0]).unwrap();
        assert_eq!((earlier.sequence, earlier.timestamp), (0, 0));
        assert_eq!(earlier.payload(&opened.earlier[0]), b"before");
    }

    #[test]
    fn what_does_not_fit_goes_alone() {
        assert!(Redundant::of(b"now", 1 << 14, b"before", 0).is_none());
        assert!(Redundant::of(b"now", 0, b"before", 0).is_none());
        assert!(Redundant::of(b"now", 960, b"", 0).is_none());
        assert!(Redundant::of(&[0; 600], 960, &[0; 600], 0).is_none());
    }

    #[test]
    fn foreign_blocks_hide_those_behind_them() {
        let head = |kind: u8, size: u8| [0x80 | kind, 0, 4 << 2, size];
        let payload = [&head(111, 1)[..], &head(9, 1), &head(111, 1), &[111], b"abcd"].concat();

        let opened = opened(&payload).unwrap();

        assert_eq!(opened.earlier.len(), 1);
        assert_eq!(opened.earlier[0][12..], *b"c");
        assert_eq!(opened.primary[12..], *b"d");
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        for payload in [&b""[..], &[0xEF], &[0xEF, 0, 0, 9, 111, 1], &[111], &[0xEF; 64]] {
            assert!(opened(payload).is_err(), "{payload:?}");
        }
    }
}
