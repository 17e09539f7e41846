"""Packets from one real SRTP peer to others: what they become on the way."""

import pytest

from media.core.extensions import elements
from media.plane import SrtpProfile
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import (
    AUDIO_SSRC,
    SLOT_SSRC,
    VIDEO_SSRC,
    audio_slot,
    audio_track,
    video_slot,
    video_track,
    vp8,
)
from tests.support.plane_listener import RecordingListener

SCOPE = PublicationId("anna.scope")


@pytest.mark.parametrize("profile", list(SrtpProfile))
async def test_packets_reach_the_subscriber_under_the_slots_own_identity(
    plane: PythonPlane, make_peer: MakePeer, profile: SrtpProfile
) -> None:
    publisher, subscriber = make_peer("anna", profile=profile), make_peer("ben", profile=profile)
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)

    for index in range(5):
        payload = vp8(bytes((index,)) * 1100, key=index == 0)
        publisher.send(payload, sequence=65533 + index, timestamp=3000 * index, ssrc=VIDEO_SSRC, marker=True)
    received = await subscriber.packets(5)

    assert [packet.payload[6] for packet in received] == [0, 1, 2, 3, 4]
    first = received[0].header
    assert first.sequence < 1 << 15
    assert [packet.header.sequence - first.sequence for packet in received] == [0, 1, 2, 3, 4]
    assert [(packet.header.timestamp - first.timestamp) % 2**32 for packet in received] == [
        0, 3000, 6000, 9000, 12000,
    ]  # fmt: skip
    assert all(packet.header.ssrc == SLOT_SSRC and packet.header.payload_type == 100 for packet in received)
    assert all(packet.header.marker for packet in received)
    assert elements(received[0].data, first) == {1: b"5"}
    assert subscriber.bad == 0


async def test_voice_starts_with_the_next_packet(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [audio_track()])
    plane.set_slots(subscriber.id, [audio_slot()])
    plane.attach(subscriber.id, "6", PublicationId("anna.voice"))

    publisher.send(b"opus", sequence=1, timestamp=960, ssrc=AUDIO_SSRC, payload_type=111)
    (packet,) = await subscriber.packets(1)

    assert packet.payload == b"opus"
    assert listener.started == [(PublicationId("anna.voice"), "")]


async def test_what_comes_shortly_before_the_keys_is_kept_for_them(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    """A publisher's handshake is over before ours, and its first keyframe is on its way."""
    publisher, subscriber = make_peer("anna", has_keys=False), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    for index in range(200):
        payload = vp8(bytes((index,)), key=index == 0)
        publisher.send(payload, sequence=index, timestamp=3000 * index, ssrc=VIDEO_SSRC, marker=True)
    await publisher.until_plane(lambda: plane.counters().get("drop.no_keys", 0) == 72)

    plane.set_keys(publisher.id, publisher.keys)
    received = await subscriber.packets(128)

    assert [packet.payload[6] for packet in received] == list(range(128))
    assert plane.counters()["in.early"] == 128
