//! RTCP compounds that we send.

use super::rtcp::{
    BYE, FMT_AFB, FMT_FIR, FMT_NACK, FMT_PLI, FMT_TWCC, PSFB, RR, RTPFB, ReportBlock, Rtcp, SDES, SR,
};

const LOST_LIMIT: i32 = 0x7F_FFFF;

/// The bytes of a compound; `Unknown` packets are left out.
#[must_use]
pub fn write_compound(packets: &[Rtcp]) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    for packet in packets {
        write_packet(&mut out, packet);
    }
    out
}

fn write_packet(out: &mut Vec<u8>, packet: &Rtcp) {
    match packet {
        Rtcp::SenderReport { ssrc, info, blocks } => framed(out, SR, blocks.len(), |out| {
            out.extend_from_slice(&ssrc.to_be_bytes());
            out.extend_from_slice(&info.ntp.to_be_bytes());
            for word in [info.rtp_timestamp, info.packets, info.octets] {
                out.extend_from_slice(&word.to_be_bytes());
            }
            blocks.iter().for_each(|block| write_block(out, block));
        }),
        Rtcp::ReceiverReport { ssrc, blocks } => framed(out, RR, blocks.len(), |out| {
            out.extend_from_slice(&ssrc.to_be_bytes());
            blocks.iter().for_each(|block| write_block(out, block));
        }),
        Rtcp::SourceDescription(names) => framed(out, SDES, names.len(), |out| {
            names.iter().for_each(|(ssrc, name)| write_chunk(out, *ssrc, name));
        }),
        Rtcp::Bye(ssrcs) => out.extend_from_slice(&write_bye(ssrcs)),
        Rtcp::Unknown { .. } => {}
        feedback => write_feedback(out, feedback),
    }
}

fn write_feedback(out: &mut Vec<u8>, packet: &Rtcp) {
    match packet {
        Rtcp::Nack { sender, media, lost } => framed(out, RTPFB, usize::from(FMT_NACK), |out| {
            pair(out, *sender, *media);
            write_lost(out, lost);
        }),
        Rtcp::Pli { sender, media } => {
            framed(out, PSFB, usize::from(FMT_PLI), |out| pair(out, *sender, *media));
        }
        Rtcp::Fir { sender, requests } => framed(out, PSFB, usize::from(FMT_FIR), |out| {
            pair(out, *sender, 0);
            for (ssrc, number) in requests {
                out.extend_from_slice(&ssrc.to_be_bytes());
                out.extend_from_slice(&[*number, 0, 0, 0]);
            }
        }),
        Rtcp::Remb { sender, bitrate_bps, ssrcs } => framed(out, PSFB, usize::from(FMT_AFB), |out| {
            pair(out, *sender, 0);
            write_remb(out, *bitrate_bps, ssrcs);
        }),
        Rtcp::TransportFeedback(feedback) => framed(out, RTPFB, usize::from(FMT_TWCC), |out| {
            pair(out, feedback.sender, feedback.media);
            feedback.write(out);
        }),
        _ => {}
    }
}

/// A goodbye for these SSRCs, at most 31 of them.
#[must_use]
pub fn write_bye(ssrcs: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    let told = &ssrcs[..ssrcs.len().min(31)];
    framed(&mut out, BYE, told.len(), |out| {
        told.iter().for_each(|ssrc| out.extend_from_slice(&ssrc.to_be_bytes()));
    });
    out
}

/// One packet round what `body` writes; its length is padded with zeros to a multiple of four.
fn framed(out: &mut Vec<u8>, packet_type: u8, count: usize, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0x80 | (count & 0x1F) as u8, packet_type, 0, 0]);
    body(out);
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
    let words = (out.len() - start) / 4 - 1;
    out[start + 2..start + 4].copy_from_slice(&(words as u16).to_be_bytes());
}

fn pair(out: &mut Vec<u8>, first: u32, second: u32) {
    out.extend_from_slice(&first.to_be_bytes());
    out.extend_from_slice(&second.to_be_bytes());
}

fn write_block(out: &mut Vec<u8>, block: &ReportBlock) {
    let lost = block.cumulative_lost.clamp(-LOST_LIMIT - 1, LOST_LIMIT) as u32 & 0xFF_FFFF;
    out.extend_from_slice(&block.ssrc.to_be_bytes());
    out.extend_from_slice(&(u32::from(block.fraction_lost) << 24 | lost).to_be_bytes());
    for word in [block.highest_sequence, block.jitter, block.last_sender_report, block.delay] {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

fn write_chunk(out: &mut Vec<u8>, ssrc: u32, name: &[u8]) {
    let name = &name[..name.len().min(255)];
    let start = out.len();
    out.extend_from_slice(&ssrc.to_be_bytes());
    out.extend_from_slice(&[1, name.len() as u8]);
    out.extend_from_slice(name);
    out.push(0);
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
}

/// Sequence numbers in the given order, folded into (first, following 16) pairs.
fn write_lost(out: &mut Vec<u8>, lost: &[u16]) {
    let mut open: Option<(u16, u16)> = None;
    for &sequence in lost {
        if let Some((first, mask)) = open {
            let distance = sequence.wrapping_sub(first);
            if (1..=16).contains(&distance) {
                open = Some((first, mask | 1 << (distance - 1)));
                continue;
            }
            put_lost(out, first, mask);
        }
        open = Some((sequence, 0));
    }
    if let Some((first, mask)) = open {
        put_lost(out, first, mask);
    }
}

fn put_lost(out: &mut Vec<u8>, first: u16, mask: u16) {
    out.extend_from_slice(&first.to_be_bytes());
    out.extend_from_slice(&mask.to_be_bytes());
}

fn write_remb(out: &mut Vec<u8>, bitrate_bps: u64, ssrcs: &[u32]) {
    let ssrcs = &ssrcs[..ssrcs.len().min(255)];
    let exponent = (u64::BITS - bitrate_bps.leading_zeros()).saturating_sub(18);
    let mantissa = (bitrate_bps >> exponent) as u32;
    let rate = (exponent << 18 | mantissa).to_be_bytes();
    out.extend_from_slice(b"REMB");
    out.extend_from_slice(&[ssrcs.len() as u8, rate[1], rate[2], rate[3]]);
    ssrcs.iter().for_each(|ssrc| out.extend_from_slice(&ssrc.to_be_bytes()));
}
