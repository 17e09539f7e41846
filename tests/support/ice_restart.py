"""The client's half of an ICE restart, which aiortc itself does not know: a second agent under the same DTLS."""

from typing import Any, Self

from aioice.candidate import Candidate
from aioice.ice import Connection

from tests.support.aiortc_peer import AiortcPeer


class RestartedIce:
    """Fresh credentials at `ufrag` and `password`; the peer moves to them when the node has told its own."""

    def __init__(self, peer: AiortcPeer) -> None:
        dtls: Any = peer.connection.getTransceivers()[0].receiver.transport
        self._ice: Any = dtls.transport
        self._fresh: Any = Connection(ice_controlling=True)
        peer.agents += [self._ice._connection, self._fresh]

    @classmethod
    async def of(cls, peer: AiortcPeer) -> Self:
        made = cls(peer)
        await made._fresh.gather_candidates()
        return made

    @property
    def ufrag(self) -> str:
        return str(self._fresh.local_username)

    @property
    def password(self) -> str:
        return str(self._fresh.local_password)

    async def move(self, ufrag: str, password: str, port: int) -> None:
        """Checks the way to this port of 127.0.0.1, nominates it, and goes on there; returns when it has."""
        fresh, left = self._fresh, self._ice._connection
        fresh.remote_username, fresh.remote_password = ufrag, password
        await fresh.add_remote_candidate(Candidate("1", 1, "udp", 2130706431, "127.0.0.1", port, "host"))
        await fresh.add_remote_candidate(None)
        fresh._queue, left._queue = left._queue, fresh._queue
        await fresh.connect()
        self._ice._connection, self._ice._recv, self._ice._send = fresh, fresh.recv, fresh.send
