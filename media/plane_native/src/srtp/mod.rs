//! SRTP and SRTCP (RFC 3711, RFC 7714): keys, protecting and unprotecting in place, replay windows.
//!
//! Sending keeps no state here: the caller gives the whole packet index, which its own counters never repeat.

pub mod cipher;
pub mod inbound;
pub mod kdf;
pub mod outbound;
pub mod replay;

/// The protection profiles that we speak (RFC 5764 4.1.2, RFC 7714 14.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    AeadAes128Gcm,
    AeadAes256Gcm,
    Aes128CmSha1Tag80,
}

impl Profile {
    /// The profile of a name as in `media.plane.SrtpProfile`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "AEAD_AES_128_GCM" => Some(Self::AeadAes128Gcm),
            "AEAD_AES_256_GCM" => Some(Self::AeadAes256Gcm),
            "AES128_CM_SHA1_80" => Some(Self::Aes128CmSha1Tag80),
            _ => None,
        }
    }

    #[must_use]
    pub fn key_bytes(self) -> usize {
        if self == Self::AeadAes256Gcm { 32 } else { 16 }
    }

    #[must_use]
    pub fn salt_bytes(self) -> usize {
        if self == Self::Aes128CmSha1Tag80 { 14 } else { 12 }
    }

    #[must_use]
    pub fn tag_bytes(self) -> usize {
        if self == Self::Aes128CmSha1Tag80 { 10 } else { 16 }
    }
}

/// Why a packet did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Malformed,
    NotAuthentic,
    Replayed,
}

/// A key and salt that do not fit their profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKey;
