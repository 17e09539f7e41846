"""The plane's life, its bounds, and the ways an SSRC is told apart."""

import asyncio
import gc
import socket

import psutil
import pytest
import uvloop

from media.core.extensions import encode_block
from media.plane import PacketPlane, SlotClockPoint, SrtpProfile, TapPacket
from media.plane_python.guard import Drop
from media.plane_python.plane import PythonPlane
from platform_api.kernel.ids import PeerId, PublicationId
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import audio_slot, audio_track, video_slot, video_track, vp8
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import RtpPeer

SCOPE = PublicationId("anna.scope")


def has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


async def forward_one(plane: PythonPlane, publisher: RtpPeer, subscriber: RtpPeer) -> None:
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    publisher.send(vp8(key=True), sequence=1, timestamp=0, ssrc=1)
    await subscriber.packets(1)


def test_it_runs_on_uvloop() -> None:
    async def run() -> None:
        plane: PacketPlane = PythonPlane(host="127.0.0.1", host6=None)
        await plane.start(RecordingListener())
        assert isinstance(plane, PythonPlane)
        with RtpPeer(plane, "anna") as publisher, RtpPeer(plane, "ben") as subscriber:
            await forward_one(plane, publisher, subscriber)
        await plane.close()

    uvloop.run(run())


async def test_the_port_is_free_again_after_closing_twice(listener: RecordingListener) -> None:
    plane = PythonPlane(host="127.0.0.1", host6="::1")
    await plane.start(listener)
    port = plane.local_port

    with pytest.raises(OSError, match="in use"):
        await PythonPlane(port=port, host="127.0.0.1", host6="::1").start(listener)
    await plane.close()
    await plane.close()

    again = PythonPlane(port=port, host="127.0.0.1", host6="::1")
    await again.start(listener)
    assert again.local_port == port
    await again.close()


async def test_both_families_share_the_port_and_each_other(plane: PythonPlane, make_peer: MakePeer) -> None:
    if not has_ipv6_loopback():
        pytest.skip("this machine has no IPv6")
    publisher = make_peer("anna")
    with RtpPeer(plane, "ben", family=socket.AF_INET6) as subscriber:
        await forward_one(plane, publisher, subscriber)


async def test_unknown_peers_and_slots_are_ignored(plane: PythonPlane) -> None:
    nobody = PeerId("nobody")

    plane.remove_peer(nobody)
    plane.bind_address(nobody, ("192.0.2.1", 1))
    plane.select_address(nobody, None)
    plane.send_control(nobody, b"", ("192.0.2.1", 1))
    plane.set_tracks(nobody, [video_track()])
    plane.set_slots(nobody, [video_slot()])
    plane.attach(nobody, "5", SCOPE)
    plane.set_layer(nobody, "5", "h")
    plane.set_paused(nobody, "5", True)
    plane.request_keyframe(SCOPE)

    assert plane.peer_stats(nobody).tracks == ()
    assert plane.counters()["peers"] == 0


