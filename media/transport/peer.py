"""The transport of one peer: ICE and DTLS, made of aiortc's parts without its peer connection."""

import asyncio
import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aioice.candidate import Candidate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceParameters, RTCIceTransport

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


class PeerTransport:
    """One peer on the plane: it exists there from construction until `close`."""

    def __init__(
        self, peer: PeerId, settings: TransportSettings, on_state: Callable[[TransportState], None]
    ) -> None:
        self._peer = peer
        self._settings = settings
        self._on_state = on_state
        self._state = TransportState.NEW
        self._ufrag = _random_text(UFRAG_CHARACTERS)
        self._password = _random_text(PASSWORD_CHARACTERS)
        self._tasks = TaskOwner("media.transport")
        self._log = get_logger("media.transport")
        self._connection = PlaneConnection(
            peer,
            settings.plane,
            settings.candidates,
            local_username=self._ufrag,
            local_password=self._password,
            on_release=settings.on_release,
        )
        gatherer = RTCIceGatherer(iceServers=[])
        # Before RTCIceTransport, which keeps the connection's recv and send from its constructor on.
        gatherer._connection = self._connection
        self._gatherer = gatherer
        self._ice = RTCIceTransport(gatherer)
        self._dtls: PlaneDtlsTransport | None = None
        settings.plane.add_peer(peer, local_ufrag=self._ufrag, local_password=self._password)

    @property
    def state(self) -> TransportState:
        return self._state

    @property
    def local(self) -> LocalTransport:
        """Our end, for the answer."""
        candidates = (*self._settings.candidates, *self._settings.tcp_candidates)
        return LocalTransport(
            ufrag=self._ufrag,
            password=self._password,
            fingerprints=self._settings.certificate.fingerprints,
            candidates=tuple(candidate.to_sdp() for candidate in candidates),
        )

    def set_receiving(self, gets_media: bool) -> None:
        """Whether media goes to the peer: then it must answer when asked for its consent."""
        self._connection.gets_media = gets_media

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
        self._connection.receive(data, address)

    async def add_candidates(self, lines: Sequence[str]) -> None:
        """Remote candidates; only those that the policy admits are looked at."""
        for candidate in self._settings.policy.admit(lines):
            await self._connection.add_remote_candidate(candidate)

    async def close(self) -> None:
        """Ends the peer on the plane and on the wire; may be called twice."""
        if self._state is not TransportState.FAILED:
            self._move(TransportState.CLOSED)
        self._settings.plane.select_address(self._peer, None)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._tasks.close()
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
