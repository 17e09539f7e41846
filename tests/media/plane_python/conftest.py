"""A plane on a free loopback port, and peers that are closed with the test."""

from collections.abc import AsyncIterator, Callable

import pytest

from media.plane import SrtpProfile
from media.plane_python.plane import PythonPlane
from tests.support.plane_listener import RecordingListener
from tests.support.rtp_peer import RtpPeer

MakePeer = Callable[..., RtpPeer]


@pytest.fixture
async def listener() -> RecordingListener:
    return RecordingListener()


@pytest.fixture
async def plane(listener: RecordingListener) -> AsyncIterator[PythonPlane]:
    made = PythonPlane(host="127.0.0.1", host6="::1")
    await made.start(listener)
    yield made
    await made.close()


@pytest.fixture
async def make_peer(plane: PythonPlane) -> AsyncIterator[MakePeer]:
    peers: list[RtpPeer] = []

    def make(
        name: str, *, profile: SrtpProfile = SrtpProfile.AEAD_AES_128_GCM, has_keys: bool = True
    ) -> RtpPeer:
        peers.append(RtpPeer(plane, name, profile=profile, has_keys=has_keys))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()
