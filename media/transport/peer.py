"""The transport of one peer: ICE and DTLS, made of aiortc's parts without its peer connection."""

import asyncio
import secrets
import string
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aioice.candidate import Candidate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceParameters, RTCIceTransport

from media.client import MediaRefused
from media.errors import MediaErrorCode
from media.negotiation.agreement import LocalTransport, RemoteTransport
from media.plane import Address, PacketPlane
from media.transport.addresses import CandidatePolicy
from media.transport.dtls import Certificate, PlaneDtlsTransport
from media.transport.ice import PlaneConnection
from platform_api.kernel.ids import PeerId
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

CONNECT_TIMEOUT_S: Final = 15.0
CLOSE_TIMEOUT_S: Final = 2.0
RESTART_TIMEOUT_S: Final = 6.0
"""Less than the silence after which a peer is dead: its old way lives until the new one is given up."""
MAX_RESTARTS: Final = 5
RESTARTS_WITHIN_S: Final = 20.0
UFRAG_CHARACTERS: Final = 12
PASSWORD_CHARACTERS: Final = 32
_ALPHABET: Final = string.ascii_letters + string.digits


class TransportState(StrEnum):
    """NEW -> CONNECTING -> CONNECTED; FAILED and CLOSED are final."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSettings:
    """What all peers of a node share."""

    plane: PacketPlane
    certificate: Certificate
    candidates: tuple[Candidate, ...]
    policy: CandidatePolicy
    tcp_candidates: tuple[Candidate, ...] = ()
    on_release: Callable[[Address], None] | None = None
    """Told each address at which an ended peer was proved to be."""
    connect_timeout_s: float = CONNECT_TIMEOUT_S


class PlaneIceTransport(RTCIceTransport):
    """ICE as DTLS sees it, whose agent may be another after a restart."""

    def move_to(self, connection: PlaneConnection) -> None:
        self._connection = connection
        self._recv, self._send = connection.recv, connection.send

    async def _monitor(self) -> None:
        """Until the agent in use has ended; one that was left ends unheard."""
        left = None
        while left is not self._connection:
            left = self._connection
            await left.get_event()
        self.emit("statechange")


class PeerTransport:
    """One peer on the plane: it exists there from construction until `close`."""

    def __init__(
        self, peer: PeerId, settings: TransportSettings, on_state: Callable[[TransportState], None]
    ) -> None:
        self._peer = peer
        self._settings = settings
        self._on_state = on_state
        self._state = TransportState.NEW
        self._tasks = TaskOwner("media.transport")
        self._log = get_logger("media.transport")
        self.local = self._fresh_local()
        """Our end, for the answer."""
        self._restarts: deque[float] = deque(maxlen=MAX_RESTARTS)
        self._next: PlaneConnection | None = None
        self._connection = self._agent(self.local, leads=True)
        gatherer = RTCIceGatherer(iceServers=[])
        # Before RTCIceTransport, which keeps the connection's recv and send from its constructor on.
        gatherer._connection = self._connection
        self._gatherer = gatherer
        self._ice = PlaneIceTransport(gatherer)
        self._dtls: PlaneDtlsTransport | None = None

    @property
    def state(self) -> TransportState:
        return self._state

    def _fresh_local(self) -> LocalTransport:
        candidates = (*self._settings.candidates, *self._settings.tcp_candidates)
        return LocalTransport(
            ufrag=_random_text(UFRAG_CHARACTERS),
            password=_random_text(PASSWORD_CHARACTERS),
            fingerprints=self._settings.certificate.fingerprints,
            candidates=tuple(candidate.to_sdp() for candidate in candidates),
        )

    def _agent(self, local: LocalTransport, *, leads: bool) -> PlaneConnection:
        """An ICE agent with this end, to which the plane brings what is said to its ufrag."""
        self._introduce(local)
        return PlaneConnection(
            self._peer,
            self._settings.plane,
            self._settings.candidates,
            local_username=local.ufrag,
            local_password=local.password,
            on_release=self._settings.on_release,
            leads=leads,
        )

    def _introduce(self, local: LocalTransport) -> None:
        self._settings.plane.add_peer(self._peer, local_ufrag=local.ufrag, local_password=local.password)

    def set_receiving(self, gets_media: bool) -> None:
        """Whether media goes to the peer: then it must answer when asked for its consent."""
        for connection in (self._connection, self._next):
            if connection is not None:
                connection.gets_media = gets_media

    def start(self, remote: RemoteTransport) -> None:
        """Begins to connect; the outcome is told by `on_state` within the time-out."""
        self._dtls = PlaneDtlsTransport(
            self._ice,
            self._settings.certificate,
            remote.role,
            lambda keys: self._settings.plane.set_keys(self._peer, keys),
        )
        self._dtls.on("statechange", self._watch)
        self._ice.on("statechange", self._watch)
        self._move(TransportState.CONNECTING)
        self._tasks.spawn(self._connect(self._dtls, remote), name="media-peer-connect")

    def receive(self, data: bytes, address: Address) -> None:
        """A datagram of this peer from the plane."""
        is_next = self._next is not None and self._next.concerns(data)
        (self._next if self._next is not None and is_next else self._connection).receive(data, address)

    async def add_candidates(self, lines: Sequence[str]) -> None:
        """Remote candidates; only those that the policy admits are looked at."""
        for candidate in self._settings.policy.admit(lines):
            await (self._next or self._connection).add_remote_candidate(candidate)

    def renew(self) -> LocalTransport:
        """Our end for an ICE restart; raises MediaRefused where there is nothing to restart, or too often."""
        if self._state is not TransportState.CONNECTED:
            raise MediaRefused(MediaErrorCode.UNKNOWN_PEER)
        now = time.monotonic()
        if len(self._restarts) == MAX_RESTARTS and now - self._restarts[0] < RESTARTS_WITHIN_S:
            raise MediaRefused(MediaErrorCode.RESTARTS_TOO_OFTEN)
        self._restarts.append(now)
        return self._fresh_local()

    def restart(self, local: LocalTransport, remote: RemoteTransport) -> None:
        """Looks for a new way (RFC 8445 9): keys stay, and the old way serves until that is nominated."""
        self._introduce(self.local)  # of all ends that were tried, the plane keeps the last two
        given_up, self._next = self._next, self._agent(local, leads=False)
        self._next.gets_media = self._connection.gets_media
        self._connection.reassure()
        if given_up is not None:
            self._tasks.spawn(given_up.close(), name="media-peer-restart-end")
        self._tasks.spawn(self._find_way(self._next, local, remote), name="media-peer-restart")

    async def _find_way(self, fresh: PlaneConnection, local: LocalTransport, remote: RemoteTransport) -> None:
        try:
            async with asyncio.timeout(RESTART_TIMEOUT_S):
                await fresh.gather_candidates()
                fresh.remote_username, fresh.remote_password = remote.ufrag, remote.password
                await self.add_candidates(remote.candidates)
                await fresh.connect()
        except (TimeoutError, ConnectionError):
            if self._next is fresh:  # else a later restart has taken its place, and it was closed
                await self._give_up(fresh)
            return
        if self._next is not fresh:
            return
        left, self._connection, self._next, self.local = self._connection, fresh, None, local
        fresh.lead_after(left)
        self._ice.move_to(fresh)
        await left.close()

    async def _give_up(self, fresh: PlaneConnection) -> None:
        """No new way was found: the old one, if it lives, is the way again."""
        self._log.info("transport.restart_failed")
        self._next = None
        self._introduce(self.local)
        await fresh.close()

    async def close(self) -> None:
        """Ends the peer on the plane and on the wire; may be called twice."""
        if self._state is not TransportState.FAILED:
            self._move(TransportState.CLOSED)
        self._settings.plane.select_address(self._peer, None)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._tasks.close()
                if self._next is not None:
                    await self._next.close()
                if self._dtls is not None:
                    await self._dtls.stop()
                await self._ice.stop()
        except TimeoutError:
            self._log.warning("transport.slow_close")
        finally:
            self._settings.plane.remove_peer(self._peer)

    async def _connect(self, dtls: PlaneDtlsTransport, remote: RemoteTransport) -> None:
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await self._gatherer.gather()
                await self.add_candidates(remote.candidates)
                await self._ice.start(
                    RTCIceParameters(usernameFragment=remote.ufrag, password=remote.password)
                )
                if self._ice.state == "completed":
                    await dtls.start(
                        RTCDtlsParameters(
                            fingerprints=[
                                RTCDtlsFingerprint(algorithm=item.algorithm, value=item.value)
                                for item in remote.fingerprints
                            ]
                        )
                    )
        except TimeoutError:
            self._log.info("transport.timeout", ice=self._ice.state, dtls=dtls.state)
        connected = self._ice.state == "completed" and dtls.state == "connected"
        self._move(TransportState.CONNECTED if connected else TransportState.FAILED)

    def _watch(self) -> None:
        """Hears of the end of a connected transport; a beginning one is judged by `_connect`."""
        if self._state is not TransportState.CONNECTED or self._dtls is None:
            return
        if self._connection.is_over:  # consent was lost: ICE closed itself, and DTLS may notice first
            self._move(TransportState.FAILED)
        elif self._dtls.state in {"closed", "failed"}:
            self._move(TransportState.CLOSED)

    def _move(self, state: TransportState) -> None:
        if state is self._state or self._state in {TransportState.FAILED, TransportState.CLOSED}:
            return
        self._state = state
        if state is TransportState.FAILED:
            self._settings.plane.select_address(self._peer, None)
        self._on_state(state)


def _random_text(size: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(size))
