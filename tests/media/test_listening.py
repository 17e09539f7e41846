"""A node that listens on one address: reached there over UDP and TCP, and nowhere else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from media.app import make_plane
from media.config import MediaSettings, PlaneChoice
from media.local import LocalMediaClient
from media.node import MediaNode
from platform_api.kernel.rooms import Source
from tests.media.transport.test_over_tcp import OverTcp, Tunnel, candidates
from tests.support.aiortc_peer import AiortcPeer, either_plane, loopback_alone, peers
from tests.support.product import free_media_port

HERE, ELSEWHERE = "127.0.0.2", "127.0.0.1"
WAIT_S = 10.0


@asynccontextmanager
async def listening_node(**settings: Any) -> AsyncIterator[tuple[MediaNode, LocalMediaClient]]:
    """A node as its settings alone say, on a free port."""
    chosen = MediaSettings(port=free_media_port(), **settings)
    plane, _ = make_plane(chosen)
    node = MediaNode(plane, chosen)
    await node.start()
    client = LocalMediaClient(node)
    try:
        yield node, client
    finally:
        client.close()
        await node.close()


async def refuse_both(address: str, port: int) -> None:
    """Passes if the system says that nobody listens there, in UDP and in TCP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect((address, port))
        asking.send(b"is anybody here?")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.wait_for(asyncio.get_running_loop().sock_recv(asking, 1), WAIT_S)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.wait_for(asyncio.open_connection(address, port), WAIT_S)


@either_plane
async def test_node_on_one_address_is_reached_there_alone_over_udp_and_tcp(choice: PlaneChoice) -> None:
    async with (
        listening_node(plane=choice, host=HERE, ipv6=False) as (node, client),
        Tunnel(node.local_port, HERE) as tunnel,
    ):
        with loopback_alone():
            expert, doctor = OverTcp(client, participant="expert"), AiortcPeer(client, participant="doctor")
            expert.tunnel = tunnel
            async with peers(expert, doctor):
                expert.publish(Source.SCOPE, codec="VP8")
                await expert.connect()
                doctor.receive()
                named = candidates((await doctor.connect()).answer)
                (assignment,) = (await doctor.subscribe("expert.scope")).assignments
                await doctor.heard_on(assignment.mid).reach(10)

                assert [(words[2], words[4]) for words in named] == [("udp", HERE), ("tcp", HERE)]
                assert node.figures()["tcp.lines"] == 1
                await refuse_both(ELSEWHERE, node.local_port)


@either_plane
async def test_node_on_all_addresses_is_reached_at_each(choice: PlaneChoice) -> None:
    async with listening_node(plane=choice, advertised_addresses=(ELSEWHERE,), ipv6=False) as (node, _):
        for address in (HERE, ELSEWHERE):
            _, writer = await asyncio.open_connection(address, node.local_port)
            writer.close()
            with pytest.raises(OSError, match="in use"), socket.socket(type=socket.SOCK_DGRAM) as other:
                other.bind((address, node.local_port))
