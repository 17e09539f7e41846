"""Late joiners, switches of view and of layer: what a subscriber's decoder gets to see."""

from dataclasses import replace
from itertools import pairwise

import pytest

from media.core import rtcp
from media.core.keyframe import begins_keyframe, picture_fields
from media.plane import Codec
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import video_slot, video_track, vp8
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_camera import Camera
from tests.support.rtp_peer import Received, RtpPeer

SCOPE, HAND = PublicationId("anna.scope"), PublicationId("anna.hand")
SCOPE_SSRC, HAND_SSRC = 0x10, 0x20


def sequences(packets: list[Received]) -> list[int]:
    return [packet.header.sequence for packet in packets]


def assert_unbroken(packets: list[Received]) -> None:
    """Sequence numbers go up by one, time never goes back, picture numbers go up by one a frame."""
    first = packets[0].header.sequence
    assert sequences(packets) == list(range(first, first + len(packets)))
    for before, after in pairwise(packets):
        assert (after.header.timestamp - before.header.timestamp) % 2**32 < 2**31
        pictures = [picture_fields("VP8", packet.payload) for packet in (before, after)]
        assert pictures[0] is not None
        assert pictures[1] is not None
        step = (pictures[1].picture_id - pictures[0].picture_id) & 0x7FFF
        assert step == (0 if before.header.timestamp == after.header.timestamp else 1)


async def known(plane: PythonPlane, publisher: RtpPeer, publication: PublicationId, packets: int) -> None:
    """Waits until the plane has counted that many packets of a publication."""

    def arrived() -> bool:
        tracks = plane.peer_stats(publisher.id).tracks
        layers = [layer for track in tracks if track.publication == publication for layer in track.layers]
        return sum(layer.packets for layer in layers) >= packets

    await publisher.until_plane(arrived)


async def test_late_subscriber_starts_on_keyframe(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    camera = Camera(publisher, SCOPE_SSRC)
    camera.frame(b"old", key=True)
    camera.frame(b"old")
    for index in range(120):  # more than a catch-up takes, so that the old keyframe is too far
        camera.frame(b"delta %d" % index)
    await known(plane, publisher, SCOPE, 244)

    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Pli)))
    camera.frame(b"not yet")
    camera.frame(b"key", key=True)
    camera.frame(b"after")
    packets = await subscriber.packets(4)

    assert begins_keyframe("VP8", packets[0].payload)
    assert [packet.payload[6:] for packet in packets] == [b"key", b"key", b"after", b"after"]
    assert_unbroken(packets)


