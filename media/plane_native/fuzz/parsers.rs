//! What every parser makes of bytes of strangers, in words that both planes say alike.
//!
//! Used by the replay of the corpus (`tests/corpus.rs`) and by the fuzz target; the Python plane says the same of the same
//! inputs in `tests/support/parsers.py`.

use std::fmt::Write;
use std::sync::Arc;

use plane_native::codec::dependency::{Descriptor, Frame, Structure};
use plane_native::codec::place::{Place, Sync};
use plane_native::codec::{Codec, PictureDelta};
use plane_native::wire::demux::{Kind, NoKind, classify};
use plane_native::wire::extensions::{Elements, decode_audio_level, decode_capture_time, decode_name};
use plane_native::wire::red::open_red;
use plane_native::wire::rtcp::parse_compound;
use plane_native::wire::rtcp_write::write_compound;
use plane_native::wire::rtp::{parse_header, unwrap_rtx};
use plane_native::wire::stun::{StunMessage, integrity_key};
use plane_native::wire::twcc::TransportFeedback;

pub const PARSERS: [&str; 12] =
    ["demux", "rtp", "red", "extensions", "rtcp", "twcc", "stun", "descriptor", "VP8", "VP9", "H264", "AV1"];

/// Read by the native plane alone: above both planes STUN is read by a library.
#[allow(dead_code)] // the fuzz target needs no such list
pub const OWN: [&str; 1] = ["stun"];

const REFUSED: &str = "!";

/// What the parser makes of the bytes; asserts what must hold of anything that it takes.
#[must_use]
pub fn describe(parser: &str, data: &[u8]) -> String {
    match parser {
        "demux" => demux(data).to_owned(),
        "rtp" => rtp(data),
        "red" => red(data),
        "extensions" => extensions(data),
        "rtcp" => rtcp(data),
        "twcc" => twcc(data),
        "stun" => stun(data),
        "descriptor" => descriptor(data),
        codec => payload(codec, data),
    }
}

fn hex(data: &[u8]) -> String {
    data.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn demux(data: &[u8]) -> &'static str {
    match classify(data) {
        Ok(Kind::Rtp) => "rtp",
        Ok(Kind::Rtcp) => "rtcp",
        Ok(Kind::Stun) => "stun",
        Ok(Kind::Dtls) => "dtls",
        Err(NoKind::Short) => "short",
        Err(NoKind::Unknown) => "unknown",
    }
}

fn rtp(data: &[u8]) -> String {
    let Ok(header) = parse_header(data) else { return REFUSED.into() };
    assert!(header.payload_start <= header.payload_end && header.payload_end <= data.len());
    let plain = unwrap_rtx(data, &header, 1, 96);
    if let Ok(plain) = &plain {
        assert!(parse_header(plain).is_ok());
    }
    format!(
        "{} {} {} {} {} {} {} {} {}",
        u8::from(header.marker),
        header.payload_type,
        header.sequence,
        header.timestamp,
        header.ssrc,
        header.extension_profile,
        header.payload_start,
        header.payload_end,
        plain.map_or(REFUSED.into(), |plain| hex(&plain))
    )
}

/// Redundant audio taken apart: what came before, the oldest first, then the packet itself.
fn red(data: &[u8]) -> String {
    let Ok(header) = parse_header(data) else { return REFUSED.into() };
    let Ok(opened) = open_red(data, &header, 111) else { return REFUSED.into() };
    let packets = opened.earlier.iter().chain([&opened.primary]);
    let told = packets.map(|packet| {
        let inner = parse_header(packet).expect("a packet that we made");
        assert!(inner.payload_type == 111 && inner.ssrc == header.ssrc && !inner.payload(packet).is_empty());
        hex(packet)
    });
    let told: Vec<String> = told.collect();
    assert!(opened.primary.len() <= data.len());
    told.join(" ")
}

fn extensions(data: &[u8]) -> String {
    let Ok(header) = parse_header(data) else { return REFUSED.into() };
    let mut said = String::new();
    for element in Elements::of(data, &header) {
        let Ok((id, value)) = element else { return said + REFUSED };
        let level = decode_audio_level(value).map_or(REFUSED.into(), |level| level.to_string());
        let name = decode_name(value).unwrap_or(REFUSED);
        // Times differ in the last bit of a float between languages: whole milliseconds are told.
        let times = decode_capture_time(value).map(|(stamp, offset)| ((stamp + 0.25).floor(), offset));
        let taken = times.map_or(REFUSED.into(), |(stamp, _)| format!("{stamp:.0}"));
        let _ = write!(said, "{id}:{}:{level}:{name}:{taken};", hex(value));
    }
    said
}

