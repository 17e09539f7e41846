"""The TCP door: who comes in, who is sent away, and what a slow peer costs."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import pytest

from media.transport.framing import framed
from media.transport.tcp_door import DoorLimits, TcpDoor
from media.transport.tcp_line import QUEUED_BYTES
from tests.media.transport.test_framing import check
from tests.support.product import free_media_port, free_port

SUCCESS = bytes.fromhex("010100002112a442") + bytes(12)
WAIT_S = 10.0


class Plane(asyncio.DatagramProtocol):
    """What a plane would hear, and a voice to answer with."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait((data, addr))

    async def next(self) -> tuple[bytes, tuple[str, int]]:
        return await asyncio.wait_for(self.heard.get(), WAIT_S)

    def answer(self, data: bytes, address: tuple[str, int]) -> None:
        self.transport.sendto(data, address)


class Client:
    """A raw TCP peer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.line = cast(asyncio.Transport, writer.transport)

    async def frame(self) -> bytes:
        length = int.from_bytes(await asyncio.wait_for(self.reader.readexactly(2), WAIT_S))
        return await asyncio.wait_for(self.reader.readexactly(length), WAIT_S)

    async def ended(self) -> None:
        """Waits to be cut."""
        try:
            while await asyncio.wait_for(self.reader.read(4096), WAIT_S):
                continue
        except ConnectionError:
            return


class Lab:
    def __init__(self, door: TcpDoor, plane: Plane, port: int) -> None:
        self.door, self.plane, self.port = door, plane, port
        self._writers: list[asyncio.StreamWriter] = []

    async def client(self, *first: bytes) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        for datagram in first:
            writer.write(framed(datagram))
        return Client(reader, writer)

    async def proved(self) -> tuple[Client, tuple[str, int]]:
        """A client whose check the plane has answered."""
        client = await self.client(check())
        _, address = await self.plane.next()
        self.plane.answer(SUCCESS, address)
        assert await client.frame() == SUCCESS
        return client, address

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
        await self.door.close()
        self.plane.transport.close()


@pytest.fixture
async def lab() -> AsyncIterator[Callable[..., Awaitable[Lab]]]:
    made: list[Lab] = []

    async def make(**limits: float) -> Lab:
        port = free_port()
        loop = asyncio.get_running_loop()
        _, plane = await loop.create_datagram_endpoint(Plane, local_addr=("127.0.0.1", port))
        door = TcpDoor(DoorLimits(**limits))  # type: ignore[arg-type]
        await door.open(port, host6=None)
        made.append(Lab(door, plane, port))
        return made[-1]

    yield make
    for item in made:
        await item.close()


Make = Callable[..., Awaitable[Lab]]


async def test_each_line_is_an_address_of_its_own_and_carries_both_ways(lab: Make) -> None:
    here = await lab()
    (first, one), (second, other) = await here.proved(), await here.proved()
    first.writer.write(framed(b"\x16 handshake") + framed(b"\x80 media of it"))

    assert one != other
    assert [await here.plane.next(), await here.plane.next()] == [
        (b"\x16 handshake", one),
        (b"\x80 media of it", one),
    ]
    here.plane.answer(b"\x80 media for you", other)
    assert await second.frame() == b"\x80 media for you"
    assert here.door.figures()["tcp.lines"] == 2


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "tcp.bad_frame"),
        (b"\x00\x00" * 8, "tcp.bad_frame"),
        (framed(b"\x16" * 40), "tcp.not_a_check"),
        (framed(b"\x80" * 40), "tcp.not_a_check"),
        (framed(check()[:-8]), "tcp.not_a_check"),
        (framed(check()) + framed(b"\x16" * 40), "tcp.not_a_check"),
    ],
    ids=["text", "empty frames", "DTLS", "RTP", "half a check", "DTLS before its proof"],
)
async def test_who_begins_with_anything_else_is_cut(lab: Make, stream: bytes, why: str) -> None:
    here = await lab()
    client = await here.client()
    client.writer.write(stream)

    await client.ended()

    assert here.door.figures()[why] == 1
    assert here.door.figures()["tcp.lines"] == 0


async def test_who_proves_nothing_and_who_falls_silent_is_cut(lab: Make) -> None:
    here = await lab(greeting_s=0.2, proof_s=0.5, idle_s=1.0)
    silent, unproved = await here.client(), await here.client(check())
    await here.plane.next()
    proved, _ = await here.proved()

    await silent.ended()
    await unproved.ended()
    assert here.door.figures()["tcp.unproved"] == 2
    await proved.ended()
    assert here.door.figures()["tcp.idle"] == 1


async def test_strangers_of_one_address_do_not_keep_those_out_who_proved_themselves(lab: Make) -> None:
    here = await lab(unproved_an_address=2, lines_an_address=5, lines=6)
    strangers = [await here.client(check()) for _ in range(2)]
    for _ in strangers:
        await here.plane.next()

    await (await here.client(check())).ended()
    assert here.door.figures()["tcp.refused_address"] == 1

    for stranger in strangers:
        stranger.writer.transport.abort()
    await _until(lambda: here.door.figures()["tcp.lines"] == 0)
    for _ in range(5):
        await here.proved()
    await (await here.client(check())).ended()
    assert here.door.figures()["tcp.refused_address"] == 2
    assert here.door.figures()["tcp.lines"] == 5


async def test_the_door_is_full_at_its_limit(lab: Make) -> None:
    here = await lab(lines=2)
    for _ in range(2):
        await here.proved()

    await (await here.client(check())).ended()

    assert here.door.figures()["tcp.refused_full"] == 1


async def test_a_slow_peer_loses_datagrams_and_costs_no_more_than_its_queue(lab: Make) -> None:
    here = await lab()
    client, address = await here.proved()
    client.line.pause_reading()
    media = b"\x80" + bytes(1199)

    async with asyncio.timeout(WAIT_S):
        while "tcp.dropped_out" not in here.door.figures():
            for _ in range(32):
                here.plane.answer(media, address)
            await asyncio.sleep(0)
    line = here.door._seen[address]
    assert line._transport is not None
    assert line._transport.get_write_buffer_size() < 2 * QUEUED_BYTES

    client.line.resume_reading()
    assert await client.frame() == media  # what was not dropped is whole


async def test_the_line_ends_with_its_peer_and_the_last_word_is_heard(lab: Make) -> None:
    here = await lab()
    (client, address), (other, _) = await here.proved(), await here.proved()
    here.plane.answer(b"\x15 the end of DTLS", address)
    assert await client.frame() == b"\x15 the end of DTLS"

    here.door.release(("127.0.0.1", 9))
    here.door.release(address)

    await client.ended()
    assert here.door.figures()["tcp.lines"] == 1
    assert not other.reader.at_eof()


@pytest.mark.skipif(not socket.has_ipv6, reason="a machine without IPv6")
async def test_the_door_is_open_in_both_families() -> None:
    port = free_media_port()
    door = TcpDoor()
    await door.open(port)
    try:
        for host in ("127.0.0.1", "::1"):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
        await _until(lambda: door.figures()["tcp.accepted"] == 2)
    finally:
        await door.close()


async def test_a_taken_number_is_said(lab: Make) -> None:
    here = await lab()
    second = TcpDoor()

    with pytest.raises(OSError, match="in use"):
        await second.open(here.port, host6=None)

    assert not second.is_open


async def _until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not what():
            await asyncio.sleep(0.01)
