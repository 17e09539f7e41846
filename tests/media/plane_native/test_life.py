"""The native plane's life: its port, its thread, both event loops."""

import time

import pytest
import uvloop

from media.plane import PacketPlane, SrtpKeys, SrtpProfile
from platform_api.kernel.ids import PublicationId
from tests.media.plane_native.conftest import native_plane
from tests.media.plane_python.conftest import MakePeer
from tests.support.media_factory import video_slot, video_track, vp8
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import RtpPeer

SCOPE = PublicationId("anna.scope")


def test_it_runs_on_uvloop() -> None:
    async def run() -> None:
        plane: PacketPlane = native_plane(host="127.0.0.1", host6=None)
        await plane.start(RecordingListener())
        with RtpPeer(plane, "anna") as publisher, RtpPeer(plane, "ben") as subscriber:
            plane.set_tracks(publisher.id, [video_track()])
            plane.set_slots(subscriber.id, [video_slot()])
            plane.attach(subscriber.id, "5", SCOPE)
            publisher.send(vp8(key=True), sequence=1, timestamp=0, ssrc=1)
            await subscriber.packets(1)
        await plane.close()

    uvloop.run(run())


async def test_the_port_is_free_again_after_closing_twice(listener: RecordingListener) -> None:
    plane = native_plane(host="127.0.0.1", host6="::1")
    await plane.start(listener)
    port = plane.local_port

    with pytest.raises(OSError, match="in use"):
        await native_plane(port=port, host="127.0.0.1", host6="::1").start(listener)
    await plane.close()
    await plane.close()

    again = native_plane(port=port, host="127.0.0.1", host6="::1")
    await again.start(listener)
    assert again.local_port == port
    await again.close()


async def test_keys_that_do_not_fit_are_refused_at_once(plane: PacketPlane, make_peer: MakePeer) -> None:
    peer = make_peer("anna")

    with pytest.raises(ValueError, match="do not fit"):
        plane.set_keys(
            peer.id,
            SrtpKeys(profile=SrtpProfile.AEAD_AES_256_GCM, transmit=bytes(28), receive=bytes(28)),
        )


AT_ONCE = 32
"""So many small datagrams fit into any socket's buffer."""


def arrived(plane: PacketPlane, count: int) -> None:
    """Waits for the plane's own thread; the event loop does not turn meanwhile."""
    deadline = time.monotonic() + 20
    while plane.counters()["in.packets"] < count:
        assert time.monotonic() < deadline, plane.counters()
        time.sleep(0.0005)


async def test_packets_pass_while_python_is_busy(plane: PacketPlane, make_peer: MakePeer) -> None:
    publisher, subscriber = make_peer("anna"), make_peer("ben")
    plane.set_tracks(publisher.id, [video_track()])
    plane.set_slots(subscriber.id, [video_slot()])
    plane.attach(subscriber.id, "5", SCOPE)
    publisher.send(vp8(key=True), sequence=0, timestamp=0, ssrc=1)
    await subscriber.packets(1)

    for sequence in range(1, 21):
        publisher.send(vp8(), sequence=sequence, timestamp=sequence * 3000, ssrc=1)
    # No turn of the event loop from here on: whatever arrives was forwarded without Python.
    deadline = time.monotonic() + 5
    while plane.counters()["out.packets"] < 21 and time.monotonic() < deadline:
        time.sleep(0.001)

    assert plane.counters()["out.packets"] == 21
    assert len(subscriber.rtp) == 1
    assert len(await subscriber.packets(21)) == 21


async def test_a_tap_that_is_not_heard_loses_the_oldest_and_says_so(
    plane: PacketPlane, make_peer: MakePeer
) -> None:
    publisher = make_peer("anna")
    hand = video_track("anna.hand", mid="1", payload_type=98)
    plane.set_tracks(publisher.id, [video_track(), hand])  # the allowance of two: a second's is sent at once
    tapped: list[int] = []
    plane.tap(SCOPE, lambda packet: tapped.append(int.from_bytes(packet.data[4:8], "big")))

    sent = 16_384 + 100
    for index in range(sent):
        publisher.send(vp8(), sequence=index % 65536, timestamp=index, ssrc=1)
        if index % AT_ONCE == AT_ONCE - 1 or index == sent - 1:
            arrived(plane, index + 1)
    await publisher.until_plane(lambda: bool(tapped))

    assert plane.counters()["drop.tap_queue"] == 100
    assert tapped == list(range(100, sent))
