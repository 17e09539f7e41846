//! Properties of the parsers and writers over arbitrary input.

use plane_native::codec::dependency::Descriptor;
use plane_native::codec::place::Place;
use plane_native::codec::{Codec, PictureDelta};
use plane_native::core::bandwidth::estimator::{Estimator, Told};
use plane_native::core::bandwidth::log::SendLog;
use plane_native::core::bandwidth::{MAX_BPS, MIN_BPS};
use plane_native::wire::demux::classify;
use plane_native::wire::extensions::{Elements, write_block};
use plane_native::wire::red::{Redundant, open_red, write_red_head};
use plane_native::wire::rtcp::{ReportBlock, Rtcp, SenderInfo, parse_compound};
use plane_native::wire::rtcp_write::write_compound;
use plane_native::wire::rtp::{Identity, fixed_header, parse_header, unwrap_rtx};
use plane_native::wire::stun::{StunMessage, integrity_key};
use plane_native::wire::stun_write::success_response;
use plane_native::wire::twcc::TransportFeedback;
use proptest::collection::vec;
use proptest::prelude::*;

fn block() -> impl Strategy<Value = ReportBlock> {
    (any::<u32>(), any::<u8>(), -0x80_0000..0x7F_FFFF_i32, any::<[u32; 4]>()).prop_map(
        |(ssrc, fraction_lost, cumulative_lost, rest)| ReportBlock {
            ssrc,
            fraction_lost,
            cumulative_lost,
            highest_sequence: rest[0],
            jitter: rest[1],
            last_sender_report: rest[2],
            delay: rest[3],
        },
    )
}

