"""ICE of one peer over the plane's shared port (RFC 8445, RFC 7675), on aioice.

Private names of aioice that we build on are listed in `PRIVATE_NAMES` and tested: an upgrade that moves
one fails there first.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from aioice.candidate import Candidate
from aioice.ice import CandidatePair, Connection, StunProtocol, candidate_pair_priority
from aioice.stun import Class, Message, TransactionError, parse_message

from media.plane import Address, PacketPlane
from media.transport.vigil import PATIENCE, Vigil
from platform_api.kernel.ids import PeerId
from platform_api.kernel.tasks import TaskOwner

PRIVATE_NAMES: Final = (
    "_check_list",
    "_check_list_done",
    "_find_pair",
    "_local_candidates",
    "_local_candidates_end",
    "_local_candidates_start",
    "_nominated",
    "_protocols",
    "_query_consent_task",
    "_queue",
    "_remote_candidates",
)
MAX_QUEUED_DATAGRAMS: Final = 64
MAX_ADDRESSES: Final = 32
# A peer that is heard from another address is asked at these times at its old one, and has moved if it has
# not answered after three round trips, within these bounds.
QUESTIONS_S: Final = (0.0, 0.1, 0.2)
LEAST_PATIENT_S: Final = 0.4
MOST_PATIENT_S: Final = 0.7
UNKNOWN_RTT_S: Final = 0.25
# A DTLS stack may drop the greeting that starts it, and ours asks again after a second (RFC 6347 4.2.4.1);
# a lone greeting may go out sooner.
HELLO_AGAIN_S: Final = (0.05, 0.1, 0.2, 0.4)
_BINDING_SUCCESS: Final = b"\x01\x01"
_DTLS_FIRST_BYTES: Final = range(20, 64)
_HANDSHAKE, _CLIENT_HELLO, _HANDSHAKE_TYPE_AT = 22, 1, 13


class PlaneDatagrams:
    """The datagram transport that aioice is given: one peer's share of the plane's port."""

    def __init__(
        self,
        peer: PeerId,
        plane: PacketPlane,
        protocol: StunProtocol,
        on_release: Callable[[Address], None] | None = None,
    ) -> None:
        self._peer = peer
        self._plane = plane
        self._protocol = protocol
        self._on_release = on_release
        self.bound: set[Address] = set()
        self._closed = False

    def sendto(self, data: bytes, address: Address) -> None:
        """Sends. A success response means that aioice has proved who asked: the address is the peer's."""
        if self._closed:
            return
        if data.startswith(_BINDING_SUCCESS):
            if address not in self.bound and len(self.bound) >= MAX_ADDRESSES:
                return
            self.bound.add(address)
            self._plane.bind_address(self._peer, address)
        self._plane.send_control(self._peer, data, address)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._protocol.connection_lost(None)
        if self._on_release is not None:
            for address in self.bound:
                self._on_release(address)

    def is_closing(self) -> bool:
        return self._closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - asyncio's signature
        return self._protocol.local_candidate.host if name == "sockname" else default


