"""Bytes that two readers could read differently, heads and bodies without end (OP-02, OP-09)."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from itertools import chain

import psutil
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from platform_api.http.application import make_application
from platform_api.http.guard import Crowd, GuardedSite
from platform_api.http.health import Readiness
from platform_api.http.services import Services
from platform_api.http.settings import HttpSettings
from platform_api.kernel.clock import SystemClock
from tests.platform_api.http.conftest import ROUTES, OneAsker

MEGABYTE = 2**20
BOMB_BYTES = 200 * MEGABYTE
GROWS_AT_MOST = 50 * MEGABYTE
ANSWERS_WITHIN_S = 10
HEALTH_WITHIN_S = 1
CANARY = b"canary-4711"
POST = b"POST /api/v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET /healthz HTTP/1.1\r\n"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The application as the front serves it."""
    app = make_application(
        ROUTES,
        authenticator=OneAsker(),
        services=Services(),
        readiness=Readiness(),
        clock=SystemClock(),
        settings=HttpSettings(),
        registry=CollectorRegistry(),
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await GuardedSite(runner, "127.0.0.1", 0, crowd=Crowd(HttpSettings())).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def told(port: int, sent: Iterable[bytes]) -> tuple[int, bytes]:
    """Status and body of the first answer to these bytes, all of which are sent first if they are taken."""
    async with asyncio.timeout(ANSWERS_WITHIN_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):
            for piece in sent:
                writer.write(piece)
                await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        body = await reader.readexactly(length)
        writer.transport.abort()
        return int(head.split(b" ", 2)[1]), body


async def assert_well(port: int) -> None:
    async with asyncio.timeout(HEALTH_WITHIN_S):
        assert (await told(port, [GET + b"Host: a\r\n\r\n"]))[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        GET + b"Host: a\r\nHost: " + CANARY + b"\r\n\r\n",
        GET + b"\r\n",
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        POST + b"Content-Length: +4\r\n\r\nabcd",
        POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: x" + CANARY + b"\r\n\r\n0\r\n\r\n",
        CHUNKED + b"zz" + CANARY + b"\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n{}xx\r\n0\r\n\r\n",
        CHUNKED + b"f" * 18 + b"\r\n{}\r\n0\r\n\r\n",
        GET + b"Host : a\r\n\r\n",
        GET + b"Host: a\r\nX: b\r\n " + CANARY + b"\r\n\r\n",
        GET + b"Host: a\0" + CANARY + b"\r\n\r\n",
        GET.replace(b"\r\n", b"\n") + b"Host: a\n\n",
        b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
        GET + b"Host: a\r\nAuthorization: Bearer " + CANARY + b"a" * 100_000 + b"\r\n\r\n",
        GET + b"Host: a\r\n" + b"".join(b"X%d: %s\r\n" % (at, b"a" * 1_000) for at in range(100)) + b"\r\n",
        GET + b"Host: a\r\n" + b"".join(b"X%d: a\r\n" % at for at in range(5_000)) + b"\r\n",
        b"GET /" + CANARY + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://a:b:" + CANARY + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=[
        "two hosts",
        "no host",
        "length and chunks",
        "chunks and length",
        "two lengths",
        "signed length",
        "chunked twice",
        "an unknown coding",
        "a chunk's size is no number",
        "a chunk longer than it says",
        "a chunk's size overflows",
        "a space before the colon",
        "a folded line",
        "a zero byte",
        "bare line feeds",
        "an unknown version",
        "one line of 100 KB",
        "100 KB in a hundred lines",
        "5 000 lines",
        "an address of 100 KB",
        "an address that is none",
    ],
)
async def test_OP_09_what_two_readers_could_read_differently_is_refused(port: int, sent: bytes) -> None:
    with capture_logs() as lines:
        status, body = await told(port, [sent])

    assert status == 400
    assert json.loads(body)["code"] in {"request.not_http", "request.head_too_large", "request.not_json"}
    assert CANARY not in body
    assert CANARY.decode() not in str(lines)
    await assert_well(port)


async def test_OP_09_nothing_behind_a_refused_message_is_taken_for_a_second_one(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET + b"Host: a\r\n\r\n"
    )
    async with asyncio.timeout(ANSWERS_WITHIN_S):
        answers = await reader.read()
    writer.close()

    assert answers.count(b"HTTP/1.") == 1


def folded(count: int, wbits: int) -> bytes:
    """So many zeros, compressed."""
    packer = zlib.compressobj(wbits=wbits)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(count // MEGABYTE)) + packer.flush()


def zeros(count: int, *, chunks: bool) -> Iterator[bytes]:
    for _ in range(count // MEGABYTE):
        yield (b"%x\r\n" % MEGABYTE if chunks else b"") + bytes(MEGABYTE) + (b"\r\n" if chunks else b"")
    yield b"0\r\n\r\n" if chunks else b""


@pytest.mark.parametrize("coding", ["gzip", "zstd", "gzip, gzip"])
async def test_OP_02_a_compressed_bomb_is_refused_by_its_size_and_a_small_one_by_its_coding(
    port: int, coding: str
) -> None:
    data = folded(BOMB_BYTES, wbits=31 if coding == "gzip" else 15)
    head = POST + b"Content-Encoding: " + coding.encode() + b"\r\n"
    before = psutil.Process().memory_info().rss

    with capture_logs() as lines:
        declared = await told(port, [head, b"Content-Length: %d\r\n\r\n" % len(data), data])
        in_chunks = await told(
            port, [head, b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(data), data, b"\r\n0\r\n\r\n"]
        )
        small = await told(port, [head, b"Content-Length: 2\r\n\r\n{}"])

    assert [answer[0] for answer in (declared, in_chunks, small)] == [413, 415, 415]
    assert psutil.Process().memory_info().rss - before < GROWS_AT_MOST
    assert lines == []
    await assert_well(port)


@pytest.mark.parametrize("chunks", [False, True], ids=["declared", "in chunks"])
async def test_OP_02_a_plain_bomb_is_refused_and_fills_nothing_though_it_goes_on(
    port: int, chunks: bool
) -> None:
    head = CHUNKED if chunks else POST + b"Content-Length: %d\r\n\r\n" % BOMB_BYTES
    before = psutil.Process().memory_info().rss

    bomb = asyncio.create_task(told(port, chain((head,), zeros(BOMB_BYTES, chunks=chunks))))
    while not bomb.done():
        await assert_well(port)

    assert bomb.result()[0] == 413
    assert psutil.Process().memory_info().rss - before < GROWS_AT_MOST
