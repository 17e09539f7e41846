"""A session over IPv6 alone, and a node that listens on one IPv6 address."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

import pytest

from media.config import PlaneChoice
from media.control import PublicationStarted
from media.node import MediaNode
from media.transport.addresses import host_addresses, why_no_listening
from platform_api.kernel.rooms import Source
from tests.media.test_listening import listening_node, refuse_both
from tests.media.transport.test_over_tcp import OverTcp, Tunnel, candidates
from tests.support.aiortc_peer import AiortcPeer, Events, either_plane, loopback_alone, peers
from tests.support.browser import chromium
from tests.support.canvas_publisher import publish_canvas

HERE: Final = "::1"
OTHER: Final = next((address for address in host_addresses(ipv6=True) if ":" in address), None)
pytestmark = pytest.mark.skipif(
    why_no_listening(HERE) is not None, reason="NOT PROVED HERE: a session over IPv6; this machine has none"
)
needs_another = pytest.mark.skipif(
    OTHER is None, reason="NOT PROVED HERE: IPv6 needs an address beside loopback"
)


@contextmanager
def ipv6_alone() -> Iterator[None]:
    """Peers have one address, and it is IPv6."""
    with mock.patch("aioice.ice.get_host_addresses", return_value=[HERE]):
        yield


def ways(node: MediaNode) -> list[str]:
    """Where the node sends each peer's media."""
    connections: list[Any] = [peer.transport._connection for peer in node._peers.values()]
    return [pair.remote_addr[0] for each in connections for pair in each._nominated.values()]


@either_plane
async def test_picture_goes_from_publisher_to_viewer_over_ipv6_alone(choice: PlaneChoice) -> None:
    """The node has IPv4 too and names it first, as nodes do; the peers have none."""
    async with listening_node(plane=choice, host="127.0.0.1", host6=HERE) as (node, client):
        with ipv6_alone():
            expert, doctor = (
                AiortcPeer(client, participant="expert"),
                AiortcPeer(client, participant="doctor"),
            )
            async with peers(expert, doctor):
                expert.publish(Source.SCOPE, codec="VP8")
                expert.publish(Source.VOICE)
                await expert.connect()
                doctor.receive(video=1, audio=1)
                named = candidates((await doctor.connect()).answer)
                assigned = (await doctor.subscribe("expert.scope", "expert.voice")).assignments
                for assignment in assigned:
                    await doctor.heard_on(assignment.mid).reach(20)

                assert len(assigned) == 2
                assert [words[4] for words in named if words[2] == "udp"] == ["127.0.0.1", HERE]
                assert ways(node) == [HERE, HERE]


@needs_another
@either_plane
async def test_node_on_one_ipv6_address_is_reached_there_alone(choice: PlaneChoice) -> None:
    assert OTHER is not None
    async with (
        listening_node(plane=choice, host="127.0.0.1", host6=HERE) as (node, client),
        Tunnel(node.local_port, HERE) as tunnel,
    ):
        with loopback_alone():
            expert = OverTcp(client, participant="expert")
            expert.tunnel = tunnel
            async with peers(expert):
                expert.publish(Source.SCOPE, codec="VP8")
                await expert.connect()

                assert node.figures()["tcp.lines"] == 1
                await refuse_both(OTHER, node.local_port)


@pytest.mark.e2e
@needs_another
async def test_browser_sends_its_picture_over_ipv6() -> None:
    settings = {"host": "127.0.0.1", "host6": OTHER, "advertised_addresses": (OTHER,), "tcp": False}
    async with listening_node(**settings) as (node, client), chromium() as browser:
        events = Events(client)
        await client.watch("room-1")
        page = await browser.new_page()
        await publish_canvas(page, client, {})
        await events.until(PublicationStarted)

        (way,) = ways(node)
        assert ":" in way
