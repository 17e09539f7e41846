//! Every seed, each of its truncations and each of its single-byte changes, given to every parser.

use plane_native::codec::dependency::Descriptor;
use plane_native::codec::{Codec, PictureDelta};
use plane_native::wire::demux::classify;
use plane_native::wire::extensions::{Elements, decode_audio_level, decode_capture_time, decode_name, find};
use plane_native::wire::rtcp::parse_compound;
use plane_native::wire::rtcp_write::write_compound;
use plane_native::wire::rtp::{parse_header, unwrap_rtx};
use plane_native::wire::stun::{StunMessage, integrity_key};
use plane_native::wire::twcc::TransportFeedback;

const SEEDS: [&str; 6] = [
    include_str!("corpus/rtp.hex"),
    include_str!("corpus/rtcp.hex"),
    include_str!("corpus/stun.hex"),
    include_str!("corpus/payload.hex"),
    include_str!("corpus/dependency.hex"),
    include_str!("corpus/twcc.hex"),
];
const CODECS: [Codec; 5] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1, Codec::Opus];

fn seeds() -> Vec<Vec<u8>> {
    let lines = SEEDS.iter().flat_map(|file| file.lines()).filter(|line| !line.starts_with('#'));
    lines.map(bytes).filter(|seed| !seed.is_empty()).collect()
}

fn bytes(line: &str) -> Vec<u8> {
    let digits: Vec<u8> = line.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// All that the plane ever does with bytes of strangers; gives how many parsers took them.
fn parse_everything(data: &[u8]) -> usize {
    let mut taken = usize::from(classify(data).is_ok());
    taken += usize::from(parse_rtp(data));
    if let Ok(packets) = parse_compound(data) {
        taken += 1;
        if let Ok(again) = parse_compound(&write_compound(&packets)) {
            assert!(again.len() <= packets.len());
        }
    }
    if let Ok(message) = StunMessage::parse(data) {
        taken += 1;
        let _ = (message.has_integrity(&integrity_key(b"password")), message.has_sound_fingerprint());
        assert!(message.local_ufrag().is_none_or(|ufrag| ufrag.len() < data.len()));
    }
    if let Ok(feedback) = TransportFeedback::parse(1, 2, data) {
        taken += 1;
        assert!(feedback.arrivals().count() <= feedback.packets.len());
        let mut again = Vec::new();
        feedback.write(&mut again);
        assert_eq!(TransportFeedback::parse(1, 2, &again), Ok(feedback));
    }
    for codec in CODECS {
        let _ = codec.begins_keyframe(data);
        if let Some(picture) = codec.picture(data) {
            let mut copy = data.to_vec();
            picture.patch(&mut copy, PictureDelta { id: 1, tl0: 1, frame: 0 });
            assert_eq!(copy.len(), data.len());
        }
    }
    taken + usize::from(Descriptor::parse(data, None).is_ok())
}

fn parse_rtp(data: &[u8]) -> bool {
    let Ok(header) = parse_header(data) else { return false };
    assert!(header.payload_start <= header.payload_end && header.payload_end <= data.len());
    for (_, value) in Elements::of(data, &header).map_while(Result::ok) {
        let _ = (decode_name(value), decode_audio_level(value), decode_capture_time(value));
    }
    let _ = find(data, &header, Some(1));
    if let Ok(plain) = unwrap_rtx(data, &header, 1, 96) {
        assert!(parse_header(&plain).is_ok());
    }
    true
}

#[test]
fn every_seed_is_known_to_a_parser() {
    assert!(seeds().len() > 30);
    let known = seeds().iter().filter(|seed| parse_everything(seed) > 0).count();
    assert!(known > 25, "{known}");
}

#[test]
fn truncations_and_changes_of_seeds_never_panic() {
    for seed in seeds() {
        for size in 0..=seed.len() {
            parse_everything(&seed[..size]);
        }
        for place in 0..seed.len() {
            for value in [0, 1, 0x0F, 0x7F, 0x80, 0xFF, seed[place] ^ 0x10, seed[place].wrapping_add(1)] {
                let mut changed = seed.clone();
                changed[place] = value;
                parse_everything(&changed);
            }
        }
    }
}
