//! RTCP compounds that peers send (RFC 3550 6, RFC 4585, RFC 5104, REMB, transport-wide feedback).
//!
//! Strict about lengths and lenient about what is not known: a packet of unknown type is `Unknown`.

use super::Malformed;
use super::bytes::{be16, be24, be32, be64};
use super::twcc::TransportFeedback;

pub const MAX_PACKETS: usize = 64;
pub const MAX_LOST_SEQUENCES: usize = 4096;
pub const SR: u8 = 200;
pub const RR: u8 = 201;
pub const SDES: u8 = 202;
pub const BYE: u8 = 203;
pub const RTPFB: u8 = 205;
pub const PSFB: u8 = 206;
pub const FMT_NACK: u8 = 1;
pub const FMT_TWCC: u8 = 15;
pub const FMT_PLI: u8 = 1;
pub const FMT_FIR: u8 = 4;
pub const FMT_AFB: u8 = 15;
const BLOCK_BYTES: usize = 24;

/// How one flow arrives (RFC 3550 6.4.1); `delay` in 1/65536 s, `fraction_lost` in 1/256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    pub fraction_lost: u8,
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    pub jitter: u32,
    pub last_sender_report: u32,
    pub delay: u32,
}

/// The sender's half of a sender report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    pub ntp: u64,
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// One packet of a compound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rtcp {
    SenderReport {
        ssrc: u32,
        info: SenderInfo,
        blocks: Vec<ReportBlock>,
    },
    ReceiverReport {
        ssrc: u32,
        blocks: Vec<ReportBlock>,
    },
    /// (SSRC, CNAME) of each chunk; other items are skipped.
    SourceDescription(Vec<(u32, Vec<u8>)>),
    Bye(Vec<u32>),
    Nack {
        sender: u32,
        media: u32,
        lost: Vec<u16>,
    },
    Pli {
        sender: u32,
        media: u32,
    },
    /// (SSRC, command number) of each request (RFC 5104 4.3.1).
    Fir {
        sender: u32,
        requests: Vec<(u32, u8)>,
    },
    Remb {
        sender: u32,
        bitrate_bps: u64,
        ssrcs: Vec<u32>,
    },
    TransportFeedback(TransportFeedback),
    Unknown {
        packet_type: u8,
        count: u8,
    },
}

/// The packets of one datagram, in order.
pub fn parse_compound(data: &[u8]) -> Result<Vec<Rtcp>, Malformed> {
    let mut packets = Vec::new();
    let mut rest = data;
    if rest.len() < 4 {
        return Err(Malformed("shorter than a header"));
    }
    while !rest.is_empty() {
        if packets.len() == MAX_PACKETS {
            return Err(Malformed("compound too long"));
        }
        let words = be16(rest, 2).ok_or(Malformed("compound cut off"))?;
        let size = 4 + 4 * usize::from(words);
        if rest[0] >> 6 != 2 || size > rest.len() {
            return Err(Malformed("not version 2, or longer than the datagram"));
        }
        let (packet, after) = rest.split_at(size);
        packets.push(parse_packet(packet)?);
        rest = after;
    }
    Ok(packets)
}

fn parse_packet(packet: &[u8]) -> Result<Rtcp, Malformed> {
    let (count, packet_type) = (packet[0] & 0x1F, packet[1]);
    let mut body = &packet[4..];
    if packet[0] & 0x20 != 0 {
        let padding = body.last().map_or(0, |&byte| usize::from(byte));
        if padding == 0 || padding > body.len() {
            return Err(Malformed("padding longer than the packet"));
        }
        body = &body[..body.len() - padding];
    }
    match packet_type {
        SR => parse_sender_report(body, count),
        RR => {
            let ssrc = be32(body, 0).ok_or(Malformed("report without a sender"))?;
            Ok(Rtcp::ReceiverReport { ssrc, blocks: parse_blocks(&body[4..], count)? })
        }
        SDES => parse_description(body, count),
        BYE => {
            let ssrcs = (0..usize::from(count)).map(|index| be32(body, 4 * index)).collect::<Option<_>>();
            ssrcs.map(Rtcp::Bye).ok_or(Malformed("bye cut off"))
        }
        RTPFB => parse_transport_feedback(body, count),
        PSFB => parse_payload_feedback(body, count),
        _ => Ok(Rtcp::Unknown { packet_type, count }),
    }
}

