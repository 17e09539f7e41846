//! Protecting in place what we send.

use super::cipher::{
    Cipher, GCM_TAG_BYTES, Plane, counter_mode, gcm_rtcp_nonce, gcm_rtp_nonce, gcm_seal, short_tag,
};
use super::{BadKey, Profile};
use crate::wire::bytes::be32;
use crate::wire::rtp::clear_bytes;

const RTCP_CLEAR_BYTES: usize = 8;
const ENCRYPTED: u32 = 0x8000_0000;
/// The longest trailer that protecting appends.
pub const MAX_TRAILER_BYTES: usize = GCM_TAG_BYTES + 4;

/// Keys of the direction to a peer.
pub struct Outbound {
    rtp: Cipher,
    rtcp: Cipher,
    rtcp_index: u32,
    pub tag_bytes: usize,
}

impl Outbound {
    pub fn new(profile: Profile, key_and_salt: &[u8]) -> Result<Self, BadKey> {
        Ok(Self {
            rtp: Cipher::new(profile, key_and_salt, Plane::Rtp)?,
            rtcp: Cipher::new(profile, key_and_salt, Plane::Rtcp)?,
            rtcp_index: 0,
            tag_bytes: profile.tag_bytes(),
        })
    }

    /// Protects the RTP packet `out[start..]` in place and appends its tag; false (and `out` as it was, or garbage
    /// from `start` on) if it is no packet. `index`: roll-over counter and sequence number, never used twice.
    pub fn protect_rtp(&self, out: &mut Vec<u8>, start: usize, index: u64) -> bool {
        protect_rtp(&self.rtp, out, start, index)
    }

    /// The same for an RTCP compound.
    pub fn protect_rtcp(&mut self, out: &mut Vec<u8>, start: usize) -> bool {
        self.rtcp_index = (self.rtcp_index + 1) & !ENCRYPTED;
        protect_rtcp(&self.rtcp, out, start, self.rtcp_index)
    }
}

fn protect_rtp(cipher: &Cipher, out: &mut Vec<u8>, start: usize, index: u64) -> bool {
    let Some(packet) = out.get_mut(start..) else { return false };
    let (Ok(clear), Some(ssrc)) = (clear_bytes(packet), be32(packet, 8)) else { return false };
    match cipher {
        Cipher::Gcm { key, salt } => {
            let (header, body) = packet.split_at_mut(clear);
            let Some(tag) = gcm_seal(key, gcm_rtp_nonce(salt, ssrc, index), header, body) else {
                return false;
            };
            out.extend_from_slice(tag.as_ref());
        }
        Cipher::Cm { cipher, authentication, salt } => {
            counter_mode(cipher, salt, ssrc, index, &mut packet[clear..]);
            let tag = short_tag(authentication, packet, Some((index >> 16) as u32));
            out.extend_from_slice(&tag);
        }
    }
    true
}

fn protect_rtcp(cipher: &Cipher, out: &mut Vec<u8>, start: usize, index: u32) -> bool {
    let Some(packet) = out.get_mut(start..) else { return false };
    if packet.len() < RTCP_CLEAR_BYTES {
        return false;
    }
    let Some(ssrc) = be32(packet, 4) else { return false };
    let trailer = (index | ENCRYPTED).to_be_bytes();
    match cipher {
        Cipher::Gcm { key, salt } => {
            let (header, body) = packet.split_at_mut(RTCP_CLEAR_BYTES);
            let mut aad = [0; RTCP_CLEAR_BYTES + 4];
            aad[..RTCP_CLEAR_BYTES].copy_from_slice(header);
            aad[RTCP_CLEAR_BYTES..].copy_from_slice(&trailer);
            let Some(tag) = gcm_seal(key, gcm_rtcp_nonce(salt, ssrc, index), &aad, body) else {
                return false;
            };
            out.extend_from_slice(tag.as_ref());
            out.extend_from_slice(&trailer);
        }
        Cipher::Cm { cipher, authentication, salt } => {
            counter_mode(cipher, salt, ssrc, u64::from(index), &mut packet[RTCP_CLEAR_BYTES..]);
            out.extend_from_slice(&trailer);
            let tag = short_tag(authentication, &out[start..], None);
            out.extend_from_slice(&tag);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::cipher::tests::{bytes, gcm};
    use super::*;

    const SALT: &str = "517569642070726f2071756f";
    const RTP: &str = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e6973206469766973612069\
                       6e207061727465732074726573";
    const RTCP: &str = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
                        deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

    #[test]
    fn rfc_7714_16_rtp_vectors() {
        let cases = [
            (
                Profile::AeadAes128Gcm,
                "000102030405060708090a0b0c0d0e0f",
                "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
            ),
            (
                Profile::AeadAes256Gcm,
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
            ),
        ];
        for (profile, key, expected) in cases {
            let mut out = bytes(RTP);

            assert!(protect_rtp(&gcm(profile, key, SALT), &mut out, 0, 0xF17B));

            assert_eq!(out[12..], bytes(expected), "{profile:?}");
        }
    }

    #[test]
    fn rfc_7714_17_rtcp_vector() {
        let cipher = gcm(Profile::AeadAes128Gcm, "000102030405060708090a0b0c0d0e0f", SALT);
        let mut out = bytes(RTCP);

        assert!(protect_rtcp(&cipher, &mut out, 0, 0x5D4));

        let expected = "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46\
                        86303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4";
        assert_eq!(out, bytes(expected));
    }

    #[test]
    fn counter_mode_agrees_with_the_published_packet() {
        let keys = bytes("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
        let outbound = Outbound::new(Profile::Aes128CmSha1Tag80, &keys).unwrap();
        let mut out = bytes("ffff800f1234decafbadcafebabeabababababababababababababababab");

        assert!(outbound.protect_rtp(&mut out, 2, 0x1234));

        let expected = "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb";
        assert_eq!(out[2..], bytes(expected));
    }

    #[test]
    fn what_is_no_packet_is_not_protected() {
        let mut outbound = Outbound::new(Profile::AeadAes128Gcm, &[1; 28]).unwrap();
        assert!(!outbound.protect_rtp(&mut vec![0x80; 11], 0, 1));
        assert!(!outbound.protect_rtp(&mut vec![0x80; 20], 21, 1));
        assert!(!outbound.protect_rtcp(&mut vec![0x80; 7], 0));
    }
}
