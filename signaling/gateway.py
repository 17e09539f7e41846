"""The edge to Socket.IO, and its only importer: who connects, what comes in, what goes out.

No message of ours is binary, so a binary frame ends its connection before anything is kept of it
(SG-03). Text is counted before it is parsed, and JSON is read by `codec.loads` alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused
from socketio.packet import Packet

from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner
from signaling import codec
from signaling.config import SignalingSettings
from signaling.limits import (
    BYTES_BURST,
    BYTES_PER_S,
    MAX_BACKLOG_FRAMES,
    VOLATILE_BACKLOG_FRAMES,
    TokenBucket,
)
from signaling.messages.envelope import MAX_MESSAGE_BYTES, NAMESPACE

PATH: Final = "socket.io"
CUT_TIMEOUT_S: Final = 1.0
FRAME_COST: Final = 1000
"""What a frame costs beside its octets: no more than a thousand a second, however small."""

UNREADABLE: Final = "unreadable"
RESERVED: Final = frozenset({"connect", "disconnect", "*"})
_BINARY_TYPES: Final = ("5", "6")


class Strict:
    """JSON as Engine.IO uses it: what cannot be read raises ValueError."""

    loads = staticmethod(codec.loads)
    dumps = staticmethod(codec.dumps)


class Forgiving:
    """JSON as Socket.IO uses it: what cannot be read becomes an event that is refused by name."""

    dumps = staticmethod(codec.dumps)

    @staticmethod
    def loads(text: str) -> Any:  # noqa: ANN401 - JSON
        try:
            return codec.loads(text)
        except codec.Unreadable:
            return [UNREADABLE]


class GuardedPacket(Packet):  # type: ignore[misc] # the library is untyped
    """A packet whose JSON is read by us."""


class Door(Protocol):
    """What the live layer does about connections."""

    def greet(self, connection: str, auth: object, address: str) -> None:
        """Takes a connection in from this address; raises an AppError to refuse it."""
        ...

    async def request(self, connection: str, name: str, data: object) -> dict[str, Any] | None:
        """The acknowledgement of a request; None if there is none to give."""
        ...

    def lost(self, connection: str) -> Coroutine[Any, Any, None]:
        """The connection has ended, whoever ended it."""
        ...

    def charge(self, connection: str, octets: int) -> bool:
        """Counts what the connection's user sends; False if it is too much."""
        ...

    async def flooded(self, connection: str) -> None: ...


class GuardedServer(socketio.AsyncServer):  # type: ignore[misc] # the library is untyped
    """Socket.IO's server with a guard before its parser."""

    def __init__(self, guard: Callable[[str, object], Awaitable[bool]], **options: Any) -> None:  # noqa: ANN401
        super().__init__(serializer=GuardedPacket, json=Strict, **options)
        GuardedPacket.json = Forgiving
        self._guard = guard
        self._log = get_logger("signaling.gateway")

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        if not await self._guard(eio_sid, data):
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            await self._guard(eio_sid, None)

    async def _handle_event(self, eio_sid: str, namespace: str, id: int | None, data: object) -> None:
        named = isinstance(data, list) and bool(data) and isinstance(data[0], str)
        if not named or data[0] in RESERVED:  # type: ignore[index] # a list when named
            data = [UNREADABLE]
        await super()._handle_event(eio_sid, namespace, id, data)


