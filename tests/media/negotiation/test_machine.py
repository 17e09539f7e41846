"""The answering side: what is accepted, what stays, what is refused."""

from dataclasses import replace

import pytest

from media.allocation.contracts import CONTRACTS
from media.client import MediaRefused
from media.control import OfferedPublication
from media.negotiation.agreement import Agreement, DtlsRole, LocalTransport
from media.negotiation.machine import Negotiation
from media.negotiation.sdp import Fingerprint, parse_offer
from media.plane import Codec
from platform_api.kernel.ids import PublicationId
from platform_api.kernel.rooms import Source
from tests.support.offers import FINGERPRINT, PASSWORD, UFRAG, offer, section

LOCAL = LocalTransport(
    ufrag="serverufrag",
    password="s" * 24,
    fingerprints=(Fingerprint(algorithm="sha-256", value="CD:" * 31 + "CD"),),
    candidates=("1 1 udp 2130706431 192.0.2.7 7882 typ host",),
)
RENEWED = replace(LOCAL, ufrag="renewed", password="r" * 24)
SCOPE = OfferedPublication(mid="0", source=Source.SCOPE)
VOICE = OfferedPublication(mid="1", source=Source.VOICE)


def answer_to(
    text: str,
    *publications: OfferedPublication,
    may: frozenset[Source] = frozenset(Source),
    negotiation: Negotiation | None = None,
) -> Agreement:
    negotiation = negotiation or Negotiation(LOCAL, lambda: RENEWED)
    return negotiation.answer(text, publications=publications, may_publish=may)


def refusal(text: str, *publications: OfferedPublication, may: frozenset[Source] = frozenset(Source)) -> str:
    with pytest.raises(MediaRefused) as refused:
        answer_to(text, *publications, may=may)
    return refused.value.code


def test_publisher_gets_its_first_codec_with_retransmission_and_start_bitrate() -> None:
    text = offer(
        section(
            "0",
            direction="sendonly",
            extra=["a=ssrc-group:FID 11 12", "a=ssrc:11 cname:x", "a=ssrc:12 cname:x"],
        ),
        section("1", "audio", "sendonly"),
    )

    agreement = answer_to(text, SCOPE, VOICE)

    video, audio = agreement.tracks
    assert (video.codec, video.payload_type, video.rtx_payload_type) == (Codec.VP8, 96, 97)
    assert (video.ssrcs, video.rtx_ssrcs) == ((11,), {11: 12})
    assert video.extensions.mid == 1
    assert (video.extensions.transport_cc, audio.extensions.transport_cc) == (3, 3)
    assert (audio.codec, audio.clock_rate) == (Codec.OPUS, 48_000)
    lines = agreement.answer.split("\r\n")
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97" in lines
    assert "a=group:BUNDLE 0 1" in lines
    assert any(line.startswith("a=fmtp:96 x-google-start-bitrate=") for line in lines)
    assert "a=rtcp-fb:96 nack pli" in lines
    assert "a=rtcp-fb:96 transport-cc" in lines
    assert "a=rtcp-fb:111 transport-cc" in lines
    assert lines.count("a=recvonly") == 2
    assert lines.count("a=setup:passive") == 2
    assert lines.count("a=candidate:1 1 udp 2130706431 192.0.2.7 7882 typ host") == 2
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=0" in lines


def test_answer_is_an_offer_that_our_own_reader_understands() -> None:
    agreement = answer_to(offer(section("0"), section("1", "audio")))

    read = parse_offer(agreement.answer)

    assert [item.mid for item in read.sections] == ["0", "1"]
    assert read.sections[0].fingerprints == LOCAL.fingerprints
    assert read.candidates == LOCAL.candidates * 2


def test_a_track_has_the_rank_of_its_sources_contract() -> None:
    text = offer(section("0", direction="sendonly"), section("1", "audio", "sendonly"))

    video, audio = answer_to(text, SCOPE, VOICE).tracks

    assert video.spec(PublicationId("anna.scope")).rank == CONTRACTS[Source.SCOPE].rank == 1
    assert audio.spec(PublicationId("anna.voice")).rank == CONTRACTS[Source.VOICE].rank == 0


def test_simulcast_layers_are_answered_in_order() -> None:
    rids = ["a=rid:h send", "a=rid:m send", "a=rid:l send", "a=simulcast:send h;m;l"]

    agreement = answer_to(offer(section("0", direction="sendonly", extra=rids)), SCOPE)

    assert agreement.tracks[0].rids == ("h", "m", "l")
    assert agreement.tracks[0].extensions.rid == 10
    assert "a=rid:m recv\r\n" in agreement.answer
    assert "a=simulcast:recv h;m;l\r\n" in agreement.answer


