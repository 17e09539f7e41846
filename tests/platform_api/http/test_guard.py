"""Peers that send half of a request and wait: they are cut, and nobody else notices (OP-01)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from time import monotonic

import pytest
from aiohttp import ClientSession, web

from platform_api.http.guard import Crowd, GuardedSite
from platform_api.http.settings import HttpSettings

PEERS = 200
SETTINGS = HttpSettings(head_timeout_s=0.6, body_timeout_s=0.8, body_least_bytes_s=1000)
CLOSED_WITHIN_S = 8
HEALTH_WITHIN_S = 1


async def health(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def take(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def slow_to_take(request: web.Request) -> web.Response:
    await asyncio.sleep(2 * SETTINGS.body_timeout_s)  # a disk that is busy
    return await take(request)


async def echo(request: web.Request) -> web.WebSocketResponse:
    line = web.WebSocketResponse()
    await line.prepare(request)
    async for message in line:
        await line.send_str(str(message.data))
    return line


async def serve(settings: HttpSettings) -> AsyncIterator[int]:
    app = web.Application(client_max_size=2**30)
    app.router.add_get("/health", health)
    app.router.add_post("/take", take)
    app.router.add_post("/slow", slow_to_take)
    app.router.add_get("/line", echo)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=75)
    await runner.setup()
    site = GuardedSite(runner, "127.0.0.1", 0, crowd=Crowd(settings))
    await site.start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async for each in serve(SETTINGS):
        yield each


async def half_sent(port: int, first: bytes, piece: bytes = b"", pause_s: float = 0.1) -> str:
    """How a connection ends on which so much is sent, and then a piece now and then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    ended = asyncio.create_task(reader.read())
    try:
        while not ended.done():
            await asyncio.wait({ended}, timeout=pause_s)
            writer.write(piece)
        return "answered" if ended.result() else "cut"
    except ConnectionError:
        return "cut"
    finally:
        ended.cancel()
        with suppress(ConnectionError):
            writer.close()


async def asked(port: int) -> float:
    """How long the health page takes."""
    began = monotonic()
    async with ClientSession() as client, client.get(f"http://127.0.0.1:{port}/health") as answer:
        assert await answer.text() == "ok"
    return monotonic() - began


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"", b""),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a"),
        (b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"ab"),
    ],
    ids=["nothing", "head", "body"],
)
async def test_OP_01_half_sent_requests_are_cut_and_the_health_page_answers_meanwhile(
    port: int, first: bytes, piece: bytes
) -> None:
    async with asyncio.timeout(CLOSED_WITHIN_S):
        peers = [asyncio.create_task(half_sent(port, first, piece)) for _ in range(PEERS)]
        slowest = before_s = 0.0
        while not all(peer.done() for peer in peers):
            took_s = await asked(port)
            slowest = max(slowest, min(before_s, took_s))  # once: the machine was away
            before_s = took_s
            await asyncio.sleep(0.05)

    assert {peer.result() for peer in peers} == {"cut"}
    assert slowest < HEALTH_WITHIN_S


async def test_OP_01_a_second_request_that_is_half_sent_is_cut_too(port: int) -> None:
    whole = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(whole)
    await reader.readuntil(b"ok")
    await asyncio.sleep(2 * SETTINGS.head_timeout_s)  # idle, which is allowed for longer
    writer.write(whole)
    await reader.readuntil(b"ok")
    writer.write(whole[:20])

    async with asyncio.timeout(CLOSED_WITHIN_S):
        with suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()


async def test_OP_01_who_sends_fast_enough_and_who_is_slow_by_our_fault_are_left_alone(port: int) -> None:
    async def dripped() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 400
            await asyncio.sleep(0.1)

    async with ClientSession() as client:
        async with client.post(f"http://127.0.0.1:{port}/take", data=dripped()) as answer:
            assert await answer.text() == "8000"
        async with client.post(f"http://127.0.0.1:{port}/slow", data=bytes(2**24)) as answer:
            assert await answer.text() == str(2**24)
        async with client.ws_connect(f"http://127.0.0.1:{port}/line") as line:
            await asyncio.sleep(2 * SETTINGS.head_timeout_s)
            await line.send_str("still there")
            assert (await line.receive()).data == "still there"


async def test_OP_01_an_address_has_so_many_connections_and_no_more() -> None:
    crowd = Crowd(HttpSettings(connections_per_address=2, trusted_proxies=("10.0.0.0/8",)))

    assert [crowd.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert crowd.enter("192.0.2.2")
    assert all(crowd.enter(address) for address in ("127.0.0.1", "10.1.2.3") for _ in range(5))
    crowd.leave("192.0.2.1")
    assert crowd.enter("192.0.2.1")
