//! The one STUN message that the plane makes: the success response to a check (RFC 8445 7.3.1).

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::hmac;

use super::stun::{
    BINDING_SUCCESS, COOKIE, FINGERPRINT, FINGERPRINT_XOR, INTEGRITY_BYTES, MESSAGE_INTEGRITY, Transaction,
    XOR_MAPPED_ADDRESS, integrity,
};

/// A binding success response that tells the asker the address it asked from.
#[must_use]
pub fn success_response(transaction: &Transaction, mapped: SocketAddr, key: &hmac::Key) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    out.extend_from_slice(&BINDING_SUCCESS.to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&COOKIE.to_be_bytes());
    out.extend_from_slice(transaction);
    write_mapped(&mut out, transaction, mapped);
    let made = integrity(&out, key);
    attribute(&mut out, MESSAGE_INTEGRITY, &made);
    set_length(&mut out, 8);
    let checksum = crc32fast::hash(&out) ^ FINGERPRINT_XOR;
    attribute(&mut out, FINGERPRINT, &checksum.to_be_bytes());
    out
}

fn write_mapped(out: &mut Vec<u8>, transaction: &Transaction, mapped: SocketAddr) {
    let port = mapped.port() ^ (COOKIE >> 16) as u16;
    let mut value = Vec::with_capacity(INTEGRITY_BYTES);
    let mut mask = COOKIE.to_be_bytes().to_vec();
    mask.extend_from_slice(transaction);
    let (family, octets) = match mapped.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    value.extend_from_slice(&[0, family]);
    value.extend_from_slice(&port.to_be_bytes());
    value.extend(octets.iter().zip(&mask).map(|(octet, mask)| octet ^ mask));
    attribute(out, XOR_MAPPED_ADDRESS, &value);
}

/// Appends an attribute whose value is a multiple of four bytes long.
fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value);
}

/// Sets the length field to what is there and `more` bytes to come.
fn set_length(out: &mut [u8], more: usize) {
    let length = (out.len() - 20 + more) as u16;
    out[2..4].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::bytes::{be16, be32};
    use super::super::stun::{StunMessage, integrity_key};
    use super::*;

    #[test]
    fn an_answer_is_whole_and_tells_the_address() {
        let key = integrity_key(b"password");
        for address in ["192.0.2.1:32853", "[2001:db8::9]:7"] {
            let address: SocketAddr = address.parse().unwrap();

            let data = success_response(&[7; 12], address, &key);

            let message = StunMessage::parse(&data).unwrap();
            assert_eq!((message.kind, message.transaction), (BINDING_SUCCESS, [7; 12]));
            assert!(message.has_integrity(&key) && message.has_sound_fingerprint());
            assert_eq!(be16(&data, 26).unwrap() ^ 0x2112, address.port());
            if let IpAddr::V4(ip) = address.ip() {
                assert_eq!(be32(&data, 28).unwrap() ^ COOKIE, u32::from(ip));
            }
        }
    }
}
