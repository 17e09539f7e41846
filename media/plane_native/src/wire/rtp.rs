//! RTP packets as bytes: a look at the header, and the bytes that forwarding changes (RFC 3550 5.1).

use super::Malformed;
use super::bytes::{be16, be32};

pub const HEADER_BYTES: usize = 12;
pub const ONE_BYTE_PROFILE: u16 = 0xBEDE;
pub const TWO_BYTE_PROFILE: u16 = 0x1000;

/// What the header says. Offsets count from the packet's first byte; `payload_end` is before padding.
///
/// `extension_profile` is 0 where there is no block; else its elements lie in
/// `extension_start..extension_end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpHeader {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub extension_profile: u16,
    pub extension_start: usize,
    pub extension_end: usize,
    pub payload_start: usize,
    pub payload_end: usize,
}

impl RtpHeader {
    /// The payload without padding.
    #[must_use]
    pub fn payload<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        data.get(self.payload_start..self.payload_end).unwrap_or_default()
    }
}

/// Where the payload begins, padding not looked at: what SRTP leaves in the clear (RFC 3711 3.1).
pub fn clear_bytes(data: &[u8]) -> Result<usize, Malformed> {
    if data.len() < HEADER_BYTES {
        return Err(Malformed("shorter than a header"));
    }
    if data[0] >> 6 != 2 {
        return Err(Malformed("not version 2"));
    }
    let mut offset = HEADER_BYTES + 4 * usize::from(data[0] & 0x0F);
    if data[0] & 0x10 != 0 {
        let words = be16(data, offset + 2).ok_or(Malformed("extension block cut off"))?;
        offset += 4 + 4 * usize::from(words);
    }
    if offset > data.len() { Err(Malformed("header cut off")) } else { Ok(offset) }
}

/// The header of a packet.
pub fn parse_header(data: &[u8]) -> Result<RtpHeader, Malformed> {
    let payload_start = clear_bytes(data)?;
    let short = Malformed("shorter than a header");
    let mut header = RtpHeader {
        marker: data[1] & 0x80 != 0,
        payload_type: data[1] & 0x7F,
        sequence: be16(data, 2).ok_or(short)?,
        timestamp: be32(data, 4).ok_or(short)?,
        ssrc: be32(data, 8).ok_or(short)?,
        extension_profile: 0,
        extension_start: 0,
        extension_end: 0,
        payload_start,
        payload_end: data.len(),
    };
    if data[0] & 0x10 != 0 {
        let block = HEADER_BYTES + 4 * usize::from(data[0] & 0x0F);
        header.extension_profile = be16(data, block).ok_or(short)?;
        header.extension_start = block + 4;
        header.extension_end = payload_start;
    }
    if data[0] & 0x20 != 0 {
        let padding = if data.len() > payload_start { usize::from(data[data.len() - 1]) } else { 0 };
        if padding == 0 || padding > data.len() - payload_start {
            return Err(Malformed("padding longer than payload"));
        }
        header.payload_end -= padding;
    }
    Ok(header)
}

/// The fields of a header that a hop makes its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

/// The first twelve bytes of a packet without CSRCs and padding.
#[must_use]
pub fn fixed_header(identity: &Identity, has_extensions: bool) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[0] = if has_extensions { 0x90 } else { 0x80 };
    write_identity(&mut header, identity);
    header
}

/// Writes the identity into a header; shorter buffers are left as they are.
pub fn write_identity(data: &mut [u8], identity: &Identity) {
    if data.len() < HEADER_BYTES {
        return;
    }
    data[1] = u8::from(identity.marker) << 7 | identity.payload_type & 0x7F;
    data[2..4].copy_from_slice(&identity.sequence.to_be_bytes());
    data[4..8].copy_from_slice(&identity.timestamp.to_be_bytes());
    data[8..12].copy_from_slice(&identity.ssrc.to_be_bytes());
}

/// The packet that a retransmission carries, as it would have come by itself (RFC 4588 4).
///
/// CSRCs and header extensions are kept as the retransmission has them; padding falls away.
pub fn unwrap_rtx(
    data: &[u8],
    header: &RtpHeader,
    ssrc: u32,
    payload_type: u8,
) -> Result<Vec<u8>, Malformed> {
    let missing = Malformed("retransmission without a sequence number");
    let payload = header.payload(data);
    let sequence = be16(payload, 0).ok_or(missing)?;
    let mut packet = Vec::with_capacity(data.len());
    packet.extend_from_slice(data.get(..header.payload_start).ok_or(missing)?);
    packet.extend_from_slice(&payload[2..]);
    packet[0] &= !0x20;
    let identity =
        Identity { marker: header.marker, payload_type, sequence, timestamp: header.timestamp, ssrc };
    write_identity(&mut packet, &identity);
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet() -> Vec<u8> {
        let mut data = vec![0xB1, 0x80 | 96, 0x12, 0x34, 0, 0, 0, 7, 0, 0, 0, 9];
        data.extend([1, 2, 3, 4]); // one CSRC
        data.extend([0xBE, 0xDE, 0, 1, 0x10, b'5', 0, 0]);
        data.extend(b"payload");
        data.extend([0, 0, 3]);
        data
    }

    #[test]
    fn every_part_of_a_header_is_found() {
        let data = packet();

        let header = parse_header(&data).unwrap();

        assert!(header.marker);
        assert_eq!((header.payload_type, header.sequence), (96, 0x1234));
        assert_eq!((header.timestamp, header.ssrc), (7, 9));
        assert_eq!(header.extension_profile, ONE_BYTE_PROFILE);
        assert_eq!(&data[header.extension_start..header.extension_end], [0x10, b'5', 0, 0]);
        assert_eq!(header.payload(&data), b"payload");
    }

    #[test]
    fn what_is_cut_off_or_lies_is_malformed() {
        let whole = packet();
        for size in 0..24 {
            assert!(parse_header(&whole[..size]).is_err(), "{size}");
        }
        let mut lying = packet();
        *lying.last_mut().unwrap() = 11;
        assert!(parse_header(&lying).is_err());
        *lying.last_mut().unwrap() = 0;
        assert!(parse_header(&lying).is_err());
        let mut other_version = packet();
        other_version[0] = 0x71;
        assert!(parse_header(&other_version).is_err());
    }

    #[test]
    fn a_retransmission_becomes_the_packet_that_was_lost() {
        let rtx = Identity { marker: true, payload_type: 97, sequence: 500, timestamp: 90, ssrc: 11 };
        let mut data = fixed_header(&rtx, false).to_vec();
        data.extend([0xFF, 0xFE]);
        data.extend(b"lost");

        let plain = unwrap_rtx(&data, &parse_header(&data).unwrap(), 10, 96).unwrap();

        let header = parse_header(&plain).unwrap();
        assert_eq!((header.payload_type, header.sequence, header.ssrc), (96, 0xFFFE, 10));
        assert_eq!((header.marker, header.timestamp), (true, 90));
        assert_eq!(header.payload(&plain), b"lost");
        assert!(unwrap_rtx(&data[..13], &parse_header(&data[..13]).unwrap(), 10, 96).is_err());
    }
}
