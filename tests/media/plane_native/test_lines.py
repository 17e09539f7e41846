"""What the native plane does with packets that it holds back from a narrow line."""

import asyncio

import pytest

from media.plane import PacketPlane
from tests.media.plane_python.conftest import MakePeer
from tests.media.plane_python.test_congestion import SCOPE, START_BPS, Stream, estimates, join
from tests.support.plane_listener import RecordingListener


async def narrow(plane: PacketPlane, make_peer: MakePeer, listener: RecordingListener) -> Stream:
    """A stream on a line that is known to carry less than is wanted of it."""
    stream = Stream(*join(plane, make_peer))  # type: ignore[arg-type]
    stream.receiver.delay_ms = lambda since_ms: since_ms / 2
    async with asyncio.timeout(5):
        while min(estimates(listener), default=START_BPS) > 0.6 * START_BPS:
            await stream.run(5)
    plane.set_goal(stream.subscriber.id, 5_000_000)
    await stream.subscriber.until(lambda: len(stream.subscriber.rtp) >= stream.sequence)
    return stream


@pytest.mark.parametrize("way", ["off", "paused", "detached", "no address"])
async def test_what_is_held_back_does_not_leave_once_it_must_not(
    plane: PacketPlane, make_peer: MakePeer, listener: RecordingListener, way: str
) -> None:
    stream = await narrow(plane, make_peer, listener)
    subscriber = stream.subscriber
    stream.burst(200)
    await subscriber.until_plane(lambda: plane.counters()["in.packets"] >= stream.sequence)

    match way:
        case "off":
            plane.set_publication_on(SCOPE, False)
        case "paused":
            plane.set_paused(subscriber.id, "5", True)
        case "detached":
            plane.attach(subscriber.id, "5", None)
        case _:
            plane.select_address(subscriber.id, None)
    sent = plane.counters()["out.packets"]
    await asyncio.sleep(0.3)  # longer than anything may be held

    assert plane.counters()["out.packets"] - sent < 60
