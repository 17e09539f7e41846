"""A media node in a network of its own: what leaves it for the places that a peer's candidates name.

A program, run by `unshare --net`: takes the nets of the setting and the place to wait for (or nothing),
prints, as its last line, how many datagrams the kernel carried to each named place, whether anybody listened
there or not. Beside loopback there is one link, on which the machine's own address and two other places lie.
"""

import asyncio
import json
import socket
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from tests.support.aiortc_peer import AiortcPeer, peers, running_node

LINK: Final = "far"
PORT: Final = 5432
LOOPBACK: Final = "127.0.0.1"
OWN: Final = "198.51.100.1"
NEIGHBOUR: Final = "198.51.100.77"
LINK_LOCAL: Final = "169.254.169.254"
NAMED: Final = (LOOPBACK, OWN, NEIGHBOUR, LINK_LOCAL)
SET_UP: Final = (
    "link set lo up",
    f"link add {LINK} type veth peer name near",
    f"addr add {OWN}/24 dev {LINK}",
    f"link set {LINK} up",
    "link set near up",
    f"route add 169.254.0.0/16 dev {LINK}",
    f"neigh add {NEIGHBOUR} lladdr 02:00:00:00:00:77 dev {LINK} nud permanent",
    f"neigh add {LINK_LOCAL} lladdr 02:00:00:00:00:99 dev {LINK} nud permanent",
)
IPV4: Final = 0x0800


class Carried:
    """Counts every IPv4 datagram that any interface of this network carries, by destination."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()
        self._changed = asyncio.Event()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._count)

    def to(self, address: str) -> int:
        return self._counts[address, PORT]

    @property
    def total(self) -> int:
        return self._counts.total()

    async def until(self, address: str) -> None:
        async with asyncio.timeout(10):
            while not self.to(address):
                self._changed.clear()
                await self._changed.wait()

    def _count(self) -> None:
        packet = self._socket.recv(65_535)
        header = (packet[0] & 0x0F) * 4
        if packet[9] == socket.IPPROTO_UDP:
            port = struct.unpack_from(">H", packet, header + 2)[0]
            self._counts[socket.inet_ntoa(packet[16:20]), port] += 1
            self._changed.set()


class Pointing(AiortcPeer):
    """Names places in its offer at which it is not."""

    def rewrite(self, offer: str) -> str:
        lines = [
            f"a=candidate:{number} 1 udp {2130706430 - number} {address} {PORT} typ host"
            for number, address in enumerate(NAMED)
        ]
        return offer + "\r\n".join(lines) + "\r\n"


def link_transmitted() -> int:
    """The link's own counter of packets sent (`/proc/net/dev`, ninth figure)."""
    for line in Path("/proc/net/dev").read_text(encoding="ascii").splitlines():
        name, _, figures = line.partition(":")
        if name.strip() == LINK:
            return int(figures.split()[9])
    raise LookupError(LINK)


async def measure(nets: tuple[str, ...], reached: str | None) -> dict[str, int]:
    """What was carried until a place was reached, or (None) until two other peers have connected.

    The first peer never sends a check, so that those of the node, one each 20 ms, would go on all the while.
    """
    carried = Carried()
    async with running_node(remote_candidate_nets=nets) as (_, client):
        silent, *others = (Pointing(client, participant=name) for name in "abc")
        async with peers(silent, *others):
            before = link_transmitted()
            for each in (silent, *others):
                each.receive()
            await silent.connection.setLocalDescription(await silent.connection.createOffer())
            await silent.offer_only()
            for each in others if reached is None else ():
                await each.connect()
            if reached is not None:
                await carried.until(reached)
            figures = {address: carried.to(address) for address in NAMED}
            return figures | {"link": link_transmitted() - before, "all": carried.total}


def main() -> None:
    Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1", encoding="ascii")
    for words in SET_UP:
        subprocess.run(["ip", *words.split()], check=True)
    nets, reached = sys.argv[1:]
    print(json.dumps(asyncio.run(measure(tuple(nets.split()), reached or None))))


if __name__ == "__main__":
    main()