class Gateway:
    """An `Outbox`, and the way in."""

    def __init__(
        self,
        app: web.Application,
        *,
        settings: SignalingSettings,
        clock: Clock,
        tasks: TaskOwner,
        address_of: Callable[[web.Request], str],
    ) -> None:
        self._address_of = address_of
        self._settings = settings
        self._clock = clock
        self._tasks = tasks
        self._log = get_logger("signaling.gateway")
        self._door: Door | None = None
        self._intake: dict[str, TokenBucket] = {}
        self._greeted: dict[str, str] = {}
        self._since_s: dict[str, float] = {}
        self._cutting: set[str] = set()
        self.dropped: dict[str, int] = {}
        self._server = GuardedServer(
            self._may_read,
            async_mode="aiohttp",
            async_handlers=True,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            cors_allowed_origins=self._origin_allowed,
            cors_credentials=False,
            ping_interval=settings.ping_interval_s,
            ping_timeout=settings.ping_timeout_s,
            namespaces=[NAMESPACE],
            logger=False,
            engineio_logger=False,
        )
        self._server.on("connect", self._on_connect, namespace=NAMESPACE)
        self._server.on("disconnect", self._on_disconnect, namespace=NAMESPACE)
        self._server.on("*", self._on_event, namespace=NAMESPACE)
        self._server.attach(app, socketio_path=PATH)

    def open(self, door: Door) -> None:
        """Connections are taken from now."""
        self._door = door

    @property
    def open_sockets(self) -> int:
        """How many transports are open, greeted or not."""
        return len(self._server.eio.sockets)

    # -- in --------------------------------------------------------------------------------------

    def _origin_allowed(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Our own pages, and pages from the addresses of the settings; what names no origin is no page."""
        host = environ.get("HTTP_HOST", "")
        own = {f"http://{host}", f"https://{host}"}
        return origin is None or origin in own or origin in self._settings.allowed_origins

    async def _may_read(self, eio_sid: str, data: object) -> bool:
        """Whether the text may be parsed; otherwise the transport is cut and counted."""
        now_s = self._clock.monotonic_s()
        if self._door is None or eio_sid in self._cutting:
            return False
        if not isinstance(data, str) or data[:1] in _BINARY_TYPES:
            self._drop(eio_sid, "binary" if data is not None else "unreadable")
            return False
        intake = self._intake.setdefault(eio_sid, TokenBucket(BYTES_PER_S, BYTES_BURST))
        connection = self._greeted.get(eio_sid)
        door = self._door
        paid = intake.take(now_s, len(data) + FRAME_COST)
        if connection is not None and door is not None:
            if paid and door.charge(connection, len(data)):
                return True
            await door.flooded(connection)
            return False
        if not paid:
            self._drop(eio_sid, "flood")
        return paid

    def _drop(self, eio_sid: str, why: str) -> None:
        self.dropped[why] = self.dropped.get(why, 0) + 1
        self._cut_soon(eio_sid)

    def _cut_soon(self, eio_sid: str) -> None:
        if self._door is not None and eio_sid not in self._cutting:
            self._cutting.add(eio_sid)
            self._tasks.spawn(self._cut_transport(eio_sid), name="cut")

    async def _on_connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        if self._door is None:
            raise Refused("unavailable", {"code": "unavailable"})
        try:
            self._door.greet(sid, auth, self._address_of(environ["aiohttp.request"]))
        except AppError as error:
            eio_sid = self._eio_sid(sid)
            if eio_sid is not None:
                self._cut_soon(eio_sid)
            raise Refused(error.code, {"code": error.code}) from None
        eio_sid = self._eio_sid(sid)
        if eio_sid is not None:
            self._greeted[eio_sid] = sid

    async def _on_disconnect(self, sid: str, _reason: object = None) -> None:
        eio_sid = self._eio_sid(sid)
        if eio_sid is not None and self._greeted.get(eio_sid) == sid:
            del self._greeted[eio_sid]
        door = self._door
        if door is not None and not self._tasks.closed:
            # The library finds a silent connection while it sends to it, inside the sender's hold on its
            # room; a room that lets the connection go waits for that hold.
            self._tasks.spawn(door.lost(sid), name="lost")

    async def _on_event(self, name: str, sid: str, *data: object) -> dict[str, Any] | None:
        if self._door is None:
            return None
        return await self._door.request(sid, name, data[0] if len(data) == 1 else None)

    # -- out -------------------------------------------------------------------------------------

    async def send(self, to: Sequence[str], frame: str, data: dict[str, Any], *, volatile: bool) -> None:
        """See `Outbox`. One with a long queue misses volatile frames, one with a very long queue is cut."""
        limit = VOLATILE_BACKLOG_FRAMES if volatile else MAX_BACKLOG_FRAMES
        ready = []
        for connection in to:
            if self._backlog(connection) <= limit:
                ready.append(connection)
            elif not volatile:
                await self.cut(connection)
        if ready:
            await self._server.emit(frame, data, to=ready, namespace=NAMESPACE)

    async def cut(self, connection: str) -> None:
        """See `Outbox`."""
        eio_sid = self._eio_sid(connection)
        if eio_sid is not None:
            self._cut_soon(eio_sid)

    async def _cut_transport(self, eio_sid: str) -> None:
        """Ends the transport once its queue has left, or after a second at the latest."""
        try:
            socket = self._server.eio.sockets.get(eio_sid)
            if socket is not None:
                await self._flush(socket)
                await self._end_transport(eio_sid)
        finally:
            self._cutting.discard(eio_sid)

    async def _flush(self, socket: Any) -> None:  # noqa: ANN401 - the library is untyped
        try:
            async with asyncio.timeout(CUT_TIMEOUT_S):
                await socket.queue.join()
        except TimeoutError:
            self._log.info("connection.cut_unflushed")

    async def _end_transport(self, eio_sid: str) -> None:
        """Closes now; the library waits for a writer that may be gone already, we do not."""
        try:
            async with asyncio.timeout(CUT_TIMEOUT_S):
                await self._server.eio.disconnect(eio_sid)
        except TimeoutError:
            self._server.eio.sockets.pop(eio_sid, None)

    async def sweep(self) -> None:
        """Cuts transports that have been open for a while without saying who they are."""
        now_s = self._clock.monotonic_s()
        known = set(self._server.eio.sockets)
        self._since_s = {eio_sid: self._since_s.get(eio_sid, now_s) for eio_sid in known}
        self._intake = {eio_sid: bucket for eio_sid, bucket in self._intake.items() if eio_sid in known}
        self._greeted = {eio_sid: sid for eio_sid, sid in self._greeted.items() if eio_sid in known}
        for eio_sid, since_s in self._since_s.items():
            if eio_sid not in self._greeted and now_s - since_s > self._settings.greeting_timeout_s:
                self._drop(eio_sid, "silent")

    async def close(self) -> None:
        """Ends all transports and the library's own task."""
        self._door = None
        await asyncio.gather(*(self._end_transport(eio_sid) for eio_sid in tuple(self._server.eio.sockets)))
        await self._server.shutdown()

    def _eio_sid(self, connection: str) -> str | None:
        found: str | None = self._server.manager.eio_sid_from_sid(connection, NAMESPACE)
        return found

    def _backlog(self, connection: str) -> int:
        socket = self._server.eio.sockets.get(self._eio_sid(connection))
        return socket.queue.qsize() if socket is not None else 0
