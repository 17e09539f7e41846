//! Unprotecting in place what a peer sends.

use rustc_hash::FxHashMap;

use super::cipher::{
    Cipher, GCM_TAG_BYTES, Plane, SHORT_TAG_BYTES, counter_mode, gcm_open, gcm_rtcp_nonce, gcm_rtp_nonce,
    same, short_tag,
};
use super::replay::ReplayWindow;
use super::{BadKey, Profile, Refused};
use crate::wire::bytes::{be16, be32};
use crate::wire::rtp::clear_bytes;

const RTCP_CLEAR_BYTES: usize = 8;
const ENCRYPTED: u32 = 0x8000_0000;

/// Keys of the direction from a peer, and what was seen of each of its SSRCs.
///
/// An SSRC is kept once a packet of it was authentic; the caller bounds how many may come in.
pub struct Inbound {
    rtp: Cipher,
    rtcp: Cipher,
    rtp_seen: FxHashMap<u32, ReplayWindow>,
    rtcp_seen: FxHashMap<u32, ReplayWindow>,
}

impl Inbound {
    pub fn new(profile: Profile, key_and_salt: &[u8]) -> Result<Self, BadKey> {
        Ok(Self {
            rtp: Cipher::new(profile, key_and_salt, Plane::Rtp)?,
            rtcp: Cipher::new(profile, key_and_salt, Plane::Rtcp)?,
            rtp_seen: FxHashMap::default(),
            rtcp_seen: FxHashMap::default(),
        })
    }

    /// Frees what is kept for an SSRC.
    pub fn forget(&mut self, ssrc: u32) {
        self.rtp_seen.remove(&ssrc);
        self.rtcp_seen.remove(&ssrc);
    }

    /// Checks and decrypts an RTP packet in place; gives the length of the plaintext.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let clear = clear_bytes(packet).map_err(|_| Refused::Malformed)?;
        let sequence = be16(packet, 2).ok_or(Refused::Malformed)?;
        let ssrc = be32(packet, 8).ok_or(Refused::Malformed)?;
        let seen = self.rtp_seen.get(&ssrc);
        let index = seen.map_or(u64::from(sequence), |window| window.guess(sequence));
        seen.map_or(Ok(()), |window| window.check(index))?;
        let size = open_rtp(&self.rtp, packet, clear, ssrc, index)?;
        self.rtp_seen.entry(ssrc).or_default().note(index);
        Ok(size)
    }

    /// The same for an RTCP compound.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let ssrc = be32(packet, 4).ok_or(Refused::Malformed)?;
        let (size, index) = match &self.rtcp {
            Cipher::Gcm { key, salt } => {
                let (trailer, index) = rtcp_trailer(packet, packet.len().checked_sub(4))?;
                self.rtcp_seen.get(&ssrc).map_or(Ok(()), |window| window.check(u64::from(index)))?;
                (open_gcm_rtcp(key, salt, packet, ssrc, trailer)?, index)
            }
            Cipher::Cm { cipher, authentication, salt } => {
                let end = packet.len().checked_sub(SHORT_TAG_BYTES).ok_or(Refused::Malformed)?;
                let (trailer, index) = rtcp_trailer(packet, end.checked_sub(4))?;
                self.rtcp_seen.get(&ssrc).map_or(Ok(()), |window| window.check(u64::from(index)))?;
                same(&short_tag(authentication, &packet[..end], None), &packet[end..])?;
                if trailer & ENCRYPTED != 0 {
                    let body = &mut packet[RTCP_CLEAR_BYTES..end - 4];
                    counter_mode(cipher, salt, ssrc, u64::from(index), body);
                }
                (end - 4, index)
            }
        };
        self.rtcp_seen.entry(ssrc).or_default().note(u64::from(index));
        Ok(size)
    }
}

/// (the E flag and the index as they stand, the index alone).
fn rtcp_trailer(packet: &[u8], at: Option<usize>) -> Result<(u32, u32), Refused> {
    let at = at.filter(|&at| at >= RTCP_CLEAR_BYTES).ok_or(Refused::Malformed)?;
    let trailer = be32(packet, at).ok_or(Refused::Malformed)?;
    Ok((trailer, trailer & !ENCRYPTED))
}

fn open_rtp(
    cipher: &Cipher,
    packet: &mut [u8],
    clear: usize,
    ssrc: u32,
    index: u64,
) -> Result<usize, Refused> {
    match cipher {
        Cipher::Gcm { key, salt } => {
            let end = packet.len().checked_sub(GCM_TAG_BYTES).filter(|&end| end >= clear);
            let end = end.ok_or(Refused::Malformed)?;
            let (header, body) = packet.split_at_mut(clear);
            gcm_open(key, gcm_rtp_nonce(salt, ssrc, index), header, body)?;
            Ok(end)
        }
        Cipher::Cm { cipher, authentication, salt } => {
            let end = packet.len().checked_sub(SHORT_TAG_BYTES).filter(|&end| end >= clear);
            let end = end.ok_or(Refused::Malformed)?;
            let tag = short_tag(authentication, &packet[..end], Some((index >> 16) as u32));
            same(&tag, &packet[end..])?;
            counter_mode(cipher, salt, ssrc, index, &mut packet[clear..end]);
            Ok(end)
        }
    }
}