async def test_late_subscriber_has_the_past_at_once(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    camera = Camera(publisher, SCOPE_SSRC)
    camera.frame(b"older", key=True)
    camera.frame(b"key", key=True)
    for index in range(40):
        camera.frame(b"%d" % index)
    await known(plane, publisher, SCOPE, 84)

    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    await subscriber.packets(10)
    camera.frame(b"now")
    packets = await subscriber.packets(84)

    assert begins_keyframe("VP8", packets[0].payload)
    assert packets[0].payload[6:] == b"key"
    assert packets[-1].payload[6:] == b"now"
    assert_unbroken(packets)
    # The past lies just before the present: 41 ms and not the 1.3 s that it took.
    past = (packets[-3].header.timestamp - packets[0].header.timestamp) % 2**32
    assert past == 40 * 90
    assert (packets[-1].header.timestamp - packets[-3].header.timestamp) % 2**32 == 3000
    assert not publisher.feedback(rtcp.Pli)


async def test_switching_the_view_continues_numbers_time_and_pictures(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(
        publisher.id,
        [video_track(), video_track("anna.hand", mid="1", payload_type=98, ssrcs=(HAND_SSRC,))],
    )
    plane.set_slots(subscriber.id, [video_slot()])
    scope = Camera(publisher, SCOPE_SSRC)
    hand = Camera(publisher, HAND_SSRC, payload_type=98, sequence=9)
    hand.timestamp, hand.picture = 3_000_000_000, 32_700
    plane.attach(subscriber.id, "5", SCOPE)
    scope.frame(b"scope", key=True)
    await subscriber.packets(2)

    plane.attach(subscriber.id, "5", HAND)
    scope.frame(b"scope")
    hand.frame(b"hand", key=True)
    await subscriber.packets(4)
    plane.attach(subscriber.id, "5", SCOPE)
    hand.frame(b"hand")
    scope.frame(b"scope again", key=True)
    scope.frame(b"scope again")
    packets = await subscriber.packets(12)

    shown = [packet.payload[6:] for packet in packets]
    assert shown[:4] == [b"scope", b"scope", b"hand", b"hand"]
    # Back at once, by way of the keyframe that is still remembered.
    assert shown[4:8] == [b"scope"] * 4
    assert shown[8:] == [b"scope again"] * 4
    assert_unbroken(packets)
    assert {packet.header.ssrc for packet in packets} == {video_slot().ssrc}


async def test_a_flow_begins_with_the_layer_that_was_asked_for_before(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(rids=("l", "h"))])
    plane.set_slots(subscriber.id, [video_slot()])
    low, high = Camera(publisher, 0x31, rid="l"), Camera(publisher, 0x32, sequence=200, rid="h")
    for camera, body in ((low, b"low"), (high, b"high"), (high, b"high again")):
        camera.frame(body, key=body != b"high again")

    plane.set_layer(subscriber.id, "5", "l")
    plane.attach(subscriber.id, "5", SCOPE)
    low.frame(b"low")

    shown = [packet.payload[6:] for packet in await subscriber.packets(4)]
    assert shown == [b"low"] * 4


async def test_the_layer_changes_only_at_a_keyframe_of_the_target(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(rids=("l", "h"))])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    low = Camera(publisher, 0x31, rid="l")
    high = Camera(publisher, 0x32, sequence=200, rid="h")
    high.timestamp = 77_000_000
    low.frame(b"low", key=True)
    await subscriber.packets(2)

    plane.set_layer(subscriber.id, "5", "h")
    for _ in range(2):
        low.frame(b"low")
        high.frame(b"high")
    await subscriber.packets(6)
    high.frame(b"high", key=True)
    low.frame(b"low")
    high.frame(b"high")
    packets = await subscriber.packets(10)

    shown = [packet.payload[6:] for packet in packets]
    assert shown == [b"low"] * 6 + [b"high"] * 4
    assert begins_keyframe("VP8", packets[6].payload)
    assert_unbroken(packets)
    assert plane.peer_stats(subscriber.id).slots[0].layer == "h"
    asked = {packet.media_ssrc for packet in publisher.feedback(rtcp.Pli) if isinstance(packet, rtcp.Pli)}
    assert 0x32 in asked


async def test_the_frames_of_each_layer_are_told_in_its_own_rtp_time_from_the_first_on(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(rids=("l", "h"))])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    low, high = Camera(publisher, 0x31, rid="l"), Camera(publisher, 0x32, sequence=200, rid="h")
    high.timestamp = 2**32 - 3000
    low.frame(b"low", key=True)
    await subscriber.packets(2)
    plane.set_layer(subscriber.id, "5", "h")
    low.frame(b"low")
    await subscriber.packets(4)
    high.frame(b"high", key=True)
    high.frame(b"high")
    packets = await subscriber.packets(8)
    await listener.until(lambda: len(listener.slot_clocks) >= 2)

    def source(timestamp: int) -> tuple[str, int]:
        told = [point for _, _, point in listener.slot_clocks]
        held = [point for point in told if (timestamp - point.rtp_timestamp) % 2**32 < 2**31][-1]
        return held.rid, (timestamp - held.rtp_timestamp + held.source_rtp_timestamp) % 2**32

    frames = [source(packet.header.timestamp) for packet in packets[::2]]
    assert frames == [("l", 5_000), ("l", 8_000), ("h", 2**32 - 3000), ("h", 0)]


async def test_layers_switched_off_and_on_again_flow_though_their_packets_name_them_no_longer(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    """Browsers leave RID and MID out once a receiver report has named the SSRC."""
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(rids=("l", "h"))])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    plane.set_layer(subscriber.id, "5", "h")
    low, high = Camera(publisher, 0x31, rid="l"), Camera(publisher, 0x32, sequence=200, rid="h")
    for camera in (low, high):
        camera.frame(b"named", key=True)
    await subscriber.packets(2)
    low.block = high.block = b""

    plane.set_publication_on(SCOPE, False)
    plane.set_publication_on(SCOPE, True)
    for camera in (low, high):
        camera.frame(b"on", key=True)
    shown = await subscriber.packets(4)
    track = video_track(rids=("l", "h"))
    plane.set_tracks(publisher.id, [replace(track, codec=Codec.H264)])
    plane.set_tracks(publisher.id, [track])
    for camera in (low, high):
        camera.frame(b"anew", key=True)
    anew = await subscriber.packets(6)

    assert b"on" in shown[-1].payload
    assert b"anew" in anew[-1].payload
    assert {layer.rid for layer in plane.peer_stats(publisher.id).tracks[0].layers} == {"l", "h"}


