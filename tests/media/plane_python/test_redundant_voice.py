"""Voice with the packet before it: made for who speaks it, taken apart for who does not, used for repair."""

import pytest

from media.core.red import Redundant, open_red, red_payload
from media.core.rtcp import Nack
from media.plane import PacketPlane, SrtpProfile, TapPacket
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import AUDIO_SSRC, audio_slot, audio_track
from tests.support.rtp_peer import Received, RtpPeer

VOICE = PublicationId("anna.voice")
RED, OPUS, THEIR_OPUS, THEIR_RED = 63, 111, 96, 98


def say(peer: RtpPeer, *numbers: int) -> None:
    """Plain packets; each says its number."""
    for number in numbers:
        body = b"voice %d" % number
        peer.send(body, sequence=number, timestamp=960 * number, ssrc=AUDIO_SSRC, payload_type=OPUS)


def say_twice(peer: RtpPeer, *numbers: int) -> None:
    """Redundant packets, each with the one before it."""
    for number in numbers:
        before = Redundant(960, b"voice %d" % (number - 1))
        body = red_payload(b"voice %d" % number, before, block_type=OPUS)
        peer.send(body, sequence=number, timestamp=960 * number, ssrc=AUDIO_SSRC, payload_type=RED)


def listening(plane: PacketPlane, peer: RtpPeer, *, red: bool) -> None:
    slot = audio_slot(payload_type=THEIR_OPUS, red_payload_type=THEIR_RED if red else None)
    plane.set_slots(peer.id, [slot])
    plane.attach(peer.id, "6", VOICE)


def words(received: list[Received]) -> list[bytes]:
    """What plain packets say."""
    assert {packet.header.payload_type for packet in received} == {THEIR_OPUS}
    return [packet.payload for packet in received]


@pytest.mark.parametrize("profile", [SrtpProfile.AEAD_AES_128_GCM, SrtpProfile.AES128_CM_SHA1_80])
async def test_who_speaks_it_gets_each_packet_with_the_one_before_though_it_came_plain(
    plane: PacketPlane, make_peer: MakePeer, profile: SrtpProfile
) -> None:
    anna, ben = make_peer("anna", profile=profile), make_peer("ben", profile=profile)
    plane.set_tracks(anna.id, [audio_track()])
    listening(plane, ben, red=True)

    say(anna, 1, 2, 3, 5)
    received = await ben.packets(4)

    assert {packet.header.payload_type for packet in received} == {THEIR_RED}
    opened = [open_red(packet.data, packet.header, block_type=THEIR_OPUS) for packet in received]
    assert [each.primary[-7:] for each in opened] == [b"voice 1", b"voice 2", b"voice 3", b"voice 5"]
    assert [[each[12:] for each in item.earlier] for item in opened] == [[], [b"voice 1"], [b"voice 2"], []]
    second = received[1].header
    assert opened[1].earlier[0][4:8] == (second.timestamp - 960 & 0xFFFFFFFF).to_bytes(4, "big")


async def test_who_does_not_speak_it_and_the_recorder_get_the_voice_alone_with_what_was_lost(
    plane: PacketPlane, make_peer: MakePeer
) -> None:
    anna, ben = make_peer("anna"), make_peer("ben")
    plane.set_tracks(anna.id, [audio_track(red_payload_type=RED)])
    listening(plane, ben, red=False)
    tapped: list[TapPacket] = []
    plane.tap(VOICE, tapped.append)

    say_twice(anna, 1, 2, 4, 5, 8)  # 3 and 7 are in what follows them, 6 is lost
    received = await ben.packets(7)
    await ben.until_plane(lambda: len(tapped) >= 7)

    said = [b"voice %d" % number for number in (1, 2, 3, 4, 5, 7, 8)]
    assert words(received) == said
    first = received[0].header
    numbers = [
        (item.header.sequence - first.sequence, item.header.timestamp - first.timestamp) for item in received
    ]
    assert [(step, stamp & 0xFFFFFFFF) for step, stamp in numbers] == [
        (step, 960 * step) for step in (0, 1, 2, 3, 4, 6, 7)
    ]
    assert [packet.data[12:] for packet in tapped] == said
    assert {packet.data[1] & 0x7F for packet in tapped} == {OPUS}
    assert plane.counters()["in.recovered"] == 2


async def test_packet_that_comes_late_after_its_copy_is_no_second_one(
    plane: PacketPlane, make_peer: MakePeer
) -> None:
    anna, ben = make_peer("anna"), make_peer("ben")
    plane.set_tracks(anna.id, [audio_track(red_payload_type=RED)])
    listening(plane, ben, red=False)

    say_twice(anna, 1, 3, 2, 4)
    received = await ben.packets(4)

    assert words(received) == [b"voice 1", b"voice 2", b"voice 3", b"voice 4"]
    assert plane.counters()["drop.duplicate"] == 1


async def test_what_is_sent_again_is_the_same_to_the_bit(plane: PacketPlane, make_peer: MakePeer) -> None:
    anna, ben = make_peer("anna"), make_peer("ben")
    plane.set_tracks(anna.id, [audio_track()])
    listening(plane, ben, red=True)
    say(anna, 1, 3)
    await ben.packets(2)
    lost = ben.rtp[1].header.sequence
    say(anna, 2)  # now 3 could be sent with its past, and must not
    await ben.packets(3)
    heard: list[bytes] = []

    def keep(packet: Received) -> bool:
        heard.append(packet.data)
        return True  # the peer's SRTP would take a second one for a replay

    before = ben.ciphertexts[1]
    ben.drop = keep
    ben.send_rtcp(Nack(1, ben.rtp[1].header.ssrc, (lost,)))
    await ben.until(lambda: bool(heard))

    assert heard == [before]


async def test_malformed_redundancy_is_counted_and_ends_nothing(
    plane: PacketPlane, make_peer: MakePeer
) -> None:
    anna, ben = make_peer("anna"), make_peer("ben")
    plane.set_tracks(anna.id, [audio_track(red_payload_type=RED)])
    listening(plane, ben, red=False)
    say_twice(anna, 1)
    await ben.packets(1)

    for number, body in enumerate((b"\xef", b"\xef\x0f\x00\x09\x6f", b"\x6f", b"\xef" * 40), start=2):
        anna.send(body, sequence=number, timestamp=960 * number, ssrc=AUDIO_SSRC, payload_type=RED)
    say_twice(anna, 9)
    received = await ben.packets(3)

    assert words(received) == [b"voice 1", b"voice 8", b"voice 9"]
    assert plane.counters()["drop.rtp_malformed"] == 4
