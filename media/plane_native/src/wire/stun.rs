//! STUN messages as ICE uses them: framing, the sender's name, integrity (RFC 8489, RFC 8445).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use super::Malformed;
use super::bytes::{be16, be32};
use super::demux::STUN_HEADER_BYTES;

pub const COOKIE: u32 = 0x2112_A442;
pub const BINDING_REQUEST: u16 = 0x0001;
pub const BINDING_INDICATION: u16 = 0x0011;
pub const BINDING_SUCCESS: u16 = 0x0101;
pub const BINDING_ERROR: u16 = 0x0111;
pub const USERNAME: u16 = 0x0006;
pub const MESSAGE_INTEGRITY: u16 = 0x0008;
pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
pub const PRIORITY: u16 = 0x0024;
pub const USE_CANDIDATE: u16 = 0x0025;
pub const FINGERPRINT: u16 = 0x8028;
pub const ICE_CONTROLLED: u16 = 0x8029;
pub const ICE_CONTROLLING: u16 = 0x802A;
pub const FINGERPRINT_XOR: u32 = 0x5354_554E;
pub const INTEGRITY_BYTES: usize = 20;

pub type Transaction = [u8; 12];

/// What a message says; integrity is not checked by parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StunMessage<'a> {
    pub kind: u16,
    pub transaction: Transaction,
    pub username: Option<&'a [u8]>,
    pub is_nominating: bool,
    pub is_controlled: bool,
    /// An attribute that must be understood (below 0x8000) and is not known here.
    pub has_unknown: bool,
    integrity_at: Option<usize>,
    fingerprint_at: Option<usize>,
    data: &'a [u8],
}

impl<'a> StunMessage<'a> {
    /// The message of a whole datagram, header and framing of all attributes checked.
    pub fn parse(data: &'a [u8]) -> Result<Self, Malformed> {
        let short = Malformed("shorter than a STUN header");
        let kind = be16(data, 0).ok_or(short)?;
        let length = usize::from(be16(data, 2).ok_or(short)?);
        let transaction = data.get(8..STUN_HEADER_BYTES).and_then(|id| id.try_into().ok()).ok_or(short)?;
        if be32(data, 4) != Some(COOKIE)
            || !length.is_multiple_of(4)
            || length + STUN_HEADER_BYTES != data.len()
        {
            return Err(Malformed("not a STUN message"));
        }
        let mut message = Self {
            kind,
            transaction,
            username: None,
            is_nominating: false,
            is_controlled: false,
            has_unknown: false,
            integrity_at: None,
            fingerprint_at: None,
            data,
        };
        message.read_attributes()?;
        Ok(message)
    }

    fn read_attributes(&mut self) -> Result<(), Malformed> {
        let cut = Malformed("STUN attribute cut off");
        let mut offset = STUN_HEADER_BYTES;
        while offset < self.data.len() {
            let kind = be16(self.data, offset).ok_or(cut)?;
            let size = usize::from(be16(self.data, offset + 2).ok_or(cut)?);
            let value = self.data.get(offset + 4..offset + 4 + size).ok_or(cut)?;
            match kind {
                // RFC 8489 14.5: what follows the integrity is not protected, and ignored but for the fingerprint.
                FINGERPRINT => self.fingerprint_at = Some(offset),
                _ if self.integrity_at.is_some() => {}
                USERNAME => self.username = self.username.or(Some(value)),
                MESSAGE_INTEGRITY if size == INTEGRITY_BYTES => self.integrity_at = Some(offset),
                USE_CANDIDATE => self.is_nominating = true,
                ICE_CONTROLLED => self.is_controlled = true,
                PRIORITY | XOR_MAPPED_ADDRESS => {}
                known_or_optional => self.has_unknown |= known_or_optional < 0x8000 && known_or_optional != 9,
            }
            offset += 4 + size.next_multiple_of(4);
        }
        Ok(())
    }

    /// The part of USERNAME before the colon: the receiver's ufrag (RFC 8445 7.2.2).
    #[must_use]
    pub fn local_ufrag(&self) -> Option<&'a [u8]> {
        let username = self.username?;
        let colon = username.iter().position(|&byte| byte == b':')?;
        Some(&username[..colon])
    }

    /// Whether MESSAGE-INTEGRITY is there and made with this key (RFC 8489 14.5).
    #[must_use]
    pub fn has_integrity(&self, key: &hmac::Key) -> bool {
        let Some(at) = self.integrity_at else { return false };
        let Some(told) = self.data.get(at + 4..at + 4 + INTEGRITY_BYTES) else { return false };
        let made = integrity(&self.data[..at], key);
        verify_slices_are_equal(&made, told).is_ok()
    }

    /// Whether FINGERPRINT, if it is there, fits (RFC 8489 14.7).
    #[must_use]
    pub fn has_sound_fingerprint(&self) -> bool {
        let Some(at) = self.fingerprint_at else { return true };
        let made = crc32fast::hash(&self.data[..at]) ^ FINGERPRINT_XOR;
        at + 8 == self.data.len() && be32(self.data, at + 4) == Some(made)
    }
}

/// The key of a short-term credential (RFC 8489 9.1.1); ICE passwords are plain ASCII.
#[must_use]
pub fn integrity_key(password: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, password)
}

/// MESSAGE-INTEGRITY of a message that ends before the attribute; its length field is taken as if it ended
/// with it.
pub(super) fn integrity(before: &[u8], key: &hmac::Key) -> [u8; INTEGRITY_BYTES] {
    let length = (before.len() - STUN_HEADER_BYTES + 4 + INTEGRITY_BYTES) as u16;
    let mut context = hmac::Context::with_key(key);
    context.update(&before[..2]);
    context.update(&length.to_be_bytes());
    context.update(&before[4..]);
    let mut made = [0; INTEGRITY_BYTES];
    made.copy_from_slice(context.sign().as_ref());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769 2.1, sample request.
    const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74\
        002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5\
        b2d3f249c1b571a280280004e57a3bcf";
    const PASSWORD: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn the_sample_request_of_rfc_5769_is_read_and_proved() {
        let data = bytes(REQUEST);

        let message = StunMessage::parse(&data).unwrap();

        assert_eq!(message.kind, BINDING_REQUEST);
        assert_eq!(message.username, Some(b"evtj:h6vY".as_slice()));
        assert_eq!(message.local_ufrag(), Some(b"evtj".as_slice()));
        assert!(message.is_controlled && !message.is_nominating && !message.has_unknown);
        assert!(message.has_integrity(&integrity_key(PASSWORD)));
        assert!(!message.has_integrity(&integrity_key(b"another")));
        assert!(message.has_sound_fingerprint());
    }

    #[test]
    fn a_changed_bit_breaks_the_proof() {
        let whole = bytes(REQUEST);
        for at in [20, 45, 60, 88] {
            let mut data = whole.clone();
            data[at] ^= 1;
            if let Ok(message) = StunMessage::parse(&data) {
                let sound = message.has_sound_fingerprint();
                assert!(!(sound && message.has_integrity(&integrity_key(PASSWORD))), "{at}");
            }
        }
    }

    #[test]
    fn framing_is_checked() {
        let whole = bytes(REQUEST);
        for size in 0..whole.len() {
            assert!(StunMessage::parse(&whole[..size]).is_err(), "{size}");
        }
        let mut longer = whole.clone();
        longer.extend([0; 4]);
        assert!(StunMessage::parse(&longer).is_err());
        let mut other_cookie = whole;
        other_cookie[4] ^= 1;
        assert!(StunMessage::parse(&other_cookie).is_err());
    }
}
