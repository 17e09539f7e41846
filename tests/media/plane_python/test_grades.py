"""Layers inside one flow: a subscriber gets a part of it, and a decoder never notices what was left out."""

import pytest

from media.core import rtcp
from media.core.dependency import parse_descriptor
from media.core.extensions import elements, encode_block
from media.core.keyframe import picture_fields
from media.core.rtp import rtx_payload
from media.plane import Codec, ExtensionIds
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.layered_camera import DESCRIPTOR_ID, LayeredCamera, steps
from tests.support.media_factory import SLOT_RTX_SSRC, SLOT_SSRC, video_slot, video_track
from tests.support.rtp_peer import Received, RtpPeer

SCOPE, HAND = PublicationId("anna.scope"), PublicationId("anna.hand")
SLOT_DESCRIPTOR_ID = 9
LAYERED = ("VP9", "AV1")


def join(
    plane: PythonPlane, make_peer: MakePeer, codec: str, *, layer: str | None = None, rtx: bool = True
) -> tuple[LayeredCamera, RtpPeer, RtpPeer]:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    ids = ExtensionIds(mid=1, dependency_descriptor=DESCRIPTOR_ID)
    track = video_track(codec=Codec(codec), ssrcs=(0x10,), rtx_ssrcs={0x10: 0x90}, extensions=ids)
    plane.set_tracks(publisher.id, [track])
    slot = ExtensionIds(mid=1, dependency_descriptor=SLOT_DESCRIPTOR_ID)
    plane.set_slots(subscriber.id, [video_slot(extensions=slot, rtx=rtx)])
    plane.set_layer(subscriber.id, "5", layer)
    plane.attach(subscriber.id, "5", SCOPE)
    return LayeredCamera(publisher, codec), publisher, subscriber


def shown(packets: list[Received]) -> list[str]:
    """The layer of each packet as the camera wrote it behind the codec's own bytes."""
    return [packet.payload[-5:].decode() for packet in packets]


def whole(*layers: str) -> list[str]:
    return [layer + half for layer in layers for half in "+-"]


def sequences(packets: list[Received]) -> list[int]:
    return [packet.header.sequence for packet in packets]


def frame_numbers(packets: list[Received]) -> list[int]:
    found = [elements(packet.data, packet.header)[SLOT_DESCRIPTOR_ID] for packet in packets]
    return [parse_descriptor(value, None).frame_number for value in found]


@pytest.mark.parametrize("codec", LAYERED)
async def test_who_wants_the_lowest_layer_gets_it_alone_and_without_a_gap(
    plane: PythonPlane, make_peer: MakePeer, codec: str
) -> None:
    camera, _, subscriber = join(plane, make_peer, codec, layer=".s0t0")

    for index, temporal in enumerate((0, 1, 0, 1, 0)):
        camera.send(temporal, key=index == 0)
    packets = await subscriber.packets(6)

    assert shown(packets) == whole("s0t0", "s0t0", "s0t0")
    assert set(steps(sequences(packets))) == {1}
    # The lowest layer ends a picture now, as far as this subscriber is concerned.
    assert [packet.header.marker for packet in packets] == [False, True] * 3


@pytest.mark.parametrize("codec", LAYERED)
async def test_a_grade_falls_at_the_next_picture_and_rises_in_time_where_nothing_is_missed(
    plane: PythonPlane, make_peer: MakePeer, codec: str
) -> None:
    camera, publisher, subscriber = join(plane, make_peer, codec)
    camera.send(0, key=True)
    camera.send(1)
    await subscriber.packets(8)

    plane.set_layer(subscriber.id, "5", ".s1t0")
    camera.send(0)
    camera.send(1)
    camera.send(0)
    await subscriber.packets(16)
    plane.set_layer(subscriber.id, "5", None)
    camera.send(1)
    camera.send(0)
    camera.send(1)
    packets = await subscriber.packets(24)

    slow, quick = whole("s0t0", "s1t0"), whole("s0t1", "s1t1")
    # The T1 right after the wish is not taken: the picture before it on its layer was left out.
    assert shown(packets) == [*slow, *quick, *slow, *slow, *slow, *quick]
    assert set(steps(sequences(packets))) == {1}
    assert not publisher.feedback(rtcp.Pli)


