"""Builds the live layer into the front's web application; starts and ends it."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry

from media.client import MediaClient
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner
from platform_api.kernel.tokens import VerifyingKeys
from recording.control import JournalStore, RecorderClient
from signaling.admission import Admission, AdmissionCheck
from signaling.config import SignalingSettings
from signaling.connection.registry import Connection, Connections
from signaling.connection.states import Event, GiveUpSeat, KeepSeat, SayBye, State
from signaling.context import Services
from signaling.directory import Directory, Edges
from signaling.dispatch import Dispatcher
from signaling.errors import NotAdmitted
from signaling.facts import FactListener, Teller
from signaling.figures import PageFigures
from signaling.gateway import Gateway
from signaling.limits import ConnectionMeter, UserMeters
from signaling.messages import REQUESTS
from signaling.messages.envelope import VOLATILE_FRAME


class Signaling:
    """The live layer: a `Door` for the gateway, rooms behind it, the bus beside it."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        admission: Admission,
        services: Services,
        teller: Teller,
        bus: Bus,
        tasks: TaskOwner,
        settings: SignalingSettings,
        connections: Connections,
    ) -> None:
        self.connections = connections
        self.directory = services.directory
        self._gateway = gateway
        self._admission = admission
        self._services = services
        self._dispatcher = Dispatcher(services)
        self._teller = teller
        self._bus = bus
        self._tasks = tasks
        self._settings = settings
        self._users = UserMeters(REQUESTS)
        self._stop_listening: Callable[[], None] | None = None
        self._log = get_logger("signaling")

    @property
    def open_sockets(self) -> int:
        return self._gateway.open_sockets

    async def start(self) -> None:
        """Takes connections and hears facts from now."""
        listener = FactListener(
            directory=self.directory,
            connections=self.connections,
            end_connection=self._services.end_connection,
            tasks=self._tasks,
        )
        self._stop_listening = listener.listen(self._bus)
        self._tasks.spawn(self._teller.run(), name="teller")
        self._tasks.spawn(self._tick(), name="tick")
        self._gateway.open(self)

    async def close(self) -> None:
        """Cuts all connections and lets go of the rooms; their journals hold all. May be called twice."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        await self._tasks.close()
        await self._gateway.close()
        await self.directory.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._settings.tick_s)
            try:
                await self.directory.tick()
                await self._gateway.sweep()
            except AppError as error:
                self._log.error("tick.failed", code=error.code)

    # -- the door --------------------------------------------------------------------------------

    def greet(self, connection: str, auth: object, address: str) -> None:
        grant = self._admission.grant(auth)
        if len(self.connections) >= self._settings.max_connections:
            raise NotAdmitted("unavailable")
        user = self._users.of(grant.subject, self._services.clock.monotonic_s())
        self.connections.add(
            Connection(
                id=connection,
                grant=grant,
                meter=ConnectionMeter(REQUESTS, user),
                user=user,
                address=address,
            )
        )
        self._log.info("connection.opened", room=grant.room, role=grant.role.value)

    async def request(self, connection: str, name: str, data: object) -> dict[str, Any] | None:
        found = self.connections.get(connection)
        return await self._dispatcher.handle(found, name, data) if found is not None else None

    async def lost(self, connection: str) -> None:
        await self._services.end_connection(connection, Event.LOST)
        found = self.connections.remove(connection)
        if found is not None:
            self._log.info("connection.closed", room=found.grant.room)

    def charge(self, connection: str, octets: int) -> bool:
        found = self.connections.get(connection)
        return found is not None and found.user.octets.take(self._services.clock.monotonic_s(), octets)

    async def flooded(self, connection: str) -> None:
        await self._services.end_connection(connection, Event.FLOODED)


class Endings:
    """Carries out what a connection's table says."""

    def __init__(self, *, connections: Connections, directory: Directory, gateway: Gateway) -> None:
        self._connections = connections
        self._directory = directory
        self._gateway = gateway

    async def end(self, connection_id: str, event: Event) -> None:
        """The event happens to the connection; unknown connections are ignored."""
        connection = self._connections.get(connection_id)
        if connection is None:
            return
        participant = connection.participant
        effects = connection.machine.receive(event)
        if connection.machine.state is State.CLOSED:
            connection.participant = None
        for effect in effects:
            match effect:
                case SayBye(reason=reason):
                    bye = {"name": "bye", "data": {"reason": reason.value}}
                    await self._gateway.send([connection_id], VOLATILE_FRAME, bye, volatile=False)
                    await self._gateway.cut(connection_id)
                case GiveUpSeat(reason=reason) if participant is not None:
                    room = self._directory.get(connection.grant.room)
                    if room is not None and await room.give_up(participant, reason):
                        await self._directory.hang_up(connection.grant.room, participant)
                case KeepSeat() if participant is not None:
                    room = self._directory.get(connection.grant.room)
                    if room is not None:
                        await room.lose(participant, connection_id)


def build_signaling(
    app: web.Application,
    *,
    settings: SignalingSettings,
    clock: Clock,
    bus: Bus,
    media: MediaClient,
    recorder: RecorderClient,
    journals: JournalStore,
    verifying_keys: VerifyingKeys,
    admission: AdmissionCheck,
    registry: CollectorRegistry,
    ice_servers: Callable[[str], tuple[dict[str, Any], ...]] = lambda _: (),
    address_of: Callable[[web.Request], str] = lambda request: request.remote or "",
) -> Signaling:
    """The live layer on `/socket.io/` of this application; `start` it before the application serves.

    `address_of` says where a request comes from, whatever proxies stand before.
    """
    tasks = TaskOwner("signaling")
    gateway = Gateway(app, settings=settings, clock=clock, tasks=tasks, address_of=address_of)
    teller = Teller(bus)
    edges = Edges(media=media, recorder=recorder, journals=journals, outbox=gateway, clock=clock)
    directory = Directory(edges=edges, settings=settings, tell=teller.tell, tasks=tasks)
    connections = Connections()
    endings = Endings(connections=connections, directory=directory, gateway=gateway)
    services = Services(
        directory=directory,
        admission=admission,
        media=media,
        figures=PageFigures(registry, node=settings.node, clock=clock),
        clock=clock,
        ice_servers=ice_servers,
        tell=teller.tell,
        end_connection=endings.end,
    )
    return Signaling(
        gateway=gateway,
        admission=Admission(verifying_keys, clock),
        services=services,
        teller=teller,
        bus=bus,
        tasks=tasks,
        settings=settings,
        connections=connections,
    )