fn packet() -> impl Strategy<Value = Rtcp> {
    let info = (any::<u64>(), any::<[u32; 3]>()).prop_map(|(ntp, rest)| SenderInfo {
        ntp,
        rtp_timestamp: rest[0],
        packets: rest[1],
        octets: rest[2],
    });
    let name = "[a-z]{1,20}".prop_map(String::into_bytes);
    prop_oneof![
        (any::<u32>(), info, vec(block(), 0..31)).prop_map(|(ssrc, info, blocks)| Rtcp::SenderReport {
            ssrc,
            info,
            blocks
        }),
        (any::<u32>(), vec(block(), 0..31)).prop_map(|(ssrc, blocks)| Rtcp::ReceiverReport { ssrc, blocks }),
        vec((any::<u32>(), name), 0..31).prop_map(Rtcp::SourceDescription),
        (any::<u32>(), any::<u32>()).prop_map(|(sender, media)| Rtcp::Pli { sender, media }),
        (any::<u32>(), vec((any::<u32>(), any::<u8>()), 0..20))
            .prop_map(|(sender, requests)| Rtcp::Fir { sender, requests }),
        (any::<u32>(), 0..0x3_FFFF_u64, 0..40_u32, vec(any::<u32>(), 0..10)).prop_map(
            |(sender, mantissa, exponent, ssrcs)| Rtcp::Remb {
                sender,
                bitrate_bps: mantissa << exponent,
                ssrcs
            }
        ),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(data in vec(any::<u8>(), 0..300)) {
        let _ = classify(&data);
        let _ = parse_header(&data).map(|header| {
            Elements::of(&data, &header).for_each(drop);
            let _ = open_red(&data, &header, 111);
            unwrap_rtx(&data, &header, 1, 2)
        });
        let _ = parse_compound(&data);
        let _ = StunMessage::parse(&data).map(|message| message.has_integrity(&integrity_key(b"k")));
        let _ = Descriptor::parse(&data, None);
        let _ = TransportFeedback::parse(1, 2, &data);
        for codec in [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1, Codec::Opus] {
            let _ = codec.begins_keyframe(&data);
            let _ = Place::of_payload(codec, &data);
        }
    }

    #[test]
    fn compounds_come_back_as_they_were(packets in vec(packet(), 1..8)) {
        prop_assert_eq!(parse_compound(&write_compound(&packets)).unwrap(), packets);
    }

    #[test]
    fn lost_sequences_come_back_in_order(start in any::<u16>(), steps in vec(1..40_u16, 1..200)) {
        let lost: Vec<u16> = steps
            .iter()
            .scan(start, |at, step| { *at = at.wrapping_add(*step); Some(*at) })
            .collect();
        let data = write_compound(&[Rtcp::Nack { sender: 1, media: 2, lost: lost.clone() }]);
        prop_assert_eq!(parse_compound(&data).unwrap(), [Rtcp::Nack { sender: 1, media: 2, lost }]);
    }

    #[test]
    fn arrivals_come_back_in_time(
        base in any::<u16>(), start in 0..1_i64 << 33, steps in vec((1..9_u16, -3_000..60_000_i64), 1..120)
    ) {
        let mut at = (base, start);
        let arrivals: Vec<(u16, i64)> = steps
            .iter()
            .map(|(gap, wait)| { at = (at.0.wrapping_add(*gap), (at.1 + wait).max(start)); at })
            .collect();
        let (made, held) = TransportFeedback::of(1, 2, 3, &arrivals).unwrap();
        prop_assert_eq!(held, arrivals.len());
        let data = write_compound(&[Rtcp::TransportFeedback(made.clone())]);
        prop_assert_eq!(parse_compound(&data).unwrap(), [Rtcp::TransportFeedback(made.clone())]);
        let epoch = arrivals[0].1.div_euclid(64_000 << 24) * (64_000 << 24);
        for ((sequence, at_us), (told, told_us)) in arrivals.iter().zip(made.arrivals()) {
            prop_assert_eq!(*sequence, told);
            let off = (at_us - epoch - told_us).rem_euclid(64_000 << 24);
            prop_assert!(off < 250, "{} {}", at_us, told_us);
        }
    }

    #[test]
    fn no_feedback_moves_an_estimate_beyond_its_bounds(
        goal in 0.0..1e9_f64,
        steps in vec((0.0..300.0_f64, 0..2_000_usize, any::<Option<u32>>(), 0..40_u16), 1..300),
    ) {
        let (mut log, mut estimator, mut now_ms) = (SendLog::default(), Estimator::default(), 0.0);
        estimator.goal_bps = goal;
        for (wait_ms, bytes, arrived, back) in steps {
            now_ms += wait_ms;
            estimator.begin_probe(now_ms);
            log.sent(bytes, estimator.probe_number(), now_ms);
            if let Some(probe) = estimator.sending_probe() {
                let _ = probe.missing(now_ms);
                probe.left(bytes);
            }
            let sent = log.find(log.next_number().wrapping_sub(back)).copied();
            let told = sent.map(|sent| Told { sent, arrived_ms: arrived.map(|at| f64::from(at) / 4.0) });
            estimator.on_feedback(told.as_slice(), now_ms, wait_ms);
            if let Some(bps) = estimator.bitrate_bps() {
                prop_assert!((MIN_BPS..=MAX_BPS).contains(&bps), "{}", bps);
                prop_assert!((0.0..=1.0).contains(&estimator.fraction_lost()));
                prop_assert!(estimator.queue_ms() >= 0.0);
            }
        }
    }

    #[test]
    fn extension_blocks_come_back(items in vec((1..=14_u8, vec(any::<u8>(), 0..40)), 0..6)) {
        let identity = Identity { marker: true, payload_type: 96, sequence: 1, timestamp: 2, ssrc: 3 };
        let mut data = fixed_header(&identity, !items.is_empty()).to_vec();
        let borrowed: Vec<(u8, &[u8])> = items.iter().map(|(id, value)| (*id, value.as_slice())).collect();
        write_block(&mut data, &borrowed);
        data.extend_from_slice(b"payload");
        let header = parse_header(&data).unwrap();
        let found: Result<Vec<_>, _> = Elements::of(&data, &header).collect();
        prop_assert_eq!(found.unwrap(), borrowed);
        prop_assert_eq!(header.payload(&data), b"payload");
    }

    #[test]
    fn voice_comes_out_as_it_went_in(
        before in vec(any::<u8>(), 1..400), now in vec(any::<u8>(), 1..400),
        back in 1..0x4000_u32, timestamp in any::<u32>(), sequence in any::<u16>(),
    ) {
        let identity = Identity { marker: false, payload_type: 63, sequence, timestamp, ssrc: 7 };
        let mut data = fixed_header(&identity, false).to_vec();
        let earlier = Redundant::of(&now, timestamp, &before, timestamp.wrapping_sub(back)).unwrap();
        write_red_head(&mut data, Some(&earlier), 111);
        data.extend_from_slice(&now);

        let opened = open_red(&data, &parse_header(&data).unwrap(), 111).unwrap();

        let primary = parse_header(&opened.primary).unwrap();
        prop_assert_eq!(primary.payload(&opened.primary), &now[..]);
        prop_assert_eq!((primary.sequence, primary.timestamp), (sequence, timestamp));
        let first = parse_header(&opened.earlier[0]).unwrap();
        prop_assert_eq!(first.payload(&opened.earlier[0]), &before[..]);
        prop_assert_eq!(first.sequence, sequence.wrapping_sub(1));
        prop_assert_eq!(first.timestamp, timestamp.wrapping_sub(back));
    }

    #[test]
    fn answers_prove_themselves(id in any::<[u8; 12]>(), ip in any::<[u8; 16]>(), port in any::<u16>()) {
        let key = integrity_key(b"a password");
        let data = success_response(&id, (std::net::Ipv6Addr::from(ip), port).into(), &key);
        let message = StunMessage::parse(&data).unwrap();
        prop_assert!(message.has_integrity(&key) && message.has_sound_fingerprint());
        prop_assert!(!message.has_integrity(&integrity_key(b"another")));
    }

    #[test]
    fn moved_pictures_are_read_moved(
        id in 0..0x8000_u16, tl0 in any::<u8>(), by in any::<u16>(), tl0_by in any::<u8>(), flags in any::<bool>()
    ) {
        let head = if flags { [0xB0, 0x80 | (id >> 8) as u8] } else { [0xA0, 0x80 | (id >> 8) as u8] };
        let vp9 = [head[0], head[1], id as u8, 0x20, tl0, 1, 2];
        let vp8 = [0x90, 0xC0, 0x80 | (id >> 8) as u8, id as u8, tl0, 0x10, 1];
        for (codec, payload) in [(Codec::Vp8, vp8), (Codec::Vp9, vp9)] {
            let before = codec.picture(&payload).unwrap();
            let mut moved = payload;
            before.patch(&mut moved, PictureDelta { id: by, tl0: tl0_by, frame: 0 });
            let after = codec.picture(&moved).unwrap();
            prop_assert_eq!(after.id, before.id.wrapping_add(by) & 0x7FFF);
            prop_assert_eq!(after.tl0_at.map(|_| after.tl0), before.tl0_at.map(|_| tl0.wrapping_add(tl0_by)));
        }
    }
}