class PlaneConnection(Connection):
    """One ICE agent, controlled, whose only socket is the plane's.

    Of a peer's two agents during an ICE restart one `leads`: to its pair media leaves, over it DTLS goes.
    """

    def __init__(
        self,
        peer: PeerId,
        plane: PacketPlane,
        candidates: Sequence[Candidate],
        *,
        local_username: str,
        local_password: str,
        on_release: Callable[[Address], None] | None = None,
        leads: bool = True,
    ) -> None:
        super().__init__(ice_controlling=False, local_username=local_username, local_password=local_password)
        self._peer = peer
        self._plane = plane
        self._advertised = list(candidates)
        self._on_release = on_release
        self._leads = leads
        self._protocol: StunProtocol | None = None
        self._datagrams: PlaneDatagrams | None = None
        self._heard: dict[Address, float] = {}
        self._vigil = Vigil(PATIENCE, time.monotonic())
        self._rtt_s = UNKNOWN_RTT_S
        self._is_considering = False
        self._tasks = TaskOwner("media.ice")
        self._hello: asyncio.TimerHandle | None = None
        self.dropped_datagrams = 0
        self.is_over = False
        self.gets_media = True

    async def gather_candidates(self) -> None:
        """Nothing to look for: what is advertised is known (and the machine's interfaces are not scanned)."""
        if self._local_candidates_start:
            return
        self._local_candidates_start = True
        protocol = StunProtocol(self)
        datagrams = PlaneDatagrams(self._peer, self._plane, protocol, self._on_release)
        protocol.connection_made(cast(asyncio.BaseTransport, datagrams))
        self._datagrams = datagrams
        # All advertised addresses lead to the one port, so one protocol stands for all of them.
        protocol.local_candidate = self._advertised[0]
        self._protocol = protocol
        self._protocols.append(protocol)
        self._local_candidates += self._advertised
        self._local_candidates_end = True

    def receive(self, data: bytes, address: Address) -> None:
        """A datagram that the plane took for this peer: STUN for its ufrag, or DTLS from a bound address."""
        if self._protocol is not None and data:
            self._protocol.datagram_received(data, address)

    def concerns(self, data: bytes) -> bool:
        """Whether this is a check under our ufrag, or the answer to one of ours."""
        try:
            message = parse_message(data)
        except ValueError:
            return False
        if message.message_class is Class.REQUEST:
            return str(message.attributes.get("USERNAME", "")).startswith(f"{self.local_username}:")
        return self._protocol is not None and message.transaction_id in self._protocol.transactions

    def reassure(self) -> None:
        """The peer was heard in another way, and so lives."""
        self._vigil.heard(time.monotonic())

    def lead_after(self, before: "PlaneConnection") -> None:
        """Takes the lead from the agent before: media leaves to this one's pair, DTLS goes on over it."""
        before._leads, self._leads = False, True
        # Who waits for the next DTLS record waits on this queue, and is not to hear that the other has ended.
        self._queue, before._queue = before._queue, asyncio.Queue()
        if before._datagrams is not None and self._datagrams is not None:
            before._datagrams.bound -= self._datagrams.bound
        for pair in self._nominated.values():
            self._select(pair.remote_addr)

    def _select(self, address: Address | None) -> None:
        if self._leads:
            self._plane.select_address(self._peer, address)

    def data_received(self, data: bytes, component: int) -> None:
        if data[0] not in _DTLS_FIRST_BYTES or self._queue.qsize() >= MAX_QUEUED_DATAGRAMS:
            self.dropped_datagrams += 1
            return
        self._forget_hello()
        super().data_received(data, component)

    async def send(self, data: bytes) -> None:
        await super().send(data)
        if _is_client_hello(data):
            self._repeat(data, HELLO_AGAIN_S)

    def _repeat(self, hello: bytes, waits: Sequence[float]) -> None:
        self._forget_hello()
        if waits:
            loop = asyncio.get_running_loop()
            self._hello = loop.call_later(waits[0], self._say_again, hello, waits[1:])

    def _say_again(self, hello: bytes, waits: Sequence[float]) -> None:
        for pair in self._nominated.values():
            pair.protocol.transport.sendto(hello, pair.remote_addr)
        self._repeat(hello, waits)

    def _forget_hello(self) -> None:
        if self._hello is not None:
            self._hello.cancel()
            self._hello = None

    def check_incoming(self, message: Message, addr: Address, protocol: StunProtocol) -> None:
        if addr not in self._heard and len(self._heard) >= MAX_ADDRESSES:
            return
        now = time.monotonic()
        self._heard[addr] = now
        self._vigil.heard(now)
        super().check_incoming(message, addr, protocol)
        for candidate in self._remote_candidates:
            if (candidate.host, candidate.port) == addr:
                pair = self._find_pair(protocol, candidate)
                if pair is not None:
                    self._consider(pair)

    async def check_start(self, pair: CandidatePair) -> None:
        began = time.monotonic()
        await super().check_start(pair)
        if pair.state is CandidatePair.State.SUCCEEDED:
            self._rtt_s = time.monotonic() - began

    def check_complete(self, pair: CandidatePair) -> None:
        before = self._nominated.get(pair.component)
        super().check_complete(pair)
        if self._nominated.get(pair.component) is not pair:
            self._consider(pair)
        elif before is not None and before is not pair and _priority(before) >= _priority(pair):
            # A peer may nominate all that it can reach: the best counts while it lives (RFC 8445 8.1.2).
            self._nominated[pair.component] = before
            self._consider(pair)
        elif before is not pair:
            self._select(pair.remote_addr)

    def _consider(self, pair: CandidatePair) -> None:
        """A peer is heard on another checked pair than its own: if it is gone from that one, it has moved.

        It may merely keep the other pair warm; so it is asked on the one that it nominated.
        """
        nominated = self._nominated.get(pair.component)
        if nominated is None or nominated is pair or pair.state is not CandidatePair.State.SUCCEEDED:
            return
        if not self._is_considering and not self.is_over:
            self._is_considering = True
            self._tasks.spawn(self._follow(nominated, pair), name="media-ice-follow")

    async def _follow(self, old: CandidatePair, new: CandidatePair) -> None:
        """Moves to the new pair unless the peer answers on the old one: a NAT gave it another address."""
        try:
            began = time.monotonic()
            answered = await self._answers(old)
            heard = self._heard.get(old.remote_addr, 0.0) > began
            if answered or heard or self._nominated.get(new.component) is not old:
                return
            new.nominated = True
            self._nominated[new.component] = new
            self._select(new.remote_addr)
        finally:
            self._is_considering = False

    async def _answers(self, pair: CandidatePair) -> bool:
        """Whether one of a few questions is answered in a little more than the time of a round trip."""
        asking = [asyncio.ensure_future(self._ask(pair, delay_s)) for delay_s in QUESTIONS_S]
        try:
            async with asyncio.timeout(min(MOST_PATIENT_S, max(LEAST_PATIENT_S, 3 * self._rtt_s))):
                for answer in asyncio.as_completed(asking):
                    if await answer:
                        return True
        except TimeoutError:
            return False
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        return False

    async def query_consent(self) -> None:
        """Watches over the peer until it is dead or withdraws its consent (RFC 7675 5.1), and then ends.

        A peer that receives no media need not answer: its own checks, whose integrity is proved, and its
        media show that it lives. FFmpeg's WHIP muxer sends a check every 5 s and leaves ours unanswered.
        """
        vigil = self._vigil = Vigil(PATIENCE, time.monotonic())
        packets = self._packets()
        while not vigil.is_over(time.monotonic(), must_consent=self.gets_media):
            began = time.monotonic()
            wait_s = vigil.wait_s(began, random.random())  # noqa: S311 - no secret
            await asyncio.sleep(wait_s)
            vigil.excuse(time.monotonic() - began - wait_s)
            if vigil.doubts(time.monotonic()):
                before, packets = packets, self._packets()
                if packets != before:
                    vigil.heard(time.monotonic())
            vigil.asked(time.monotonic())
            for pair in list(self._nominated.values()):
                await self._ask(pair)
        self._query_consent_task = None
        await self.close()

    def _packets(self) -> int:
        """Authentic packets of the peer's media so far."""
        tracks = self._plane.peer_stats(self._peer).tracks
        return sum(layer.packets for track in tracks for layer in track.layers)

    async def _ask(self, pair: CandidatePair, delay_s: float = 0.0) -> bool:
        """Whether the peer answers a check of ours."""
        await asyncio.sleep(delay_s)
        began = time.monotonic()
        request = self.build_request(pair, nominate=False)
        try:
            await pair.protocol.request(
                request,
                pair.remote_addr,
                integrity_key=(self.remote_password or "").encode(),
                retransmissions=0,
            )
        except TransactionError:
            return False
        now = time.monotonic()
        self._rtt_s = now - began
        self._heard[pair.remote_addr] = now
        self._vigil.consented(now)
        return True

    async def close(self) -> None:
        """Ends; nothing is sent any more from this moment (RFC 7675 5.1)."""
        self.is_over = True
        self._forget_hello()
        self._select(None)
        await self._tasks.close()
        await super().close()


def _priority(pair: CandidatePair) -> int:
    return candidate_pair_priority(pair.local_candidate, pair.remote_candidate, False)


def _is_client_hello(data: bytes) -> bool:
    """A handshake record whose message is ClientHello (RFC 6347 4.1, 4.2.2)."""
    return (
        len(data) > _HANDSHAKE_TYPE_AT and data[0] == _HANDSHAKE and data[_HANDSHAKE_TYPE_AT] == _CLIENT_HELLO
    )
