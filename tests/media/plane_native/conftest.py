"""The native plane in the place of the Python one, for the same tests."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.media.plane_python.conftest import listener, make_peer
from tests.support.plane_listener import RecordingListener

if TYPE_CHECKING:
    from media.plane_native.plane import NativePlane

__all__ = ["listener", "make_peer", "plane"]


def native_plane(*, port: int = 0, host: str, host6: str | None) -> "NativePlane":
    """A plane that is not started yet; skips the test where it was not built."""
    native = pytest.importorskip("media.plane_native.plane", reason="the native plane is not built here")
    made: NativePlane = native.NativePlane(port=port, host=host, host6=host6)
    return made


@pytest.fixture
async def plane(listener: RecordingListener) -> AsyncIterator["NativePlane"]:
    made = native_plane(host="127.0.0.1", host6="::1")
    await made.start(listener)
    yield made
    faults = made.counters()["drop.internal"]
    await made.close()
    assert faults == 0