fn parse_blocks(body: &[u8], count: u8) -> Result<Vec<ReportBlock>, Malformed> {
    let blocks = (0..usize::from(count)).map(|index| parse_block(body, index * BLOCK_BYTES));
    blocks.collect::<Option<_>>().ok_or(Malformed("report block cut off"))
}

fn parse_block(body: &[u8], at: usize) -> Option<ReportBlock> {
    let lost = be24(body, at + 5)?;
    Some(ReportBlock {
        ssrc: be32(body, at)?,
        fraction_lost: *body.get(at + 4)?,
        cumulative_lost: (lost << 8) as i32 >> 8,
        highest_sequence: be32(body, at + 8)?,
        jitter: be32(body, at + 12)?,
        last_sender_report: be32(body, at + 16)?,
        delay: be32(body, at + 20)?,
    })
}

fn parse_sender_report(body: &[u8], count: u8) -> Result<Rtcp, Malformed> {
    let cut = Malformed("sender report cut off");
    let ssrc = be32(body, 0).ok_or(cut)?;
    let info = SenderInfo {
        ntp: be64(body, 4).ok_or(cut)?,
        rtp_timestamp: be32(body, 12).ok_or(cut)?,
        packets: be32(body, 16).ok_or(cut)?,
        octets: be32(body, 20).ok_or(cut)?,
    };
    Ok(Rtcp::SenderReport { ssrc, info, blocks: parse_blocks(&body[24..], count)? })
}

fn parse_description(body: &[u8], count: u8) -> Result<Rtcp, Malformed> {
    let mut names = Vec::new();
    let mut offset = 0;
    for _ in 0..count {
        let ssrc = be32(body, offset).ok_or(Malformed("description chunk cut off"))?;
        let (next, name) = parse_items(body, offset + 4)?;
        names.push((ssrc, name));
        offset = next;
    }
    Ok(Rtcp::SourceDescription(names))
}

/// (where the next chunk begins, the CNAME or nothing).
fn parse_items(body: &[u8], mut offset: usize) -> Result<(usize, Vec<u8>), Malformed> {
    let mut name = Vec::new();
    loop {
        let kind = *body.get(offset).ok_or(Malformed("description without an end"))?;
        if kind == 0 {
            return Ok(((offset / 4 + 1) * 4, name));
        }
        let cut = Malformed("description item cut off");
        let size = usize::from(*body.get(offset + 1).ok_or(cut)?);
        let value = body.get(offset + 2..offset + 2 + size).ok_or(cut)?;
        if kind == 1 {
            name = value.to_vec();
        }
        offset += 2 + size;
    }
}

/// (sender, media) SSRC, and what follows them.
fn feedback(body: &[u8]) -> Result<(u32, u32, &[u8]), Malformed> {
    let cut = Malformed("feedback cut off");
    Ok((be32(body, 0).ok_or(cut)?, be32(body, 4).ok_or(cut)?, &body[8..]))
}

fn parse_transport_feedback(body: &[u8], count: u8) -> Result<Rtcp, Malformed> {
    let (sender, media, rest) = feedback(body)?;
    match count {
        FMT_NACK => Ok(Rtcp::Nack { sender, media, lost: parse_lost(rest)? }),
        FMT_TWCC => Ok(Rtcp::TransportFeedback(TransportFeedback::parse(sender, media, rest)?)),
        _ => Ok(Rtcp::Unknown { packet_type: RTPFB, count }),
    }
}

fn parse_lost(rest: &[u8]) -> Result<Vec<u16>, Malformed> {
    if !rest.len().is_multiple_of(4) {
        return Err(Malformed("loss list cut off"));
    }
    let mut lost = Vec::new();
    for pair in rest.chunks_exact(4) {
        let (first, mask) = (u16::from_be_bytes([pair[0], pair[1]]), u16::from_be_bytes([pair[2], pair[3]]));
        lost.push(first);
        lost.extend((0..16).filter(|bit| mask >> bit & 1 == 1).map(|bit| first.wrapping_add(bit + 1)));
        if lost.len() > MAX_LOST_SEQUENCES {
            return Err(Malformed("loss list too long"));
        }
    }
    Ok(lost)
}