async def test_a_picture_that_is_no_switching_point_raises_nothing(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    camera, _, subscriber = join(plane, make_peer, "VP9", layer=".s1t0")
    camera.send(0, key=True)
    await subscriber.packets(4)

    plane.set_layer(subscriber.id, "5", None)
    for temporal, up in ((0, False), (1, False), (0, True), (1, False)):
        camera.send(temporal, up=up)
    packets = await subscriber.packets(16)

    assert shown(packets)[4:] == whole("s0t0", "s1t0", "s0t0", "s1t0", "s0t1", "s1t1")


@pytest.mark.parametrize("codec", LAYERED)
async def test_a_larger_picture_is_taken_at_a_keyframe_which_is_asked_for(
    plane: PythonPlane, make_peer: MakePeer, codec: str
) -> None:
    camera, publisher, subscriber = join(plane, make_peer, codec, layer=".s0t1")
    camera.send(0, key=True)
    await subscriber.packets(2)

    plane.set_layer(subscriber.id, "5", None)
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Pli)))
    camera.send(0)
    camera.send(0, key=True)
    camera.send(1)
    packets = await subscriber.packets(12)

    assert shown(packets) == whole("s0t0", "s0t0", "s0t0", "s1t0", "s0t1", "s1t1")
    assert [packet.header.marker for packet in packets] == [False, True] * 2 + [False, False, False, True] * 2
    assert set(steps(sequences(packets))) == {1}
    assert plane.peer_stats(subscriber.id).slots[0].layer == ""


async def test_the_slot_says_what_part_flows(plane: PythonPlane, make_peer: MakePeer) -> None:
    camera, _, subscriber = join(plane, make_peer, "VP9", layer=".s0t1")
    camera.send(0, key=True)
    await subscriber.packets(2)
    before = plane.peer_stats(subscriber.id).slots[0].layer

    plane.set_layer(subscriber.id, "5", ".s0t0")
    camera.send(0)
    await subscriber.packets(4)

    assert (before, plane.peer_stats(subscriber.id).slots[0].layer) == (".s0t1", ".s0t0")


