"""A whole peer over TCP: RFC 4571 by hand, and STUN, DTLS and SRTP by unmodified aiortc."""

import asyncio
from typing import Any, Self

from media.app import make_plane
from media.client import MediaClient
from media.config import MediaSettings
from media.control import PeerStateChanged
from media.local import LocalMediaClient
from media.node import MediaNode
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, Events, peers, running_node
from tests.support.product import free_media_port

Address = tuple[str, int]


class Tunnel(asyncio.DatagramProtocol):
    """A UDP port on the peer's side whose datagrams travel as frames of one TCP connection to the node.

    It connects at the first of them, which is lost: peers say it again.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._node: Address = (host, port)
        self._peer: Address | None = None
        self._running: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.frames = 0
        self.ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._inner: asyncio.DatagramTransport
        self._inner, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._inner.close()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    @property
    def port(self) -> int:
        return int(self._inner.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._peer = addr
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())
        elif self._writer is not None:
            self._writer.write(len(data).to_bytes(2, "big") + data)

    async def _run(self) -> None:
        reader, self._writer = await asyncio.open_connection(*self._node)
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                data = await reader.readexactly(size)
                self.frames += 1
                if self._peer is not None:
                    self._inner.sendto(data, self._peer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ended.set()
        finally:
            self._writer.close()


class OverTcp(AiortcPeer):
    """Reaches the node by its tunnel alone."""

    tunnel: Tunnel
    answer = ""

    def rewrite_answer(self, answer: str) -> str:
        self.answer = answer
        kept = [line for line in answer.splitlines() if "tcptype" not in line]
        sdp = "\r\n".join(kept) + "\r\n"
        for line in {line for line in kept if line.startswith("a=candidate:")}:
            words = line.split()
            words[4:6] = "127.0.0.1", str(self.tunnel.port)
            sdp = sdp.replace(line, " ".join(words))
        return sdp


async def test_picture_goes_both_ways_over_tcp_and_the_line_ends_with_the_peer() -> None:
    async with (
        running_node() as (node, client),
        Tunnel(node.local_port) as up,
        Tunnel(node.local_port) as down,
    ):
        events = Events(client)
        await client.watch("room-1")
        expert, doctor = OverTcp(client, participant="expert"), OverTcp(client, participant="doctor")
        expert.tunnel, doctor.tunnel = up, down
        async with peers(expert, doctor):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            doctor.receive()
            await doctor.connect()
            (assignment,) = (await doctor.subscribe("expert.scope")).assignments
            await doctor.heard_on(assignment.mid).reach(10)

            figures = node.figures()
            assert figures["tcp.lines"] == 2
            assert figures["tcp.frames_out"] >= down.frames > 10
            assert not {name for name in figures if name.startswith("tcp.dropped")}

            await doctor.leave()
            await asyncio.wait_for(down.ended.wait(), 5)
            assert node.figures()["tcp.lines"] == 1
            assert events.of(PeerStateChanged, participant="expert", state="closed") == []


def candidates(answer: str) -> list[list[str]]:
    lines = dict.fromkeys(line for line in answer.splitlines() if line.startswith("a=candidate:"))
    return [line.split() for line in lines]


async def answered(**settings: Any) -> list[list[str]]:
    async with running_node(**settings) as (_, client):
        return await asked_of(client)


async def asked_of(client: MediaClient) -> list[list[str]]:
    doctor = AiortcPeer(client, participant="doctor")
    async with peers(doctor):
        doctor.receive()
        await doctor.connection.setLocalDescription(await doctor.connection.createOffer())
        return candidates((await doctor.offer_only()).answer)


async def test_answers_name_tcp_after_udp_at_the_same_number_and_below_it() -> None:
    udp, tcp = await answered()

    assert udp[2] == "udp"
    assert tcp[2] == "tcp"
    assert tcp[5] == udp[5]
    assert tcp[6:] == ["typ", "host", "tcptype", "passive"]
    assert int(tcp[3]) < int(udp[3])
    assert tcp[0] != udp[0]


async def test_no_tcp_where_it_is_switched_off() -> None:
    assert [words[2] for words in await answered(tcp=False)] == ["udp"]


async def test_answers_name_the_port_and_the_addresses_of_the_settings_and_no_other() -> None:
    """Behind NAT: the addresses outside, IPv4 and IPv6, each in UDP and in TCP."""
    outside = ("198.51.100.7", "2001:db8::7")
    settings = MediaSettings(port=free_media_port(), advertised_addresses=outside, ipv6=False)
    plane, _ = make_plane(settings)
    node = MediaNode(plane, settings)
    await node.start()
    client = LocalMediaClient(node)
    try:
        found = [(words[2], words[4], int(words[5])) for words in await asked_of(client)]
    finally:
        client.close()
        await node.close()

    assert found == [(kind, address, settings.port) for kind in ("udp", "tcp") for address in outside]
