"""What happens to a session when the network moves or takes a peer away."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from unittest import mock

from media.control import PeerStateChanged, PublicationEnded, PublicationStarted, RoomQuality
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, Events, peers, running_node

Address = tuple[str, int]
DTLS_HANDSHAKE = 22


@contextmanager
def hasty_consent() -> Iterator[None]:
    """Consent is asked every 0.3 s instead of 5, and silence is judged as much sooner."""
    with mock.patch("aioice.ice.CONSENT_INTERVAL", 0.3), mock.patch("media.transport.ice.SILENCE_S", 0.5):
        yield


class Nat:
    """A relay on one fixed inner port, whose outer port may change; `cut` drops everything."""

    def __init__(self, node_port: int) -> None:
        self._node: Address = ("127.0.0.1", node_port)
        self._inner_peer: Address | None = None
        self._inner: asyncio.DatagramTransport | None = None
        self._outer: asyncio.DatagramTransport | None = None
        self.is_cut = False
        self.greetings_to_drop = 0

    async def __aenter__(self) -> Self:
        self._inner = await self._open(self._from_peer)
        self._outer = await self._open(self._from_node)
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in (self._inner, self._outer):
            if transport is not None:
                transport.close()

    @property
    def port(self) -> int:
        assert self._inner is not None
        return int(self._inner.get_extra_info("sockname")[1])

    async def rebind(self) -> None:
        """From now on the node sees another port, and the old one is dead."""
        assert self._outer is not None
        self._outer.close()
        self._outer = await self._open(self._from_node)

    async def _open(self, receive: Any) -> asyncio.DatagramTransport:
        class Protocol(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: Address) -> None:
                receive(data, addr)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Protocol, local_addr=("127.0.0.1", 0))
        return transport

    def _from_peer(self, data: bytes, address: Address) -> None:
        self._inner_peer = address
        if self._outer is not None and not self.is_cut:
            self._outer.sendto(data, self._node)

    def _from_node(self, data: bytes, _: Address) -> None:
        if self.greetings_to_drop and data[0] == DTLS_HANDSHAKE:
            self.greetings_to_drop -= 1
            return
        if self._inner is not None and self._inner_peer is not None and not self.is_cut:
            self._inner.sendto(data, self._inner_peer)


class BehindNat(AiortcPeer):
    """Reaches the node only through a relay."""

    nat: Nat
    node_port: int

    def rewrite_answer(self, answer: str) -> str:
        return answer.replace(f"127.0.0.1 {self.node_port} typ", f"127.0.0.1 {self.nat.port} typ")


async def test_peer_is_followed_when_its_nat_gives_it_another_port() -> None:
    with hasty_consent():
        async with running_node() as (node, client), Nat(node.local_port) as nat:
            events = Events(client)
            await client.watch("room-1")
            expert, doctor = AiortcPeer(client, participant="expert"), BehindNat(client, participant="doctor")
            doctor.nat, doctor.node_port = nat, node.local_port
            async with peers(expert, doctor):
                expert.publish(Source.SCOPE, codec="VP8")
                await expert.connect()
                doctor.receive()
                await doctor.connect()
                (assignment,) = (await doctor.subscribe("expert.scope")).assignments
                await doctor.heard_on(assignment.mid).reach(5)

                await nat.rebind()

                await doctor.heard_on(assignment.mid).further(30)
                assert not events.of(PeerStateChanged, participant="doctor", state="failed")


async def test_peer_that_falls_silent_fails_and_its_publications_end() -> None:
    with hasty_consent():
        async with running_node() as (node, client), Nat(node.local_port) as nat:
            events = Events(client)
            await client.watch("room-1")
            expert = BehindNat(client, participant="expert")
            expert.nat, expert.node_port = nat, node.local_port
            async with peers(expert):
                expert.publish(Source.SCOPE, codec="VP8")
                await expert.connect()
                await events.until(PublicationStarted)

                nat.is_cut = True

                await events.until(PeerStateChanged, participant="expert", state="failed")
                await events.until(PublicationEnded, publication="expert.scope")
                assert node.figures()["peers"] == 0


class Deaf(AiortcPeer):
    """Sends its own checks and answers none, as FFmpeg's WHIP muxer does once it is connected."""

    def turn_deaf(self) -> None:
        transport: Any = self.connection.getTransceivers()[0].sender.transport
        transport.transport._connection.request_received = lambda message, addr, protocol: None


async def test_encoder_that_only_sends_checks_lives_and_a_viewer_that_does_fails() -> None:
    with hasty_consent():
        async with running_node() as (node, client):
            events = Events(client)
            await client.watch("room-1")
            encoder, viewer = Deaf(client, participant="encoder"), Deaf(client, participant="viewer")
            async with peers(encoder, viewer):
                encoder.publish(Source.SCOPE, codec="VP8")
                viewer.receive()
                for peer in (encoder, viewer):
                    await peer.connect()
                    peer.turn_deaf()

                await events.until(PeerStateChanged, participant="viewer", state="failed")
                await events.until(RoomQuality, count=len(events.of(RoomQuality)) + 1)

                assert not events.of(PeerStateChanged, participant="encoder", state="failed")
                assert not events.of(PublicationEnded)
                assert node.figures()["peers"] == 1


class Greeted(BehindNat):
    """Has the node begin the handshake, as encoders do."""

    def rewrite(self, offer: str) -> str:
        return offer.replace("a=setup:actpass", "a=setup:passive")


async def test_lost_greetings_are_said_again_before_a_second_has_passed() -> None:
    async with running_node() as (node, client), Nat(node.local_port) as nat:
        nat.greetings_to_drop = 3
        expert = Greeted(client, participant="expert")
        expert.nat, expert.node_port = nat, node.local_port
        async with peers(expert):
            expert.publish(Source.SCOPE, codec="VP8")
            # Three by the handshake's own timer alone would take seven seconds.
            async with asyncio.timeout(4):
                await expert.connect()
        assert nat.greetings_to_drop == 0