async def test_a_descriptor_goes_along_with_numbers_that_go_on_over_a_change_of_source(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    camera, publisher, subscriber = join(plane, make_peer, "AV1")
    ids = ExtensionIds(mid=1, dependency_descriptor=DESCRIPTOR_ID)
    tracks = [
        video_track(codec=Codec.AV1, ssrcs=(0x10,), extensions=ids),
        video_track("anna.hand", mid="1", codec=Codec.AV1, ssrcs=(0x20,), extensions=ids),
    ]
    plane.set_tracks(publisher.id, tracks)
    hand = LayeredCamera(publisher, "AV1", ssrc=0x20, frame=7)
    for index in range(3):  # over the wrap of their numbers
        camera.send(0, key=index == 0)
    hand.send(0, key=True)
    await subscriber.packets(12)

    plane.attach(subscriber.id, "5", HAND)
    hand.send(0)
    packets = await subscriber.packets(20)

    first = [packet for packet in packets if packet.payload[-1:] == b"+"]
    assert set(steps(frame_numbers(first))) == {1}
    begun = elements(packets[12].data, packets[12].header)[SLOT_DESCRIPTOR_ID]
    structure = parse_descriptor(begun, None).structure
    assert structure is not None
    assert structure.highest == (1, 1)


async def test_a_late_joiner_is_given_the_structure_with_the_keyframe(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    camera, publisher, subscriber = join(plane, make_peer, "AV1")
    plane.attach(subscriber.id, "5", None)
    camera.send(0, key=True)
    camera.send(1)
    camera.send(0)
    await publisher.until_plane(lambda: _arrived(plane, publisher) == 12)

    plane.set_layer(subscriber.id, "5", ".s0t0")
    plane.attach(subscriber.id, "5", SCOPE)
    packets = await subscriber.packets(4)

    assert shown(packets) == whole("s0t0", "s0t0")
    begun = elements(packets[0].data, packets[0].header)[SLOT_DESCRIPTOR_ID]
    assert parse_descriptor(begun, None).structure is not None
    assert set(steps(sequences(packets))) == {1}


def _arrived(plane: PythonPlane, publisher: RtpPeer) -> int:
    return sum(layer.packets for track in plane.peer_stats(publisher.id).tracks for layer in track.layers)


async def test_pictures_of_vp8_that_are_left_out_leave_no_gap_in_their_numbers(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    camera, _, subscriber = join(plane, make_peer, "VP8", layer=".s0t1")

    camera.send(0, key=True)
    for temporal, up in ((2, False), (1, True), (2, False), (0, False), (1, False)):
        camera.send(temporal, up=up)
    await subscriber.packets(8)
    plane.set_layer(subscriber.id, "5", ".s0t0")
    camera.send(1)
    camera.send(0)
    await subscriber.packets(10)
    plane.set_layer(subscriber.id, "5", None)
    for temporal, up in ((2, True), (1, True), (2, False), (2, True), (0, False)):
        camera.send(temporal, up=up)
    packets = await subscriber.packets(16)

    assert shown(packets) == whole("s0t0", "s0t1", "s0t0", "s0t1", "s0t0", "s0t1", "s0t2", "s0t0")
    fields = [picture_fields("VP8", packet.payload) for packet in packets[::2]]
    assert set(steps([field.picture_id for field in fields if field is not None])) == {1}
    assert set(steps(sequences(packets))) == {1}


@pytest.mark.parametrize("rtx", [True, False])
async def test_a_number_kept_for_what_is_not_for_the_subscriber_is_filled_with_nothing(
    plane: PythonPlane, make_peer: MakePeer, rtx: bool
) -> None:
    """A packet lost on its way here may turn out to be of a layer that is left out."""
    camera, publisher, subscriber = join(plane, make_peer, "VP9", layer=".s0t0", rtx=rtx)
    camera.send(0, key=True)
    kept = (await subscriber.packets(2))[0].header.sequence + 4
    lost = camera.sequence + 2  # the larger layer's first packet
    camera.send(0, lose=frozenset({2}))
    camera.send(0)
    await subscriber.packets(6)
    await publisher.until(lambda: bool(publisher.feedback(rtcp.Nack)))
    filled: list[bytes] = []

    def lose_the_first(packet: Received) -> bool:
        if packet.header.sequence != kept or filled:
            return False
        filled.append(packet.data)
        return True

    subscriber.drop = lose_the_first
    payload = rtx_payload(lost % 65536, b"\xf8\x80\x65\x12late")
    publisher.send(payload, sequence=7, timestamp=8_000, ssrc=0x90, payload_type=97)
    await subscriber.until(lambda: bool(filled))
    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, (kept,)))
    packets = await subscriber.packets(7)

    assert shown(packets[:6]) == whole("s0t0", "s0t0", "s0t0")
    assert [number - kept for number in sequences(packets[:6])] == [-4, -3, -2, -1, 1, 2]
    if rtx:
        assert packets[6].header.ssrc == SLOT_RTX_SSRC
        assert packets[6].payload == kept.to_bytes(2, "big")
    else:
        assert packets[6].payload == b""
        assert subscriber.ciphertexts[-1] == filled[0]


async def test_what_was_left_out_is_never_sent_in_answer_to_a_nack(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    camera, _, subscriber = join(plane, make_peer, "VP9", layer=".s0t0")
    for index in range(6):
        camera.send(index % 2, key=index == 0)
    packets = await subscriber.packets(6)
    first = packets[0].header.sequence

    subscriber.send_rtcp(rtcp.Nack(1, SLOT_SSRC, tuple(range(first - 3, first + 6))))
    repeated = (await subscriber.packets(12))[6:]

    assert {packet.header.ssrc for packet in repeated} == {SLOT_RTX_SSRC}
    assert sorted(shown(repeated)) == sorted(whole("s0t0", "s0t0", "s0t0"))


async def test_the_parts_of_a_flow_are_counted_with_what_each_costs(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    camera, publisher, _ = join(plane, make_peer, "VP9")

    def grades() -> list[tuple[int, int, int]]:
        (track,) = plane.peer_stats(publisher.id).tracks
        return (
            [(each.spatial, each.temporal, each.packets) for each in track.layers[0].grades]
            if track.layers
            else []
        )

    for index in range(4):
        camera.send(index % 2, key=index == 0)
    await publisher.until_plane(lambda: grades() == [(0, 0, 4), (0, 1, 4), (1, 1, 8)])
    (track,) = plane.peer_stats(publisher.id).tracks

    rates = [each.bitrate_bps for each in track.layers[0].grades]
    assert rates == sorted(rates)
    assert [each.name("h") for each in track.layers[0].grades] == ["h.s0t0", "h.s0t1", "h.s1t1"]


async def test_a_descriptor_that_lies_is_dropped_and_counted(plane: PythonPlane, make_peer: MakePeer) -> None:
    camera, publisher, subscriber = join(plane, make_peer, "AV1")
    camera.send(0, key=True)
    await subscriber.packets(4)

    for value in (b"\x80\x00", b"\x80\x00\x01\x80", b"\x80\x00\x01\x80" + bytes(30)):
        block = encode_block([(DESCRIPTOR_ID, value)])
        publisher.send(b"\x10x", sequence=camera.sequence, timestamp=1, ssrc=0x10, extension_block=block)
        camera.sequence += 1
    camera.send(0)
    packets = await subscriber.packets(8)

    assert len(packets) == 8
    assert plane.counters()["drop.rtp_malformed"] == 3