async def test_sending_stops_the_moment_consent_is_gone(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber, witness = make_peer("anna"), make_peer("ben"), make_peer("witness")
    await forward_one(plane, publisher, subscriber)
    plane.set_slots(witness.id, [video_slot()])
    plane.attach(witness.id, "5", SCOPE)
    await witness.packets(1)

    plane.select_address(subscriber.id, None)
    publisher.send(vp8(), sequence=2, timestamp=3000, ssrc=1)
    await witness.packets(2)

    assert len(subscriber.rtp) == 1


async def test_a_removed_peer_leaves_nothing_behind(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    await forward_one(plane, publisher, subscriber)

    plane.remove_peer(subscriber.id)
    plane.remove_peer(publisher.id)
    publisher.send(vp8(), sequence=2, timestamp=3000, ssrc=1)
    await publisher.until_plane(lambda: plane.counters().get(Drop.FOREIGN_ADDRESS, 0) == 1)

    counters = plane.counters()
    assert (counters["peers"], counters["addresses"]) == (0, 0)


async def test_new_keys_begin_a_new_count(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    await forward_one(plane, publisher, subscriber)

    subscriber.set_keys(SrtpProfile.AES128_CM_SHA1_80)
    publisher.send(vp8(key=True), sequence=2, timestamp=3000, ssrc=1)
    await subscriber.packets(2)

    assert subscriber.bad == 0
    assert all(packet.header.sequence < 1 << 15 for packet in subscriber.rtp)


@pytest.mark.parametrize("known_by", ["mid", "ssrc", "payload_type"])
async def test_a_flow_is_known_by_mid_then_ssrc_then_payload_type(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener, known_by: str
) -> None:
    publisher = make_peer("anna")
    other_type = 98 if known_by == "payload_type" else 96
    ssrcs = (0x77,) if known_by == "ssrc" else ()
    plane.set_tracks(
        publisher.id,
        [video_track(), video_track("anna.hand", mid="9", payload_type=other_type, ssrcs=ssrcs)],
    )
    block = encode_block([(1, b"9")]) if known_by == "mid" else b""

    publisher.send(vp8(), sequence=1, timestamp=0, ssrc=0x77, payload_type=other_type, extension_block=block)
    await listener.until(lambda: bool(listener.started))

    assert listener.started == [(PublicationId("anna.hand"), "")]


async def test_a_flow_that_could_be_two_things_is_none(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher = make_peer("anna")
    plane.set_tracks(publisher.id, [video_track(), video_track("anna.hand", mid="9")])

    publisher.send(vp8(), sequence=1, timestamp=0, ssrc=0x77)
    publisher.send(vp8(), sequence=1, timestamp=0, ssrc=0x78, payload_type=50)
    await publisher.until_plane(lambda: plane.counters().get(Drop.UNKNOWN_SSRC, 0) == 2)


async def test_an_encoder_that_begins_anew_is_believed_once_the_old_flow_is_silent(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    await forward_one(plane, publisher, subscriber)

    publisher.send(vp8(b"too soon", key=True), sequence=900, timestamp=5, ssrc=2)
    await publisher.until_plane(lambda: plane.counters().get(Drop.UNKNOWN_SSRC, 0) == 1)
    sequence = 901

    async def new_flow() -> None:
        nonlocal sequence
        while len(subscriber.rtp) < 2:
            publisher.send(vp8(b"new", key=True), sequence=sequence, timestamp=5, ssrc=2)
            sequence += 1
            await asyncio.sleep(0.05)

    async with asyncio.timeout(5):
        await new_flow()

    first, second = subscriber.rtp[:2]
    assert second.payload[6:] == b"new"
    assert second.header.sequence == first.header.sequence + 1


async def test_a_peer_has_at_most_thirty_two_ssrcs(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    await forward_one(plane, publisher, subscriber)

    for ssrc in range(100, 400):
        publisher.send(vp8(), sequence=1, timestamp=0, ssrc=ssrc, payload_type=50)
    await publisher.until_plane(lambda: plane.counters().get(Drop.TOO_MANY_SSRCS, 0) > 0)
    publisher.send(vp8(b"still"), sequence=2, timestamp=3000, ssrc=1)
    packets = await subscriber.packets(2)

    assert packets[1].payload[6:] == b"still"
    assert plane.counters()[Drop.TOO_MANY_SSRCS] == 300 - 31


async def test_a_listener_that_fails_does_not_stop_the_packets(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")

    def fail(packet: TapPacket) -> None:
        raise RuntimeError(f"cannot take {len(packet.data)} bytes")

    plane.tap(SCOPE, fail)
    await forward_one(plane, publisher, subscriber)
    publisher.send(vp8(), sequence=2, timestamp=3000, ssrc=1)
    await subscriber.packets(2)

    assert listener.started == [(SCOPE, "")]


async def test_nothing_is_told_from_inside_a_call(
    plane: PythonPlane, make_peer: MakePeer, listener: RecordingListener
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    inside = False
    told_inside: list[bool] = []

    def on_slot_clock(peer: PeerId, mid: str, point: SlotClockPoint) -> None:
        told_inside.append(inside)

    listener.on_slot_clock = on_slot_clock  # type: ignore[method-assign]
    plane.set_tracks(publisher.id, [video_track()])
    publisher.send(vp8(key=True), sequence=1, timestamp=0, ssrc=1)
    await listener.until(lambda: bool(listener.started))

    inside = True
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    inside = False
    await subscriber.packets(1)
    await subscriber.until_plane(lambda: bool(told_inside))

    assert told_inside[0] is False


async def test_slots_that_are_renegotiated_keep_their_counters(
    plane: PythonPlane, make_peer: MakePeer
) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    await forward_one(plane, publisher, subscriber)

    plane.set_slots(subscriber.id, [video_slot(), audio_slot()])
    publisher.send(vp8(), sequence=2, timestamp=3000, ssrc=1)
    packets = await subscriber.packets(2)

    assert packets[1].header.sequence == packets[0].header.sequence + 1
    assert [slot.packets for slot in plane.peer_stats(subscriber.id).slots] == [2, 0]
    plane.set_tracks(publisher.id, [video_track(), audio_track()])
    assert [track.publication for track in plane.peer_stats(publisher.id).tracks] == [SCOPE, "anna.voice"]
    plane.set_tracks(publisher.id, [])
    assert plane.peer_stats(publisher.id).tracks == ()


async def test_joining_and_leaving_keeps_memory_flat(plane: PythonPlane, make_peer: MakePeer) -> None:
    publisher = make_peer("anna")
    plane.set_tracks(publisher.id, [video_track()])
    for sequence in range(200):
        publisher.send(vp8(bytes(1000), key=True), sequence=sequence, timestamp=sequence, ssrc=1)
    await publisher.until_plane(lambda: plane.counters()["in.packets"] == 200)

    async def visit(count: int) -> None:
        for index in range(count):
            with RtpPeer(plane, f"visitor-{index}") as visitor:
                plane.set_slots(visitor.id, [video_slot()])
                plane.attach(visitor.id, "5", SCOPE)
                await visitor.packets(1)
                plane.remove_peer(visitor.id)

    await visit(100)
    gc.collect()
    before = psutil.Process().memory_info().rss
    await visit(300)
    gc.collect()
    grown = psutil.Process().memory_info().rss - before

    assert grown < 300 * 3_000
    assert plane.counters()["peers"] == 1
