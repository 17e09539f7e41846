"""One media node: the rooms on one plane, and everything that may be asked of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from media.allocation.loop import TURN_S, Allocations
from media.assignment import assign
from media.census import Census
from media.client import MediaRefused
from media.config import MediaSettings
from media.connections import Connections, EndReason
from media.control import (
    AudioLevel,
    CloseRoom,
    Disconnect,
    IceRestarted,
    Negotiate,
    Negotiated,
    NodeEvent,
    PeerStateChanged,
    RequestKeyframe,
    RestartIce,
    RoomQuality,
    SetPublication,
    SetViewport,
    SlotInfo,
    Subscribe,
    Subscribed,
    TapLayers,
)
from media.control import Candidate as CandidateRequest
from media.errors import MediaErrorCode
from media.negotiation.agreement import LocalTransport, RemoteTransport
from media.peer import Peer
from media.plane import Address, ClockPoint, LineEstimate, PacketPlane, SlotClockPoint
from media.quality import QualityMeter
from media.room import Room
from media.stage import Stage
from media.taps import Taps, TapSink
from media.transport.addresses import (
    CandidatePolicy,
    advertised_addresses,
    hosts_here,
    local_candidates,
    tcp_candidates,
)
from media.transport.dtls import Certificate
from media.transport.peer import PeerTransport, TransportSettings, TransportState
from media.transport.tcp_door import TcpDoor
from platform_api.kernel.clock import Clock, SystemClock
from platform_api.kernel.ids import PeerId, PublicationId, new_id
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

QUALITY_INTERVAL_S: Final = 2.0
EMPTY_ROOM_LIFE_S: Final = 20.0
MAX_PEERS_OF_PARTICIPANT: Final = 4


class MediaNode:
    """Satisfies `PlaneListener`; its requests raise MediaRefused. All calls on one event loop."""

    def __init__(self, plane: PacketPlane, settings: MediaSettings, *, clock: Clock | None = None) -> None:
        self._plane = plane
        self._settings = settings
        self._clock = clock or SystemClock()
        self._rooms: dict[str, Room] = {}
        self._peers: dict[PeerId, Peer] = {}
        self._listeners: list[Callable[[NodeEvent], None]] = []
        self._taps = Taps(plane)
        self._stage = Stage(plane, self._taps, self._tell)
        self._allocations = Allocations(plane, self._taps, self._tell)
        self.counters: Counter[str] = Counter()
        self._quality = QualityMeter(plane)
        self._connections = Connections(plane, self._clock)
        self.census = Census(
            plane,
            self._rooms,
            counters=self.figures,
            quality=self._quality,
            allocations=self._allocations,
            taps=self._taps,
            connections=self._connections,
            clock=self._clock,
        )
        self._tasks = TaskOwner("media.node")
        self._transports: TransportSettings | None = None
        self._door = TcpDoor()
        self._age = 0
        self.instance = new_id()
        self._log = get_logger("media.node")

    async def start(self) -> None:
        """Opens the port; raises OSError where it is taken, SettingsError where it is to listen elsewhere."""
        settings = self._settings
        host, host6 = hosts_here(settings)
        await self._plane.start(self)
        if settings.tcp:
            await self._door.open(self._plane.local_port, host=host, host6=host6)
        addresses = advertised_addresses(
            settings.advertised_addresses, loopback=settings.loopback, host=host, host6=host6
        )
        self._transports = TransportSettings(
            plane=self._plane,
            certificate=Certificate(),
            candidates=local_candidates(addresses, self._plane.local_port),
            tcp_candidates=tcp_candidates(addresses, self._plane.local_port) if settings.tcp else (),
            on_release=self._door.release,
            policy=CandidatePolicy.of(settings.remote_candidate_nets),
            connect_timeout_s=settings.connect_timeout_s,
        )
        self._tasks.spawn(self._tend(), name="media-tend")
        self._tasks.spawn(self._allocate(), name="media-allocate")
        self._log.info("node.started", port=self._plane.local_port, addresses=addresses)

    async def close(self) -> None:
        """Ends all rooms and frees the port."""
        for room in list(self._rooms.values()):
            await self.close_room(CloseRoom(room=room.id))
        await self._tasks.close()
        await self._door.close()
        await self._plane.close()

    def listen(self, listener: Callable[[NodeEvent], None]) -> Callable[[], None]:
        """Has every event of every room told; returns the call that ends it. A listener must not block."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def local_port(self) -> int:
        return self._plane.local_port

    # What is asked of the node.

    async def negotiate(self, request: Negotiate) -> Negotiated:
        room = self._rooms.get(request.room) or Room(request.room)
        peer = room.peers.get(request.peer)
        if peer is not None:
            peer = room.peer_of(request.participant, request.peer)
            agreement = peer.negotiation.answer(
                request.offer, publications=request.publications, may_publish=request.may_publish
            )
            if agreement.local is not None:
                self._restart(peer, agreement.local, agreement.remote)
        elif request.restarts_ice:
            raise MediaRefused(MediaErrorCode.UNKNOWN_PEER)
        else:
            self._refuse_crowd(room, request.participant)
            peer = self._new_peer(request)
            try:
                agreement = peer.negotiation.answer(
                    request.offer, publications=request.publications, may_publish=request.may_publish
                )
            except MediaRefused:
                await peer.transport.close()
                raise
            self._seat(room, peer)
            peer.transport.start(agreement.remote)
        peer.agree(agreement, request.may_subscribe)
        self._stage.set(room, peer)
        self.counters["negotiations"] += 1
        return Negotiated(
            answer=agreement.answer,
            slots=tuple(
                SlotInfo(mid=slot.mid, kind="audio" if slot.kind == "audio" else "video")
                for slot in agreement.slots
            ),
        )

    async def subscribe(self, request: Subscribe) -> Subscribed:
        room = self._room(request.room)
        peer = room.peer_of(request.participant, request.peer)
        assignments = assign(self._plane, room, peer, request.want)
        self._allocations.settle(room, peer, self._clock.monotonic_s())
        return Subscribed(assignments=assignments)

    async def set_viewport(self, request: SetViewport) -> None:
        room = self._room(request.room)
        peer = room.peer_of(request.participant, request.peer)
        peer.shown = {item.publication: (item.width, item.height) for item in request.shown}
        self._allocations.settle(room, peer, self._clock.monotonic_s())

    async def set_publication(self, request: SetPublication) -> None:
        room = self._room(request.room)
        publication = self._stage.switch(room, request.publication, on=request.on)
        self._allocations.changed(room, publication, self._clock.monotonic_s())

    async def candidate(self, request: CandidateRequest) -> None:
        peer = self._room(request.room).peers.get(request.peer)
        if peer is None:
            raise MediaRefused(MediaErrorCode.UNKNOWN_PEER)
        if request.ice is not None and request.ice != peer.negotiation.ufrag:
            raise MediaRefused(MediaErrorCode.ICE_CHANGED)
        await peer.transport.add_candidates([request.candidate.removeprefix("a=").removeprefix("candidate:")])

    async def restart_ice(self, request: RestartIce) -> IceRestarted:
        peer = self._room(request.room).peer_of(request.participant, request.peer)
        agreed = peer.negotiation.restart(request.ufrag, request.password, request.candidates)
        self._restart(peer, agreed.local, agreed.remote)
        return IceRestarted(
            ufrag=agreed.local.ufrag,
            password=agreed.local.password,
            candidates=agreed.local.candidates,
            kind=agreed.kind,
            mid=agreed.mid,
        )

    def _restart(self, peer: Peer, local: LocalTransport, remote: RemoteTransport) -> None:
        peer.transport.restart(local, remote)
        self.counters["ice_restarts"] += 1

    async def disconnect(self, request: Disconnect) -> None:
        room = self._rooms.get(request.room)
        if room is None:
            return
        participant = room.participants.get(request.participant)
        peers = list(participant.peers.values()) if participant is not None else []
        for peer in peers:
            if request.peer in (None, peer.id):
                await self._end_peer(peer, EndReason.LEFT)

    async def close_room(self, request: CloseRoom) -> None:
        room = self._rooms.get(request.room)
        if room is None:
            return
        await asyncio.gather(
            *(self._end_peer(peer, EndReason.ROOM_CLOSED) for peer in list(room.peers.values()))
        )
        if not room.peers:  # somebody may have come meanwhile
            self._rooms.pop(room.id, None)

    async def request_keyframe(self, request: RequestKeyframe) -> None:
        publication = self._room(request.room).publications.get(request.publication)
        if publication is None:
            raise MediaRefused(MediaErrorCode.SOURCE_UNKNOWN)
        self._plane.request_keyframe(publication.plane_id)

    def figures(self) -> dict[str, int]:
        """Counters of the plane and of this node since start, and what lives now."""
        return {
            **self._plane.counters(),
            **self._door.figures(),
            **self.counters,
            "rooms": len(self._rooms),
            "peers": len(self._peers),
        }

    def tap(
        self,
        room: str,
        publication: str,
        owner: object,
        sink: TapSink,
        layers: TapLayers = TapLayers.ALL,
    ) -> None:
        """Gives the owner every packet of the publication, now or whenever it comes."""
        self._taps.add(room, publication, owner, sink, layers)
        self._retap(room, publication, wants_keyframe=True)

    def untap(self, room: str, publication: str, owner: object) -> None:
        self._taps.remove(room, publication, owner)
        self._retap(room, publication, wants_keyframe=False)

    def _retap(self, room: str, publication: str, *, wants_keyframe: bool) -> None:
        known = self._rooms.get(room)
        found = known.publications.get(publication) if known is not None else None
        if found is not None:
            self._taps.connect(found)
            if wants_keyframe and found.track.kind == "video":
                self._plane.request_keyframe(found.plane_id)

    # What the plane tells.

    def on_control_datagram(self, peer: PeerId, data: bytes, address: Address) -> None:
        found = self._peers.get(peer)
        if found is None:
            return
        try:
            found.transport.receive(data, address)
        except Exception:  # noqa: BLE001 - a peer's datagram may end nothing but itself (MD-04)
            self.counters["bad_control_datagrams"] += 1
            self._log.exception("datagram.failed")

    def on_track_started(self, publication: PublicationId, rid: str) -> None:
        found = self._stage.find(publication)
        if found is not None:
            room = self._room(found.room)
            self._stage.track_started(room, found, rid)
            self._allocations.changed(room, found, self._clock.monotonic_s())

    def on_clock(self, publication: PublicationId, rid: str, point: ClockPoint) -> None:
        found = self._stage.find(publication)
        if found is not None:
            found.clocks[rid] = found.clock(rid, point)
            if found.is_started:
                self._tell(found.clocks[rid])

    def on_slot_clock(self, peer: PeerId, mid: str, point: SlotClockPoint) -> None:
        found = self._peers.get(peer)
        if found is not None:
            self._tell(found.slot_clock(mid, point))

    def on_audio_level(self, publication: PublicationId, level_dbov: int) -> None:
        found = self._stage.find(publication)
        if found is not None and found.on:
            self._tell(AudioLevel(room=found.room, publication=found.id, level_dbov=level_dbov))

    def on_estimate(self, peer: PeerId, estimate: LineEstimate) -> None:
        found = self._peers.get(peer)
        if found is not None:
            room = self._room(found.room)
            self._allocations.estimated(room, found, estimate, self._clock.monotonic_s())

    def on_flood(self, peer: PeerId) -> None:
        """Cut: it takes processor time from everybody (MD-06)."""
        found = self._peers.get(peer)
        if found is not None:
            self.counters["floods_cut"] += 1
            self._release(found, EndReason.FLOODED)

    # Peers and rooms.

    def _room(self, room: str) -> Room:
        found = self._rooms.get(room)
        if found is None:
            raise MediaRefused(MediaErrorCode.UNKNOWN_ROOM)
        return found

    def _refuse_crowd(self, room: Room, participant: str) -> None:
        is_new = participant not in room.participants
        if is_new and len(room.participants) >= self._settings.max_participants:
            raise MediaRefused(MediaErrorCode.ROOM_FULL)

    def _new_peer(self, request: Negotiate) -> Peer:
        if self._transports is None:
            raise MediaRefused(MediaErrorCode.AWAY)
        self._age += 1
        key = PeerId(f"{request.room}/{request.peer}#{self._age}")
        transport = PeerTransport(key, self._transports, lambda state: self._transport_moved(key, state))
        return Peer(
            id=request.peer,
            room=request.room,
            participant=request.participant,
            key=key,
            age=self._age,
            begun_s=self._clock.monotonic_s(),
            transport=transport,
        )

    def _seat(self, room: Room, peer: Peer) -> None:
        self._rooms[room.id] = room
        self._peers[peer.key] = peer
        participant = room.add(peer)
        room.empty_since_s = None
        if len(participant.peers) > MAX_PEERS_OF_PARTICIPANT:
            oldest = min(participant.peers.values(), key=lambda other: other.age)
            self._release(oldest, EndReason.CROWDED)

    def _transport_moved(self, key: PeerId, state: TransportState) -> None:
        peer = self._peers.get(key)
        if peer is None:
            return
        self.counters[f"transport_{state.value}"] += 1
        self._tell_state(peer, state)
        if state is TransportState.CONNECTED:
            peer.is_connected = True
            self._connections.connected(peer)
            room = self._room(peer.room)
            older = room.participants[peer.participant].older_than(peer)
            self._stage.take_over(room, peer)
            for other in older:
                self._release(other, EndReason.REPLACED)
        elif state in {TransportState.FAILED, TransportState.CLOSED}:
            failed = state is TransportState.FAILED
            self._release(peer, EndReason.LOST if failed else EndReason.CLOSED_BY_PEER)

    def _release(self, peer: Peer, reason: EndReason) -> None:
        """Ends a peer from inside a callback; its sockets and timers follow in a task."""
        if self._forget(peer, reason):
            self._tasks.spawn(self._close_transport(peer), name="media-peer-close")

    async def _end_peer(self, peer: Peer, reason: EndReason) -> None:
        if self._forget(peer, reason):
            await self._close_transport(peer)

    def _forget(self, peer: Peer, reason: EndReason) -> bool:
        if self._peers.pop(peer.key, None) is None:
            return False
        self._connections.end(peer, reason)
        room = self._room(peer.room)
        self._stage.leave(room, peer)
        room.remove(peer)
        self._quality.forget(peer.key)
        self._allocations.forget(peer)
        if not room.peers:
            room.empty_since_s = self._clock.monotonic_s()
        return True

    async def _close_transport(self, peer: Peer) -> None:
        was_over = peer.transport.state in {TransportState.FAILED, TransportState.CLOSED}
        await peer.transport.close()
        if not was_over:
            self._tell_state(peer, TransportState.CLOSED)

    def _tell_state(self, peer: Peer, state: TransportState) -> None:
        if state is TransportState.NEW:
            return
        told = {"room": peer.room, "participant": peer.participant, "peer": peer.id, "state": state.value}
        self._tell(PeerStateChanged.model_validate(told))

    def _tell(self, event: NodeEvent) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - a listener's fault is its own
                self._log.exception("listener.failed", event_kind=event.event)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(QUALITY_INTERVAL_S)
            self.tend()

    async def _allocate(self) -> None:
        while True:
            await asyncio.sleep(TURN_S)
            self.allocate()

    def allocate(self) -> None:
        """What is due every half second: who gets what, and who is told."""
        self._allocations.turn(self._rooms.values(), self._clock.monotonic_s())

    def tend(self) -> None:
        """What is due every 2 s: tells how lines fare, and frees rooms that stood empty."""
        for room in list(self._rooms.values()):
            if room.peers:
                self._tell(RoomQuality(room=room.id, rows=self._quality.rows(room, advance=True)))
            elif self._is_stale(room):
                del self._rooms[room.id]

    def _is_stale(self, room: Room) -> bool:
        since_s = room.empty_since_s
        return since_s is None or self._clock.monotonic_s() - since_s > EMPTY_ROOM_LIFE_S