async def test_pausing_holds_packets_and_resuming_begins_at_a_keyframe(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    camera = Camera(publisher, SCOPE_SSRC)
    camera.frame(b"one", key=True)
    await subscriber.packets(2)

    plane.set_paused(subscriber.id, "5", True)
    camera.frame(b"unseen")
    await known(plane, publisher, SCOPE, 4)
    plane.set_paused(subscriber.id, "5", False)
    camera.frame(b"two", key=True)
    packets = await subscriber.packets(4)

    assert begins_keyframe("VP8", packets[2].payload)
    assert sequences(packets[:3]) == list(range(packets[0].header.sequence, packets[0].header.sequence + 3))


@pytest.mark.parametrize("way", ["publication", "slot"])
async def test_what_is_switched_off_is_neither_forwarded_nor_tapped(
    plane: PythonPlane, make_peer: MakePeer, way: str
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    tapped: list[bytes] = []
    plane.tap(SCOPE, lambda packet: tapped.append(packet.data))
    camera = Camera(publisher, SCOPE_SSRC)
    camera.frame(b"on", key=True)
    await subscriber.packets(2)

    if way == "publication":
        plane.set_publication_on(SCOPE, False)
    else:
        plane.attach(subscriber.id, "5", None)
        plane.tap(SCOPE, None)
    camera.frame(b"off", key=True)
    await known(plane, publisher, SCOPE, 4)

    assert len(subscriber.rtp) == len(tapped) == 2
    if way == "publication":
        plane.set_publication_on(SCOPE, True)
        camera.frame(b"on again", key=True)
        await subscriber.packets(4)
        assert [packet.payload[6:] for packet in subscriber.rtp] == [b"on"] * 2 + [b"on again"] * 2


async def test_the_silent_time_does_not_come_by_repair_either(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track(ssrcs=(SCOPE_SSRC,), rtx_ssrcs={SCOPE_SSRC: 0x90})])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    tapped: list[bytes] = []
    plane.tap(SCOPE, lambda packet: tapped.append(packet.data))
    camera = Camera(publisher, SCOPE_SSRC)
    camera.frame(b"on", key=True)
    await subscriber.packets(2)
    plane.set_publication_on(SCOPE, False)
    silent = camera.sequence
    camera.sequence += 1  # lost on its way
    camera.frame(b"off", key=True)
    await known(plane, publisher, SCOPE, 4)

    plane.set_publication_on(SCOPE, True)
    publisher.send(
        silent.to_bytes(2, "big") + vp8(b"silent", key=True),
        sequence=7,
        timestamp=camera.timestamp,
        ssrc=0x90,
        payload_type=97,
    )
    camera.frame(b"on again", key=True)

    shown = [packet.payload[6:] for packet in await subscriber.packets(4)]
    assert shown == [b"on"] * 2 + [b"on again"] * 2
    assert len(tapped) == 4


async def test_a_publisher_who_comes_back_takes_over_with_the_first_packet(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    old, new, subscriber = make_peer("anna-1"), make_peer("anna-2"), make_peer("ben")
    plane.set_tracks(old.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    Camera(old, SCOPE_SSRC).frame(b"old", key=True)
    await subscriber.packets(2)
    plane.set_tracks(new.id, [video_track()])
    before, after = Camera(old, SCOPE_SSRC, sequence=60_002), Camera(new, 0x77, sequence=4)
    before.frame(b"old still")
    await subscriber.packets(4)

    after.frame(b"new", key=True)
    await subscriber.packets(6)
    before.frame(b"old, too late")
    plane.remove_peer(old.id)
    after.frame(b"new")
    packets = await subscriber.packets(8)

    shown = [packet.payload[6:] for packet in packets]
    assert shown == [b"old"] * 2 + [b"old still"] * 2 + [b"new"] * 4
    assert_unbroken(packets[3:])
    assert sequences(packets) == list(range(packets[0].header.sequence, packets[0].header.sequence + 8))