fn parse_payload_feedback(body: &[u8], count: u8) -> Result<Rtcp, Malformed> {
    let (sender, media, rest) = feedback(body)?;
    match count {
        FMT_PLI => Ok(Rtcp::Pli { sender, media }),
        FMT_FIR if !rest.len().is_multiple_of(8) => Err(Malformed("refresh request cut off")),
        FMT_FIR => {
            let requests = rest.chunks_exact(8);
            let requests = requests
                .map(|each| (u32::from_be_bytes([each[0], each[1], each[2], each[3]]), each[4]))
                .collect();
            Ok(Rtcp::Fir { sender, requests })
        }
        FMT_AFB if rest.starts_with(b"REMB") => parse_remb(sender, &rest[4..]),
        _ => Ok(Rtcp::Unknown { packet_type: PSFB, count }),
    }
}

fn parse_remb(sender: u32, rest: &[u8]) -> Result<Rtcp, Malformed> {
    let cut = Malformed("estimate cut off");
    let count = usize::from(*rest.first().ok_or(cut)?);
    let rate = be24(rest, 1).ok_or(cut)?;
    let ssrcs = (0..count).map(|index| be32(rest, 4 + 4 * index)).collect::<Option<_>>().ok_or(cut)?;
    let (exponent, mantissa) = (rate >> 18, u64::from(rate & 0x3_FFFF));
    let bitrate_bps = if exponent > 45 { u64::MAX } else { mantissa << exponent };
    Ok(Rtcp::Remb { sender, bitrate_bps, ssrcs })
}

#[cfg(test)]
mod tests {
    use super::super::rtcp_write::{write_bye, write_compound};
    use super::*;

    fn block() -> ReportBlock {
        ReportBlock {
            ssrc: 9,
            fraction_lost: 64,
            cumulative_lost: -3,
            highest_sequence: 70_000,
            jitter: 5,
            last_sender_report: 77,
            delay: 88,
        }
    }

    fn all() -> Vec<Rtcp> {
        let info = SenderInfo { ntp: 1 << 40, rtp_timestamp: 2, packets: 3, octets: 4 };
        vec![
            Rtcp::SenderReport { ssrc: 1, info, blocks: vec![block()] },
            Rtcp::ReceiverReport { ssrc: 1, blocks: vec![block(), block()] },
            Rtcp::SourceDescription(vec![(1, b"scopecast".to_vec()), (2, b"abc".to_vec())]),
            Rtcp::Nack { sender: 1, media: 2, lost: vec![65_535, 0, 1, 16, 300] },
            Rtcp::Pli { sender: 1, media: 2 },
            Rtcp::Fir { sender: 1, requests: vec![(5, 7)] },
            Rtcp::Remb { sender: 1, bitrate_bps: 8_000_000, ssrcs: vec![4, 5] },
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        let data = write_compound(&all());

        assert_eq!(parse_compound(&data).unwrap(), all());
    }

    #[test]
    fn every_truncation_is_malformed_or_shorter() {
        for packet in all() {
            let data = write_compound(std::slice::from_ref(&packet));
            for size in 0..data.len() {
                assert!(parse_compound(&data[..size]).is_err(), "{packet:?} {size}");
            }
        }
    }

    #[test]
    fn bye_and_unknown_types_are_framed_only() {
        assert_eq!(parse_compound(&write_bye(&[6, 7])).unwrap(), [Rtcp::Bye(vec![6, 7])]);
        let unknown = [0x82, 207, 0, 1, 1, 2, 3, 4];
        assert_eq!(parse_compound(&unknown).unwrap(), [Rtcp::Unknown { packet_type: 207, count: 2 }]);
        assert!(parse_compound(&[0x82, 203, 0, 1, 1, 2, 3, 4]).is_err());
    }

    #[test]
    fn padding_must_lie_within_its_packet() {
        let mut data = write_compound(&[Rtcp::Pli { sender: 1, media: 2 }]);
        data[0] |= 0x20;
        data[3] += 1;
        data.extend([0, 0, 0, 4]);
        assert_eq!(parse_compound(&data).unwrap(), [Rtcp::Pli { sender: 1, media: 2 }]);
        data[15] = 13;
        assert!(parse_compound(&data).is_err());
        data[15] = 0;
        assert!(parse_compound(&data).is_err());
    }

    #[test]
    fn a_loss_list_has_an_end() {
        let mut body = vec![0x81, 205, 0x01, 0x02, 0, 0, 0, 1, 0, 0, 0, 2];
        for index in 0_u16..256 {
            body.extend_from_slice(&index.to_be_bytes());
            body.extend_from_slice(&[0xFF, 0xFF]);
        }
        assert!(parse_compound(&body).is_err());
    }
}