fn open_gcm_rtcp(
    key: &aws_lc_rs::aead::LessSafeKey,
    salt: &[u8; 12],
    packet: &mut [u8],
    ssrc: u32,
    trailer: u32,
) -> Result<usize, Refused> {
    let sealed_end = packet.len() - 4;
    let end = sealed_end.checked_sub(GCM_TAG_BYTES).filter(|&end| end >= RTCP_CLEAR_BYTES);
    let end = end.ok_or(Refused::Malformed)?;
    let nonce = gcm_rtcp_nonce(salt, ssrc, trailer & !ENCRYPTED);
    if trailer & ENCRYPTED == 0 {
        // RFC 7714 9.3: not encrypted, all of it is associated data and the tag stands alone.
        let mut tag = [0; GCM_TAG_BYTES];
        tag.copy_from_slice(&packet[end..sealed_end]);
        let mut aad = packet[..end].to_vec();
        aad.extend_from_slice(&trailer.to_be_bytes());
        gcm_open(key, nonce, &aad, &mut tag)?;
        return Ok(end);
    }
    let mut aad = [0; RTCP_CLEAR_BYTES + 4];
    aad[..RTCP_CLEAR_BYTES].copy_from_slice(&packet[..RTCP_CLEAR_BYTES]);
    aad[RTCP_CLEAR_BYTES..].copy_from_slice(&trailer.to_be_bytes());
    gcm_open(key, nonce, &aad, &mut packet[RTCP_CLEAR_BYTES..sealed_end])?;
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::super::outbound::Outbound;
    use super::*;
    use crate::wire::rtp::{Identity, fixed_header};

    const PROFILES: [Profile; 3] =
        [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1Tag80];

    fn pair(profile: Profile) -> (Outbound, Inbound) {
        let keys: Vec<u8> = (0..(profile.key_bytes() + profile.salt_bytes()) as u8).collect();
        (Outbound::new(profile, &keys).unwrap(), Inbound::new(profile, &keys).unwrap())
    }

    fn packet(sequence: u64) -> Vec<u8> {
        let sequence = sequence as u16;
        let identity = Identity { marker: false, payload_type: 96, sequence, timestamp: 1, ssrc: 5 };
        let mut data = fixed_header(&identity, true).to_vec();
        data.extend([0xBE, 0xDE, 0, 1, 0x10, b'5', 0, 0]);
        data.extend(b"payload");
        data
    }

    #[test]
    fn packets_come_back_over_many_roll_overs_and_out_of_order() {
        for profile in PROFILES {
            let (outbound, mut inbound) = pair(profile);
            let steps = (0..300_000_u64).step_by(997).map(|base| base + 65_000);
            for index in steps.flat_map(|index| [index + 3, index, index + 1]) {
                let mut data = packet(index);
                assert!(outbound.protect_rtp(&mut data, 0, index));

                let size = inbound.unprotect_rtp(&mut data).unwrap();

                assert_eq!(data[..size], packet(index), "{profile:?} {index}");
            }
        }
    }

    #[test]
    fn what_comes_twice_or_changed_or_cut_is_refused() {
        for profile in PROFILES {
            let (mut outbound, mut inbound) = pair(profile);
            let mut data = packet(9);
            assert!(outbound.protect_rtp(&mut data, 0, 9));
            let mut report = b"\x80\xc9\x00\x01\x00\x00\x00\x05more".to_vec();
            assert!(outbound.protect_rtcp(&mut report, 0));
            for at in 0..data.len() {
                let mut changed = data.clone();
                changed[at] ^= 0x40;
                assert!(inbound.unprotect_rtp(&mut changed).is_err(), "{profile:?} {at}");
                assert!(inbound.unprotect_rtp(&mut data[..at].to_vec()).is_err(), "{profile:?} {at}");
            }
            for at in 0..report.len() {
                let mut changed = report.clone();
                changed[at] ^= 0x40;
                assert!(inbound.unprotect_rtcp(&mut changed).is_err(), "{profile:?} {at}");
                assert!(inbound.unprotect_rtcp(&mut report[..at].to_vec()).is_err(), "{profile:?} {at}");
            }
            assert!(inbound.rtp_seen.is_empty() && inbound.rtcp_seen.is_empty());
            assert_eq!(inbound.unprotect_rtp(&mut data.clone()), Ok(packet(9).len()));
            assert_eq!(inbound.unprotect_rtp(&mut data.clone()), Err(Refused::Replayed));
            assert_eq!(inbound.unprotect_rtcp(&mut report.clone()), Ok(12));
            assert_eq!(inbound.unprotect_rtcp(&mut report), Err(Refused::Replayed));
            inbound.forget(5);
            assert_eq!(inbound.unprotect_rtp(&mut data), Ok(packet(9).len()));
        }
    }
}
