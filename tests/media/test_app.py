"""The process of a node: it comes back on its socket after a kill, and ends when told to."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media.app import make_plane, native_plane
from media.config import MediaSettings, PlaneChoice
from media.plane_python.plane import PythonPlane
from media.remote import RemoteMediaClient
from platform_api.kernel.config import SettingsError
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, loopback_alone, peers

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 20.0


@asynccontextmanager
async def node_process(socket: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "SCOPECAST_MEDIA__PORT": "0",
        "SCOPECAST_MEDIA__ADVERTISED_ADDRESSES": "127.0.0.1",
        "SCOPECAST_MEDIA__CONTROL_SOCKET": str(socket),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media", cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def join(remote: RemoteMediaClient) -> None:
    """One peer comes, publishes and leaves."""
    expert = AiortcPeer(remote, participant="expert")
    async with peers(expert):
        expert.publish(Source.SCOPE, codec="VP8")
        await expert.connect()
        await expert.leave()


@pytest.mark.parametrize("choice", list(PlaneChoice))
def test_the_plane_is_chosen_by_setting(choice: PlaneChoice) -> None:
    is_built = native_plane() is not None

    if choice is PlaneChoice.NATIVE and not is_built:
        with pytest.raises(SettingsError, match="not built"):
            make_plane(MediaSettings(port=0, plane=choice))
    else:
        plane, made = make_plane(MediaSettings(port=0, plane=choice))
        assert (made is PlaneChoice.PYTHON) is isinstance(plane, PythonPlane)
        assert made is (
            PlaneChoice.NATIVE if is_built and choice is not PlaneChoice.PYTHON else PlaneChoice.PYTHON
        )


def test_without_the_extension_the_python_plane_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "media.plane_native._core", None)
    monkeypatch.delitem(sys.modules, "media.plane_native.plane", raising=False)

    plane, made = make_plane(MediaSettings(port=0))

    assert isinstance(plane, PythonPlane)
    assert made is PlaneChoice.PYTHON
    with pytest.raises(SettingsError, match="not built"):
        make_plane(MediaSettings(port=0, plane=PlaneChoice.NATIVE))


async def test_killed_node_is_found_again_and_told_node_ends(tmp_path: Path) -> None:
    socket = tmp_path / "run" / "media-1.sock"
    remote, reset = RemoteMediaClient(socket), asyncio.Event()
    remote.on_reset(reset.set)
    await remote.start()
    try:
        with loopback_alone():
            async with node_process(socket) as process:
                async with asyncio.timeout(WAIT_S):
                    await remote.linked()
                await join(remote)
                process.kill()
            async with node_process(socket) as process:
                async with asyncio.timeout(WAIT_S):
                    await reset.wait()
                await join(remote)

                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(WAIT_S):
                    code = await process.wait()
    finally:
        await remote.close()

    assert code == 0
    assert not socket.exists()
