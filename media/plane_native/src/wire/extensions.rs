//! RTP header extensions, one- and two-byte form (RFC 8285), and the few values that we read or write.

use super::Malformed;
use super::bytes::be64;
use super::rtp::{ONE_BYTE_PROFILE, RtpHeader, TWO_BYTE_PROFILE};

/// From 1900, where NTP begins, to 1970 (RFC 5905 6).
pub const NTP_UNIX_MS: f64 = 2_208_988_800_000.0;
pub const MAX_NAME_BYTES: usize = 32;
const NTP_UNIT: f64 = 4_294_967_296.0;
const CUT_OFF: Malformed = Malformed("extension element cut off");

/// The elements of a packet, in order; ends after the first error.
///
/// Blocks of an unknown profile have none (RFC 3550 5.3.1).
pub struct Elements<'a> {
    rest: &'a [u8],
    two_byte: bool,
}

impl<'a> Elements<'a> {
    #[must_use]
    pub fn of(data: &'a [u8], header: &RtpHeader) -> Self {
        let known = header.extension_profile == ONE_BYTE_PROFILE;
        let two_byte = header.extension_profile & 0xFFF0 == TWO_BYTE_PROFILE;
        let block = data.get(header.extension_start..header.extension_end).unwrap_or_default();
        Self { rest: if known || two_byte { block } else { &[] }, two_byte }
    }

    fn fail(&mut self) -> Option<Result<(u8, &'a [u8]), Malformed>> {
        self.rest = &[];
        Some(Err(CUT_OFF))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<(u8, &'a [u8]), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&head, after) = self.rest.split_first()?;
            if head == 0 {
                self.rest = after;
                continue;
            }
            let (identifier, size, body) = if self.two_byte {
                match after.split_first() {
                    Some((&size, body)) => (head, usize::from(size), body),
                    None => return self.fail(),
                }
            } else {
                (head >> 4, usize::from(head & 0x0F) + 1, after)
            };
            if !self.two_byte && identifier == 15 {
                self.rest = &[]; // RFC 8285 4.2: reserved, the rest is not to be read
                return None;
            }
            if size > body.len() {
                return self.fail();
            }
            let (value, rest) = body.split_at(size);
            self.rest = rest;
            if identifier != 0 {
                return Some(Ok((identifier, value)));
            }
        }
    }
}