def test_voice_is_taken_and_sent_redundantly_where_every_block_is_the_voice() -> None:
    red = ("a=rtpmap:111 opus/48000/2", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111")
    text = offer(section("0"), section("1", "audio", "sendonly", media=red), section("2", "audio", media=red))
    foreign = text.replace("a=fmtp:63 111/111", "a=fmtp:63 111/0")

    agreement = answer_to(text, VOICE)
    without = answer_to(foreign, VOICE)

    (voice,), slot = agreement.tracks, agreement.slots[-1]
    assert (voice.payload_type, voice.red_payload_type) == (111, 63)
    assert voice.spec(PublicationId("anna.voice")).red_payload_type == 63
    assert (slot.payload_types, slot.red_payload_type) == ({Codec.OPUS: 111}, 63)
    lines = agreement.answer.split("\r\n")
    assert lines.count("m=audio 9 UDP/TLS/RTP/SAVPF 63 111") == 2  # preferred, or a browser sends none
    assert lines.count("a=rtpmap:63 red/48000/2") == lines.count("a=fmtp:63 111/111") == 2
    assert (without.tracks[0].red_payload_type, without.slots[-1].red_payload_type) == (None, None)
    assert "red/48000" not in without.answer


def test_slots_keep_their_identity_when_sections_are_added() -> None:
    negotiation = Negotiation(LOCAL, lambda: RENEWED)
    first = answer_to(offer(section("0"), section("1", "audio")), negotiation=negotiation)

    second = answer_to(
        offer(section("0"), section("1", "audio"), section("2"), section("3", direction="sendonly")),
        OfferedPublication(mid="3", source=Source.HAND),
        negotiation=negotiation,
    )

    assert second.slots[:2] == first.slots
    assert [slot.mid for slot in second.slots] == ["0", "1", "2"]
    assert [track.source for track in second.tracks] == [Source.HAND]
    assert len({ssrc for slot in second.slots for ssrc in (slot.ssrc, slot.rtx_ssrc)} - {None}) == 5
    assert second.remote == first.remote


def test_slot_takes_every_codec_that_can_be_forwarded() -> None:
    slot = answer_to(offer(section("0"))).slots[0]

    assert slot.payload_types == {Codec.VP8: 96, Codec.H264: 102, Codec.VP9: 98, Codec.AV1: 45}
    assert slot.rtx_payload_types == {Codec.VP8: 97, Codec.H264: 103}


def test_transport_wide_numbers_need_one_who_reports_on_them() -> None:
    text = offer(section("0"), section("1", "audio"))

    both = answer_to(text)
    neither = answer_to(text.replace("transport-cc", "other"))

    assert [slot.extensions.transport_cc for slot in both.slots] == [3, 3]
    assert [slot.extensions.transport_cc for slot in neither.slots] == [None, None]
    assert "transport-wide-cc" not in neither.answer


def test_capture_times_and_dependencies_are_taken_both_ways() -> None:
    offered = [
        "a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
        "a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    ]
    text = offer(
        section("0", direction="sendonly", extra=offered),
        section("1", "audio", "sendonly", extra=offered),
        section("2", extra=offered),
        section("3", "audio", extra=offered),
    )

    agreement = answer_to(text, SCOPE, VOICE)

    agreed = [track.extensions for track in agreement.tracks]
    agreed += [slot.extensions for slot in agreement.slots]
    assert [ids.abs_capture_time for ids in agreed] == [4, 4, 4, 4]
    assert [ids.dependency_descriptor for ids in agreed] == [12, None, 12, None]
    lines = agreement.answer.split("\r\n")
    assert [lines.count(line) for line in offered] == [4, 2]


def test_long_and_short_header_extensions_are_mixed_where_that_is_offered() -> None:
    plain = offer(section("0"))
    mixed = plain.replace("t=0 0", "t=0 0\r\na=extmap-allow-mixed")
    assert mixed != plain

    answers = [answer_to(text).answer for text in (plain, mixed)]

    assert ["a=extmap-allow-mixed" in answer for answer in answers] == [False, True]


def test_sending_section_that_shows_nothing_stays_silent() -> None:
    agreement = answer_to(offer(section("0", direction="sendonly")))

    assert agreement.tracks == ()
    assert "a=inactive" in agreement.answer


def test_data_section_and_foreign_codecs_are_rejected_alone() -> None:
    data = [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=mid:9",
        "a=sctp-port:5000",
    ]
    pcm = section("8", "audio", media=("a=rtpmap:0 PCMU/8000",))

    agreement = answer_to(offer(section("0"), data, pcm))

    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel" in agreement.answer
    assert "m=audio 0 UDP/TLS/RTP/SAVPF 0" in agreement.answer
    assert "a=group:BUNDLE 0\r\n" in agreement.answer


def test_dtls_role_is_the_other_of_the_offers() -> None:
    roles = {
        setup: answer_to(offer(section("0"), setup=setup)).remote.role
        for setup in ("actpass", "active", "passive")
    }

    assert roles == {"actpass": DtlsRole.SERVER, "active": DtlsRole.SERVER, "passive": DtlsRole.CLIENT}


def test_source_must_be_allowed_known_and_of_the_sections_kind() -> None:
    text = offer(section("0", direction="sendonly"), section("1", "audio", "sendonly"))

    allowed = answer_to(text, SCOPE, may=frozenset({Source.SCOPE}))

    assert [track.source for track in allowed.tracks] == [Source.SCOPE]
    assert refusal(text, SCOPE, may=frozenset({Source.HAND})) == "media.source_not_allowed"
    assert refusal(text, OfferedPublication(mid="1", source=Source.SCOPE)) == "media.source_unknown"
    assert refusal(text, OfferedPublication(mid="7", source=Source.SCOPE)) == "media.source_unknown"


def test_MD_03_offers_without_fingerprint_or_security_are_refused() -> None:
    assert answer_to(offer(section("0"))).remote.fingerprints[0].algorithm == "sha-256"

    assert refusal(offer(section("0"), fingerprint=None)) == "media.no_fingerprint"
    assert (
        refusal(offer(section("0"), fingerprint=FINGERPRINT.replace("sha-256", "md5")))
        == "media.no_fingerprint"
    )
    for profile in ("RTP/AVP", "RTP/AVPF", "RTP/SAVPF"):
        assert refusal(offer(section("0", profile=profile))) == "media.not_secure"


def test_publication_without_a_common_codec_is_refused() -> None:
    text = offer(section("0", direction="sendonly", media=("a=rtpmap:96 H265/90000",)))

    assert refusal(text, SCOPE) == "media.no_common_codec"


@pytest.mark.parametrize(
    ("known", "other"),
    [(UFRAG, "other567"), (PASSWORD, "q" * 24), (FINGERPRINT, FINGERPRINT.replace("AB", "EF"))],
)
def test_half_another_transport_on_a_living_peer_is_refused_and_changes_nothing(
    known: str, other: str
) -> None:
    negotiation = Negotiation(LOCAL, lambda: RENEWED)
    first = answer_to(offer(section("0")), negotiation=negotiation)

    with pytest.raises(MediaRefused) as refused:
        answer_to(offer(section("0")).replace(known, other), negotiation=negotiation)

    assert refused.value.code == "media.sdp_invalid"
    assert answer_to(offer(section("0")), negotiation=negotiation).slots == first.slots
    assert negotiation.ufrag == LOCAL.ufrag


def test_new_credentials_are_answered_with_new_ones_and_all_else_stays() -> None:
    negotiation = Negotiation(LOCAL, lambda: RENEWED)
    first = answer_to(offer(section("0")), negotiation=negotiation)
    again = offer(section("0")).replace(UFRAG, "other567").replace(PASSWORD, "q" * 24)

    restarted = answer_to(again, negotiation=negotiation)
    repeated = answer_to(again, negotiation=negotiation)

    assert (first.local, restarted.local, repeated.local) == (None, RENEWED, None)
    assert (restarted.remote.ufrag, restarted.remote.role) == ("other567", first.remote.role)
    assert restarted.slots == first.slots
    for answer in (restarted.answer, repeated.answer):
        assert parse_offer(answer).sections[0].ufrag == RENEWED.ufrag


def test_restart_by_fragment_needs_two_new_credentials_and_names_the_section_that_speaks_for_all() -> None:
    negotiation = Negotiation(LOCAL, lambda: RENEWED)
    answer_to(offer(section("0"), section("1", "audio")), negotiation=negotiation)

    for ufrag, password in ((UFRAG, "q" * 24), ("other567", PASSWORD), ("other567", "short")):
        with pytest.raises(MediaRefused):
            negotiation.restart(ufrag, password, ())
    agreed = negotiation.restart("other567", "q" * 24, ())

    assert (agreed.kind, agreed.mid, agreed.local) == ("video", "0", RENEWED)
    assert agreed.remote.password == "q" * 24
