//! Session keys from a master key and salt (RFC 3711 4.3, RFC 7714 11).

use aes::cipher::{InnerIvInit, KeyInit, StreamCipher};
use aes::{Aes128, Aes256};
use ctr::CtrCore;
use ctr::cipher::StreamCipherCoreWrapper;
use ctr::flavors::Ctr128BE;

use super::BadKey;

/// What a session key is for (RFC 3711 4.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    RtpKey = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpKey = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

const SALT_BYTES: usize = 14;
const LABEL_AT: usize = 7;

/// `size` bytes of the key for a label; the key derivation rate is zero, as everywhere.
pub fn derive(master_key: &[u8], master_salt: &[u8], label: Label, size: usize) -> Result<Vec<u8>, BadKey> {
    if master_salt.len() > SALT_BYTES {
        return Err(BadKey);
    }
    let mut counter = [0; 16];
    counter[..master_salt.len()].copy_from_slice(master_salt);
    counter[LABEL_AT] ^= label as u8;
    let mut out = vec![0; size];
    match master_key.len() {
        16 => keystream::<Aes128>(master_key, counter, &mut out),
        32 => keystream::<Aes256>(master_key, counter, &mut out),
        _ => Err(BadKey),
    }?;
    Ok(out)
}

fn keystream<C>(key: &[u8], counter: [u8; 16], out: &mut [u8]) -> Result<(), BadKey>
where
    C: KeyInit
        + aes::cipher::BlockCipherEncrypt
        + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    let cipher = C::new_from_slice(key).map_err(|_| BadKey)?;
    let core = CtrCore::<C, Ctr128BE>::inner_iv_init(cipher, &counter.into());
    StreamCipherCoreWrapper::from_core(core).apply_keystream(out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::cipher::tests::bytes;
    use super::*;

    #[test]
    fn the_keys_of_rfc_3711_b_3_are_derived() {
        let key = bytes("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = bytes("0EC675AD498AFEEBB6960B3AABE6");

        let derived = |label, size| derive(&key, &salt, label, size).unwrap();

        assert_eq!(derived(Label::RtpKey, 16), bytes("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derived(Label::RtpSalt, 14), bytes("30CBBC08863D8C85D49DB34A9AE1"));
        assert_eq!(
            derived(Label::RtpAuthentication, 94),
            bytes(
                "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270\
                 986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2DC68"
            )[..94]
        );
    }

    #[test]
    fn keys_of_other_sizes_are_refused() {
        assert_eq!(derive(&[0; 15], &[0; 14], Label::RtpKey, 16), Err(BadKey));
        assert_eq!(derive(&[0; 16], &[0; 15], Label::RtpKey, 16), Err(BadKey));
    }
}