/// The first element with this id; `None` where it is absent or not negotiated.
pub fn find<'a>(data: &'a [u8], header: &RtpHeader, id: Option<u8>) -> Result<Option<&'a [u8]>, Malformed> {
    let Some(id) = id else { return Ok(None) };
    for element in Elements::of(data, header) {
        let (identifier, value) = element?;
        if identifier == id {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Appends a whole extension block with its four-byte head; nothing without items.
///
/// The one-byte form where every id is 1..=14 and every value 1..=16 bytes, else the two-byte form. Values
/// longer than 255 bytes are left out.
pub fn write_block(out: &mut Vec<u8>, items: &[(u8, &[u8])]) {
    if items.is_empty() {
        return;
    }
    let short = items.iter().all(|(id, value)| (1..=14).contains(id) && (1..=16).contains(&value.len()));
    let profile = if short { ONE_BYTE_PROFILE } else { TWO_BYTE_PROFILE };
    out.extend_from_slice(&profile.to_be_bytes());
    let length_at = out.len();
    out.extend_from_slice(&[0, 0]);
    for (id, value) in items {
        match u8::try_from(value.len()) {
            Ok(size) if short => out.push(id << 4 | (size - 1)),
            Ok(size) => out.extend_from_slice(&[*id, size]),
            Err(_) => continue,
        }
        out.extend_from_slice(value);
    }
    while !(out.len() - length_at - 2).is_multiple_of(4) {
        out.push(0);
    }
    let words = (out.len() - length_at - 2) / 4;
    if let Ok(words) = u16::try_from(words) {
        out[length_at..length_at + 2].copy_from_slice(&words.to_be_bytes());
    }
}

/// A mid or rid (RFC 8852, RFC 9143 15.2): printable ASCII of at most 32 bytes.
pub fn decode_name(value: &[u8]) -> Result<&str, Malformed> {
    let fits = (1..=MAX_NAME_BYTES).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
    let name = if fits { std::str::from_utf8(value).ok() } else { None };
    name.ok_or(Malformed("not a media or stream id"))
}

/// Loudness in dBov, -127..=0 (RFC 6464 3).
pub fn decode_audio_level(value: &[u8]) -> Result<i8, Malformed> {
    let first = value.first().ok_or(Malformed("audio level empty"))?;
    Ok(-((first & 0x7F) as i8))
}

/// (capture time in ms since 1970, offset to the sender's clock in ms), of abs-capture-time.
///
/// The offset is 0 where the short form leaves it out.
pub fn decode_capture_time(value: &[u8]) -> Result<(f64, f64), Malformed> {
    let strange = Malformed("capture time of a strange length");
    if value.len() != 8 && value.len() != 16 {
        return Err(strange);
    }
    let stamp = be64(value, 0).ok_or(strange)?;
    let offset = be64(value, 8).map_or(0.0, |bits| bits as i64 as f64 * 1000.0 / NTP_UNIT);
    Ok((ntp_to_unix_ms(stamp), offset))
}

/// The short form of abs-capture-time.
#[must_use]
pub fn encode_capture_time(unix_ms: f64) -> [u8; 8] {
    unix_ms_to_ntp(unix_ms).to_be_bytes()
}

/// Milliseconds since 1970 of a 64-bit NTP time stamp of the era that began in 1900.
#[must_use]
pub fn ntp_to_unix_ms(stamp: u64) -> f64 {
    stamp as f64 * 1000.0 / NTP_UNIT - NTP_UNIX_MS
}

/// The 64-bit NTP time stamp (32.32 fixed point), modulo its era.
#[must_use]
pub fn unix_ms_to_ntp(unix_ms: f64) -> u64 {
    ((unix_ms + NTP_UNIX_MS) * NTP_UNIT / 1000.0).round().max(0.0) as u128 as u64
}

#[cfg(test)]
mod tests {
    use super::super::rtp::{Identity, fixed_header, parse_header};
    use super::*;

    fn packet(block: &[u8]) -> Vec<u8> {
        let identity = Identity { marker: false, payload_type: 96, sequence: 1, timestamp: 2, ssrc: 3 };
        let mut data = fixed_header(&identity, true).to_vec();
        data.extend_from_slice(block);
        data
    }

    fn read(block: &[u8]) -> Vec<Result<(u8, Vec<u8>), Malformed>> {
        let data = packet(block);
        let header = parse_header(&data).unwrap();
        Elements::of(&data, &header).map(|each| each.map(|(id, value)| (id, value.to_vec()))).collect()
    }

    #[test]
    fn both_forms_are_written_and_read() {
        for items in [
            vec![(1, b"5".as_slice()), (14, &[7; 16])],
            vec![(1, b"5".as_slice()), (15, &[7; 3])],
            vec![(200, b"".as_slice()), (3, &[9; 200])],
        ] {
            let mut block = Vec::new();
            write_block(&mut block, &items);

            let found = read(&block);

            let expected: Vec<_> = items.iter().map(|(id, value)| Ok((*id, value.to_vec()))).collect();
            assert_eq!(found, expected);
            assert_eq!(block.len() % 4, 0);
        }
    }

    #[test]
    fn padding_is_skipped_and_id_fifteen_ends_the_block() {
        assert_eq!(read(&[0xBE, 0xDE, 0, 1, 0, 0x30, 9, 0]), [Ok((3, vec![9]))]);
        assert_eq!(read(&[0xBE, 0xDE, 0, 1, 0xF0, 0x30, 9, 0]), []);
        assert_eq!(read(&[0x12, 0x34, 0, 1, 0x10, 9, 0, 0]), []);
    }

    #[test]
    fn cut_off_elements_are_malformed() {
        assert_eq!(read(&[0xBE, 0xDE, 0, 1, 0x15, 9, 0, 0]), [Err(CUT_OFF)]);
        assert_eq!(read(&[0x10, 0x00, 0, 1, 0, 0, 0, 1]), [Err(CUT_OFF)]);
        assert_eq!(read(&[0x10, 0x00, 0, 1, 1, 3, 9, 9]), [Err(CUT_OFF)]);
    }

    #[test]
    fn values_are_checked() {
        assert_eq!(decode_audio_level(&[0x80 | 50]), Ok(-50));
        assert!(decode_audio_level(&[]).is_err());
        assert_eq!(decode_name(b"h"), Ok("h"));
        assert!(decode_name(b"").is_err());
        assert!(decode_name(b"a b").is_err());
        assert!(decode_name(&[b'x'; 33]).is_err());
        assert!(decode_capture_time(&[0; 9]).is_err());
    }

    #[test]
    fn capture_times_keep_a_hundredth_of_a_millisecond() {
        let (stamp, offset) = decode_capture_time(&encode_capture_time(1_790_000_000_123.25)).unwrap();

        assert!((stamp - 1_790_000_000_123.25).abs() < 0.01);
        assert!(offset.abs() < f64::EPSILON);
        let mut long = encode_capture_time(1_790_000_000_000.0).to_vec();
        long.extend_from_slice(&(-(1_i64 << 31)).to_be_bytes());
        assert!((decode_capture_time(&long).unwrap().1 + 500.0).abs() < 1e-6);
    }
}
