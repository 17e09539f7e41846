//! The two ways of protecting bytes under session keys: AES-GCM, and AES counter mode with HMAC-SHA1.

use aes::Aes128;
use aes::cipher::{InnerIvInit, KeyInit, StreamCipher};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use ctr::CtrCore;
use ctr::cipher::StreamCipherCoreWrapper;
use ctr::flavors::Ctr128BE;

use super::kdf::{Label, derive};
use super::{BadKey, Profile, Refused};

pub const GCM_TAG_BYTES: usize = 16;
pub const SHORT_TAG_BYTES: usize = 10;

/// Session keys of RTP or RTCP of one direction.
pub enum Cipher {
    Gcm { key: Box<LessSafeKey>, salt: [u8; 12] },
    Cm { cipher: Box<Aes128>, authentication: Box<hmac::Key>, salt: [u8; 14] },
}

/// Which session keys to derive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    Rtp,
    Rtcp,
}

impl Cipher {
    /// Derives the session keys from key and salt as DTLS gives them, one after the other.
    pub fn new(profile: Profile, key_and_salt: &[u8], plane: Plane) -> Result<Self, BadKey> {
        if key_and_salt.len() != profile.key_bytes() + profile.salt_bytes() {
            return Err(BadKey);
        }
        let (master, salt) = key_and_salt.split_at(profile.key_bytes());
        let labels = match plane {
            Plane::Rtp => (Label::RtpKey, Label::RtpAuthentication, Label::RtpSalt),
            Plane::Rtcp => (Label::RtcpKey, Label::RtcpAuthentication, Label::RtcpSalt),
        };
        let key = derive(master, salt, labels.0, profile.key_bytes())?;
        let authentication = derive(master, salt, labels.1, 20)?;
        let salt = derive(master, salt, labels.2, profile.salt_bytes())?;
        Self::of_session_keys(profile, &key, &authentication, &salt)
    }

    fn of_session_keys(profile: Profile, key: &[u8], sign: &[u8], salt: &[u8]) -> Result<Self, BadKey> {
        if profile == Profile::Aes128CmSha1Tag80 {
            return Ok(Self::Cm {
                cipher: Box::new(Aes128::new_from_slice(key).map_err(|_| BadKey)?),
                authentication: Box::new(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, sign)),
                salt: salt.try_into().map_err(|_| BadKey)?,
            });
        }
        let algorithm = if profile == Profile::AeadAes128Gcm { &AES_128_GCM } else { &AES_256_GCM };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, key).map_err(|_| BadKey)?);
        Ok(Self::Gcm { key: Box::new(key), salt: salt.try_into().map_err(|_| BadKey)? })
    }
}

/// Encrypts `body` in place and gives its tag (RFC 7714 8.1, 9.1).
pub(super) fn gcm_seal(key: &LessSafeKey, nonce: [u8; 12], aad: &[u8], body: &mut [u8]) -> Option<Tag> {
    key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body).ok()
}

/// Checks and decrypts `body`, whose last bytes are the tag, in place.
pub(super) fn gcm_open(
    key: &LessSafeKey,
    nonce: [u8; 12],
    aad: &[u8],
    body: &mut [u8],
) -> Result<(), Refused> {
    let opened = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body);
    opened.map(|_| ()).map_err(|_| Refused::NotAuthentic)
}

/// The nonce of an RTP packet (RFC 7714 8.1).
pub(super) fn gcm_rtp_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[6..12].copy_from_slice(&index.to_be_bytes()[2..]);
    xor(&mut nonce, salt);
    nonce
}

/// The nonce of an RTCP packet (RFC 7714 9.1).
pub(super) fn gcm_rtcp_nonce(salt: &[u8; 12], ssrc: u32, index: u32) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
    nonce[8..12].copy_from_slice(&index.to_be_bytes());
    xor(&mut nonce, salt);
    nonce
}

/// Encrypts or decrypts in place (RFC 3711 4.1.1); `index` has 48 bits for RTP, 31 for RTCP.
pub(super) fn counter_mode(cipher: &Aes128, salt: &[u8; 14], ssrc: u32, index: u64, body: &mut [u8]) {
    let mut counter = [0; 16];
    counter[4..8].copy_from_slice(&ssrc.to_be_bytes());
    counter[8..14].copy_from_slice(&index.to_be_bytes()[2..]);
    xor(&mut counter[..14], salt);
    let core = CtrCore::<&Aes128, Ctr128BE>::inner_iv_init(cipher, &counter.into());
    StreamCipherCoreWrapper::from_core(core).apply_keystream(body);
}

/// The shortened HMAC-SHA1 over these bytes and, for RTP, the roll-over counter (RFC 3711 4.2).
pub(super) fn short_tag(key: &hmac::Key, data: &[u8], roll_over: Option<u32>) -> [u8; SHORT_TAG_BYTES] {
    let mut context = hmac::Context::with_key(key);
    context.update(data);
    if let Some(roll_over) = roll_over {
        context.update(&roll_over.to_be_bytes());
    }
    let mut tag = [0; SHORT_TAG_BYTES];
    tag.copy_from_slice(&context.sign().as_ref()[..SHORT_TAG_BYTES]);
    tag
}

/// Compares in constant time.
pub(super) fn same(made: &[u8], told: &[u8]) -> Result<(), Refused> {
    verify_slices_are_equal(made, told).map_err(|_| Refused::NotAuthentic)
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    bytes.iter_mut().zip(with).for_each(|(byte, other)| *byte ^= other);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pairs = digits.chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    /// A cipher with the session keys of a test vector that gives those.
    pub(crate) fn gcm(profile: Profile, key: &str, salt: &str) -> Cipher {
        Cipher::of_session_keys(profile, &bytes(key), &[], &bytes(salt)).unwrap()
    }

    #[test]
    fn the_key_stream_of_rfc_3711_b_2_comes_out() {
        let cipher = Aes128::new_from_slice(&bytes("2B7E151628AED2A6ABF7158809CF4F3C")).unwrap();
        let salt: [u8; 14] = bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
        let mut stream = [0; 48];

        counter_mode(&cipher, &salt, 0, 0, &mut stream);

        let expected = "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB\
                        41E95B3BB0A2E8DD477901E4FCA894C0";
        assert_eq!(stream.as_slice(), bytes(expected));
    }

    #[test]
    fn keys_must_fit_the_profile() {
        for profile in [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1Tag80] {
            let size = profile.key_bytes() + profile.salt_bytes();
            assert!(Cipher::new(profile, &vec![1; size], Plane::Rtp).is_ok());
            assert!(Cipher::new(profile, &vec![1; size - 1], Plane::Rtp).is_err());
        }
    }
}
