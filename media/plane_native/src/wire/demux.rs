//! What a datagram is, from its first bytes alone (RFC 7983).

pub const STUN_HEADER_BYTES: usize = 20;
pub const DTLS_HEADER_BYTES: usize = 13;
pub const SRTP_MIN_BYTES: usize = 12 + 10;
pub const SRTCP_MIN_BYTES: usize = 8 + 4 + 10;

/// The protocol of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

/// Why a datagram has no kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKind {
    Short,
    Unknown,
}

/// The kind of a datagram, or why it is dropped.
pub fn classify(data: &[u8]) -> Result<Kind, NoKind> {
    if data.len() < 12 {
        return Err(NoKind::Short);
    }
    let (kind, least) = match data[0] {
        128..=191 if (192..=223).contains(&data[1]) => (Kind::Rtcp, SRTCP_MIN_BYTES),
        128..=191 => (Kind::Rtp, SRTP_MIN_BYTES),
        0..=3 => (Kind::Stun, STUN_HEADER_BYTES),
        20..=63 => (Kind::Dtls, DTLS_HEADER_BYTES),
        _ => return Err(NoKind::Unknown),
    };
    if data.len() < least { Err(NoKind::Short) } else { Ok(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(first: u8, second: u8, size: usize) -> Vec<u8> {
        let mut data = vec![0; size.max(2)];
        data[0] = first;
        data[1] = second;
        data.truncate(size);
        data
    }

    #[test]
    fn kinds_are_told_by_the_first_byte() {
        let cases = [
            (0, 0, Err(NoKind::Short)),
            (128, 11, Err(NoKind::Short)),
            (128, 21, Err(NoKind::Short)),
            (128, 40, Ok(Kind::Rtp)),
            (191, 40, Ok(Kind::Rtp)),
            (0, 19, Err(NoKind::Short)),
            (3, 20, Ok(Kind::Stun)),
            (4, 40, Err(NoKind::Unknown)),
            (19, 40, Err(NoKind::Unknown)),
            (20, 12, Err(NoKind::Short)),
            (63, 13, Ok(Kind::Dtls)),
            (64, 40, Err(NoKind::Unknown)),
            (192, 40, Err(NoKind::Unknown)),
        ];
        for (first, size, kind) in cases {
            assert_eq!(classify(&datagram(first, 96, size)), kind, "{first} {size}");
        }
    }

    #[test]
    fn reports_are_told_by_the_second_byte() {
        assert_eq!(classify(&datagram(128, 200, 42)), Ok(Kind::Rtcp));
        assert_eq!(classify(&datagram(128, 200, 21)), Err(NoKind::Short));
    }
}
