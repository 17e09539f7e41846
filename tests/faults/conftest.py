"""Both packet planes in turn, each with peers on loopback."""

from collections.abc import AsyncIterator, Callable

import pytest

from media.plane import PacketPlane
from media.plane_python.plane import PythonPlane
from tests.media.plane_native.conftest import native_plane
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import RtpPeer

MakePeer = Callable[[str], RtpPeer]


@pytest.fixture(params=["python", "native"])
async def plane(request: pytest.FixtureRequest) -> AsyncIterator[PacketPlane]:
    made: PacketPlane = (
        PythonPlane(host="127.0.0.1", host6=None)
        if request.param == "python"
        else native_plane(host="127.0.0.1", host6=None)
    )
    await made.start(RecordingListener())
    yield made
    await made.close()


@pytest.fixture
async def make_peer(plane: PacketPlane) -> AsyncIterator[MakePeer]:
    peers: list[RtpPeer] = []

    def make(name: str) -> RtpPeer:
        peers.append(RtpPeer(plane, name))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()
