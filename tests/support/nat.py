"""A relay between a peer and a node, which gives the peer another address, loses what it is told to, or is cut."""

import asyncio
from typing import Any, Final, Self

from tests.support.aiortc_peer import AiortcPeer

Address = tuple[str, int]
DTLS_HANDSHAKE: Final = 22


class Nat:
    """A relay on one fixed inner port, whose outer port may change; `cut` drops everything."""

    def __init__(self, node_port: int) -> None:
        self._node: Address = ("127.0.0.1", node_port)
        self._inner_peer: Address | None = None
        self._inner: asyncio.DatagramTransport | None = None
        self._outer: asyncio.DatagramTransport | None = None
        self.is_cut = False
        self.greetings_to_drop = 0
        self.from_node = 0

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
        self.from_node += 1
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
