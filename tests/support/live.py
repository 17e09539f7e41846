"""The live layer over loopback for tests: the real server, real Socket.IO clients, edges in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import socketio
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry

from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import Clock, SystemClock
from platform_api.kernel.errors import AppError, Refused
from platform_api.kernel.ids import RecordingId, RoomId, SessionId
from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import Grant, SigningKey, grant_for, sign_grant
from recording.control import JournalEntry, JournalFull, RoomJournal
from recording.journal import FileJournalStore
from signaling.admission import RoomFacts
from signaling.app import Signaling, build_signaling
from signaling.config import SignalingSettings
from tests.support.fake_media import FakeMedia
from tests.support.sealed import folders_of

NAMESPACE = "/room"
WAIT_S = 5.0
ROOM = RoomId("room-a")
Json = dict[str, Any]


class Recorder:
    """A recorder that remembers what it was asked; with a `refusal` it refuses."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []
        self.sessions: list[SessionId | None] = []
        self.stopped: list[str] = []
        self.refusal: AppError | None = None
        self.refused = 0

    async def start(
        self,
        *,
        recording: RecordingId,
        room: RoomId,
        node: str,
        title: str,
        session: SessionId | None = None,
    ) -> None:
        if self.refusal is not None:
            self.refused += 1
            raise self.refusal
        self.started.append((recording, node))
        self.sessions.append(session)

    async def stop(self, *, recording: RecordingId) -> None:
        self.stopped.append(recording)


