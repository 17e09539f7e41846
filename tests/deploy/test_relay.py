"""The demonstration's grant: FFmpeg publishes with it and never holds it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import av
import numpy as np
import pytest
from aiohttp import web

from deploy.launch.demo.publisher import Feed, publish
from deploy.launch.demo.relay import GrantRelay
from platform_api.kernel.tasks import TaskOwner

GRANT = "v4.public.grant-of-the-demonstration"


@dataclass
class Endpoint:
    """A WHIP endpoint that notes who asks, and keeps the first asker waiting until released."""

    port: int = 0
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/whip/room?source=scope"

    forgot: bool = False

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        self.asked.append((request.method, request.path_qs, request.headers.get("Authorization")))
        self.first.set()
        await self.release.wait()
        if request.method == "PATCH":
            return web.Response(status=404 if self.forgot else 204)
        return web.Response(
            status=201, text="answer", headers={"Location": "/whip/room/whip-scope/peer-0001"}
        )


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with listening(Endpoint()) as found:
        yield found


@asynccontextmanager
async def listening(endpoint: Endpoint) -> AsyncIterator[Endpoint]:
    runner = web.ServerRunner(web.Server(endpoint.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint.port = int(runner.addresses[0][1])
    yield endpoint
    endpoint.release.set()
    await runner.cleanup()


def grey_picture(path: Path) -> Path:
    """A second of grey."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(25):
            grey = np.full((180, 320, 3), 120, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def children() -> list[Path]:
    """Every process below this one."""
    found, waiting = [], [os.getpid()]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            below = [int(child) for child in task.read_text().split()]
            found += [Path(f"/proc/{child}") for child in below]
            waiting += below
    return found


async def test_CR_02_ffmpeg_publishes_with_a_grant_that_its_process_does_not_show(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    feed = Feed(
        url=endpoint.url,
        token=lambda: GRANT,
        picture=grey_picture(tmp_path / "scope.mp4"),
        voice=None,
        width=320,
        height=180,
        bitrate_kbps=300,
    )
    async with asyncio.timeout(60), TaskOwner("test") as tasks:
        tasks.spawn(publish(feed), name="publish")
        await endpoint.first.wait()
        shown = [(path / name).read_bytes() for path in children() for name in ("cmdline", "environ")]

    assert endpoint.asked[0] == ("POST", "/whip/room?source=scope", f"Bearer {GRANT}")
    assert any(b"whip" in text for text in shown)
    assert not any(GRANT.encode() in text for text in shown)
    secret = [text for text in shown if b"http_proxy=http://publisher:" in text]
    assert secret  # in the environment, which is for this user's eyes alone …
    assert not any(b"publisher:" in text for text in shown if text not in secret)  # … and nowhere else


async def test_the_relay_is_for_its_password_and_its_endpoint_alone(endpoint: Endpoint) -> None:
    endpoint.release.set()
    async with GrantRelay(endpoint.url, lambda: GRANT) as relay, aiohttp.ClientSession() as client:
        proxy = relay.environment()["http_proxy"]
        other = f"http://127.0.0.1:{endpoint.port}/api/v1/sessions"
        sibling = f"http://127.0.0.1:{endpoint.port}/whip/room2"
        below = f"http://127.0.0.1:{endpoint.port}/whip/room/whip-scope/peer-0001"

        async def asked(url: str, proxy: str) -> int:
            async with client.post(url, data="offer", proxy=proxy) as answer:
                return answer.status

        stranger = await asked(endpoint.url, f"http://127.0.0.1:{relay.port}")
        guesser = await asked(endpoint.url, f"http://publisher:guess@127.0.0.1:{relay.port}")
        elsewhere = [await asked(url, proxy) for url in (other, sibling)]
        assert (stranger, guesser, elsewhere, endpoint.asked) == (407, 407, [403, 403], [])
        assert await asked(endpoint.url, proxy) == 201
        async with client.delete(below, proxy=proxy) as answer:
            assert answer.headers["Location"] == "/whip/room/whip-scope/peer-0001"

    assert [method for method, _, _ in endpoint.asked] == ["POST", "DELETE"]
    assert {bearer for _, _, bearer in endpoint.asked} == {f"Bearer {GRANT}"}


async def test_an_endpoint_that_is_away_is_said_so(endpoint: Endpoint) -> None:
    async with (
        GrantRelay("http://127.0.0.1:9/whip/r", lambda: GRANT) as relay,
        aiohttp.ClientSession() as client,
        client.post("http://127.0.0.1:9/whip/r", proxy=relay.environment()["http_proxy"]) as answer,
    ):
        assert answer.status == 502


async def test_a_session_that_the_endpoint_forgot_is_noticed(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.launch.demo.relay.WATCH_S", 0.01)
    endpoint.release.set()
    async with GrantRelay(endpoint.url, lambda: GRANT) as relay, aiohttp.ClientSession() as client:
        watching = asyncio.create_task(relay.gone())
        proxy = relay.environment()["http_proxy"]
        async with client.post(endpoint.url, proxy=proxy, data="offer") as made:
            assert made.status == 201
        async with asyncio.timeout(20):
            while len(endpoint.asked) < 4:
                await asyncio.sleep(0.01)
        known = watching.done()
        endpoint.forgot = True
        await asyncio.wait_for(watching, 20)

    assert not known
    assert endpoint.asked[-1] == ("PATCH", "/whip/room/whip-scope/peer-0001", f"Bearer {GRANT}")