fn rtcp(data: &[u8]) -> String {
    let Ok(packets) = parse_compound(data) else { return REFUSED.into() };
    let written = write_compound(&packets);
    if let Ok(again) = parse_compound(&written) {
        assert!(again.len() <= packets.len());
    }
    hex(&written)
}

fn twcc(data: &[u8]) -> String {
    let Ok(feedback) = TransportFeedback::parse(1, 2, data) else { return REFUSED.into() };
    assert!(feedback.arrivals().count() <= feedback.packets.len());
    let mut again = Vec::new();
    feedback.write(&mut again);
    assert_eq!(TransportFeedback::parse(1, 2, &again).as_ref(), Ok(&feedback));
    hex(&again)
}

fn stun(data: &[u8]) -> String {
    let Ok(message) = StunMessage::parse(data) else { return REFUSED.into() };
    let ufrag = message.local_ufrag();
    assert!(ufrag.is_none_or(|ufrag| ufrag.len() < data.len()));
    let proof = (message.has_integrity(&integrity_key(b"password")), message.has_sound_fingerprint());
    format!("{} {proof:?}", ufrag.map_or(REFUSED.into(), hex))
}

/// Read once by itself, and once more after itself, as a packet that follows it.
fn descriptor(data: &[u8]) -> String {
    let Ok(first) = Descriptor::parse(data, None) else { return REFUSED.into() };
    let mut said = one_descriptor(&first);
    if let Some(known) = &first.structure {
        said += &structure(known);
        let follows = [data[0], 1, 2, data[data.len() - 1] & 0x7F, data[data.len() / 2], data[0], 0, 0, 0];
        for size in [3, follows.len()] {
            let after = Descriptor::parse(&follows[..size], Some(known));
            said += &after.map_or(REFUSED.into(), |after| one_descriptor(&after));
        }
    }
    said
}

fn one_descriptor(told: &Descriptor) -> String {
    let (begins, ends) = (u8::from(told.begins_frame), u8::from(told.ends_frame));
    let active = told.active.map_or(-1, i64::from);
    let frame = told.frame.as_ref().map_or(REFUSED.into(), |frame| {
        let place = place(Some(Place::of_frame(frame, told.begins_frame, told.ends_frame)));
        format!("{place} {}", targets(frame))
    });
    format!("{begins} {ends} {} {} {active} [{frame}]", told.template, told.frame_number)
}

fn targets(frame: &Frame) -> String {
    let said = (0..usize::from(frame.structure.decode_targets)).map(|target| {
        let diff = frame.chain_diff(target).map_or(-1, i16::from);
        format!(
            "{}{}{diff}",
            u8::from(frame.indications.is_present(target)),
            u8::from(frame.indications.may_switch(target))
        )
    });
    said.collect::<Vec<_>>().join(",")
}

fn structure(known: &Arc<Structure>) -> String {
    let layers: Vec<String> =
        known.templates.iter().map(|each| format!("{}{}", each.spatial, each.temporal)).collect();
    let found: Vec<String> = (0..4)
        .flat_map(|spatial| (0..4).map(move |temporal| (spatial, temporal)))
        .map(|(spatial, temporal)| known.target(spatial, temporal).map_or(-1, |at| at as i64).to_string())
        .collect();
    format!(
        "<{} {} {} {:?} {:?} {} {:?}>",
        known.first_template,
        known.decode_targets,
        layers.join(","),
        known.protected_by,
        known.resolutions,
        found.join(","),
        known.highest()
    )
}

fn payload(codec: &str, data: &[u8]) -> String {
    let Some(codec) = Codec::named(codec) else { return REFUSED.into() };
    let picture = codec.picture(data);
    if let Some(picture) = picture {
        let mut copy = data.to_vec();
        picture.patch(&mut copy, PictureDelta { id: 1, tl0: 1, frame: 0 });
        assert_eq!(copy.len(), data.len());
    }
    let numbers = picture.map_or(REFUSED.into(), |picture| {
        let place = |at: Option<u8>| at.map_or(-1, i16::from);
        let bits = if picture.id_at.is_none() { 0 } else { 7 + 8 * u8::from(picture.is_wide) };
        format!("{} {} {bits} {} {}", picture.id, place(picture.id_at), picture.tl0, place(picture.tl0_at))
    });
    format!("{} {numbers} {}", u8::from(codec.begins_keyframe(data)), place(Place::of_payload(codec, data)))
}

fn place(found: Option<Place>) -> String {
    let Some(found) = found else { return REFUSED.into() };
    let sync = match found.sync {
        Sync::None => "none",
        Sync::Own => "own",
        Sync::Above => "above",
    };
    let (begins, ends) = (u8::from(found.begins_frame), u8::from(found.ends_frame));
    format!("{}{} {begins}{ends} {sync}", found.spatial, found.temporal)
}