class DoorList:
    """The platform's answer at the door: everybody but who is refused."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.asked: list[str] = []

    async def admit(self, grant: Grant, *, address: str) -> RoomFacts:
        self.asked.append(grant.subject)
        if grant.subject in self.refused:
            raise Refused("refused")
        recording = RecordingId(f"rec-{grant.room}") if grant.session is not None else None
        return RoomFacts(room=grant.room, title="ESD", session=grant.session, recording=recording)


@dataclass
class DiskSwitch:
    full: bool = False


class SwitchedJournal:
    """A journal on a disk that a test can fill."""

    def __init__(self, inner: RoomJournal, disk: DiskSwitch) -> None:
        self._inner, self._disk = inner, disk

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        if self._disk.full:
            raise JournalFull
        await self._inner.append(entries)

    def read(self) -> Sequence[JournalEntry]:
        return self._inner.read()

    async def close(self) -> None:
        await self._inner.close()


class SwitchedStore:
    def __init__(self, inner: FileJournalStore, disk: DiskSwitch) -> None:
        self._inner, self._disk = inner, disk

    def open(self, key: str) -> RoomJournal:
        return SwitchedJournal(self._inner.open(key), self._disk)


class Caller:
    """A page in the room: keeps every frame that it hears, in order."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self.client = socketio.AsyncClient(reconnection=False)
        self.events: list[Json] = []
        self.passing: list[Json] = []
        self.joined: Json = {}
        self.closed = asyncio.Event()
        self._changed = asyncio.Event()
        self.client.on("event", self._event, namespace=NAMESPACE)
        self.client.on("volatile", self._volatile, namespace=NAMESPACE)
        self.client.on("disconnect", self._disconnected, namespace=NAMESPACE)

    async def connect(self, *, protocol: int = 1, headers: dict[str, str] | None = None) -> Self:
        await self.client.connect(
            self._url,
            namespaces=[NAMESPACE],
            auth={"grant": self._token, "protocol": protocol},
            headers=headers or {},
            transports=["websocket"],
            wait_timeout=WAIT_S,
        )
        return self

    async def ask(self, name: str, data: object = None) -> Json:
        """The whole acknowledgement."""
        answer: Json = await self.client.call(
            name, {} if data is None else data, namespace=NAMESPACE, timeout=WAIT_S
        )
        return answer

    async def do(self, name: str, data: object = None) -> Json:
        """The answer's data; fails if the request was refused."""
        answer = await self.ask(name, data)
        assert answer["ok"], answer
        found: Json = answer["data"]
        return found

    async def refused(self, name: str, data: object = None) -> str:
        """The code of the refusal."""
        answer = await self.ask(name, data)
        assert not answer["ok"], answer
        return str(answer["error"]["code"])

    async def say(self, name: str, data: object) -> None:
        await self.client.emit(name, data, namespace=NAMESPACE)

    async def join(self, **data: object) -> Json:
        self.joined = await self.do("room.join", data)
        return self.joined

    @property
    def participant(self) -> str:
        return str(self.joined["participant"])

    @property
    def last_seq(self) -> int:
        return max([int(self.joined["seq"]), *(int(event["seq"]) for event in self.events)])

    def resume(self) -> Json:
        return {
            "participant": self.participant,
            "key": self.joined["key"],
            "last_seq": self.last_seq,
        }

    async def event(self, name: str, fits: Callable[[Json], bool] = lambda data: True) -> Json:
        """The data of the first numbered event of this name that fits, waiting for it."""
        return await self._find(self.events, name, fits)

    async def passed(self, name: str, fits: Callable[[Json], bool] = lambda data: True) -> Json:
        """The same among volatile events."""
        return await self._find(self.passing, name, fits)

    async def _find(self, frames: list[Json], name: str, fits: Callable[[Json], bool]) -> Json:
        async with asyncio.timeout(WAIT_S):
            while True:
                for frame in frames:
                    if frame["name"] == name and fits(frame["data"]):
                        data: Json = frame["data"]
                        return data
                self._changed.clear()
                await self._changed.wait()

    async def until_closed(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await self.closed.wait()

    async def bye(self) -> str:
        return str((await self.passed("bye"))["reason"])

    async def cut(self) -> None:
        """The line goes dead: no goodbye of any kind."""
        self.client.eio.ws._response.connection.transport.abort()
        await self.until_closed()

    async def close(self) -> None:
        await self.client.disconnect()
        await self.client.shutdown()

    async def _event(self, frame: Json) -> None:
        self.events.append(frame)
        self._changed.set()

    async def _volatile(self, frame: Json) -> None:
        self.passing.append(frame)
        self._changed.set()

    async def _disconnected(self, *_reason: object) -> None:
        self.closed.set()


@dataclass
class Live:
    """One running live layer and what surrounds it."""

    data: Path
    settings: SignalingSettings = field(
        default_factory=lambda: SignalingSettings(tick_s=0.05, recorder_retry_s=0.02)
    )
    key: SigningKey = field(default_factory=lambda: SigningKey.generate("k1"))
    clock: Clock = field(default_factory=SystemClock)
    bus: LocalBus = field(default_factory=LocalBus)
    media: FakeMedia = field(default_factory=FakeMedia)
    recorder: Recorder = field(default_factory=Recorder)
    door: DoorList = field(default_factory=DoorList)
    disk: DiskSwitch = field(default_factory=DiskSwitch)
    callers: list[Caller] = field(default_factory=list)
    relays: Callable[[str], tuple[dict[str, Any], ...]] = lambda _: ()

    async def start(self) -> None:
        self.app = web.Application()
        self.journals = FileJournalStore(
            recordings=folders_of(self.data / "recordings"), rooms=folders_of(self.data / "rooms")
        )
        self.registry = CollectorRegistry()
        self.signaling: Signaling = build_signaling(
            self.app,
            settings=self.settings,
            clock=self.clock,
            bus=self.bus,
            media=self.media,
            recorder=self.recorder,
            journals=SwitchedStore(self.journals, self.disk),
            verifying_keys=self.key.verifying(),
            admission=self.door,
            registry=self.registry,
            ice_servers=self.relays,
        )
        await self.signaling.start()
        self.server = TestServer(self.app)
        await self.server.start_server()

    async def stop(self) -> None:
        await self.signaling.close()
        await self.server.close()
        await self.journals.close()

    async def restart(self) -> None:
        """The front dies and comes back with nothing but what is on the disk."""
        await self.stop()
        self.bus, self.callers = LocalBus(), self.callers
        self.media._events.clear()
        self.media._resets.clear()
        await self.start()

    @property
    def url(self) -> str:
        return str(self.server.make_url("/"))

    def grant(self, subject: str, role: Role = Role.VIEWER, *, room: str = ROOM, **changes: Any) -> Grant:
        grant = grant_for(
            role,
            room=RoomId(room),
            subject=subject,
            name=subject.title(),
            expires_at=self.clock.now() + timedelta(minutes=10),
        )
        return replace(grant, **changes)

    def token(self, grant: Grant) -> str:
        return sign_grant(grant, key=self.key, clock=self.clock)

    def caller(self, subject: str, role: Role = Role.VIEWER, **changes: Any) -> Caller:
        made = Caller(self.url, self.token(self.grant(subject, role, **changes)))
        self.callers.append(made)
        return made

    async def enter(self, subject: str, role: Role = Role.VIEWER, **changes: Any) -> Caller:
        """Connects and joins."""
        caller = self.caller(subject, role, **changes)
        await caller.connect()
        await caller.join()
        return caller


SESSION = SessionId("session-a")


@asynccontextmanager
async def running(data: Path, settings: SignalingSettings | None = None) -> AsyncIterator[Live]:
    live = Live(data, settings) if settings is not None else Live(data)
    await live.start()
    try:
        yield live
    finally:
        for caller in live.callers:
            await caller.close()
        await live.stop()
