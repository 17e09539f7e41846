"""Real WebRTC peers in the test's own process: unmodified aiortc, on loopback alone."""

import asyncio
import dataclasses
import fractions
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest import mock

import numpy as np
import pytest
from aiohttp import ClientSession
from aioice.ice import Connection
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from av import VideoFrame

from media.app import make_plane, native_plane
from media.client import MediaClient
from media.config import MediaSettings, PlaneChoice
from media.control import (
    Assignment,
    Disconnect,
    Negotiate,
    Negotiated,
    NodeEvent,
    OfferedPublication,
    Subscribe,
    Subscribed,
    Want,
)
from media.local import LocalMediaClient
from media.node import MediaNode
from media.plane import PacketPlane
from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import new_id
from platform_api.kernel.rooms import AUDIO_SOURCES, Source
from tests.support.product import free_media_port

WIDTH, HEIGHT, FPS = 320, 180, 15
WAIT_S = 20.0
E = TypeVar("E")

NOT_BUILT = "the native plane is not built here"
either_plane = pytest.mark.parametrize(
    "choice",
    [
        PlaneChoice.PYTHON,
        pytest.param(PlaneChoice.NATIVE, marks=pytest.mark.skipif(native_plane() is None, reason=NOT_BUILT)),
    ],
)
"""For what must hold on both; a test that says nothing of planes runs on the one that the product takes."""


@contextmanager
def loopback_alone() -> Iterator[None]:
    """Makes aioice, which never offers loopback, offer nothing else."""
    with mock.patch("aioice.ice.get_host_addresses", return_value=["127.0.0.1"]):
        yield


@asynccontextmanager
async def running_node(
    *,
    clock: Clock | None = None,
    plane: PacketPlane | None = None,
    choice: PlaneChoice = PlaneChoice.AUTO,
    **settings: Any,
) -> AsyncIterator[tuple[MediaNode, LocalMediaClient]]:
    """A node on a free port that advertises 127.0.0.1, and a client of it; `plane` is taken before a choice."""
    chosen = MediaSettings(port=0, advertised_addresses=("127.0.0.1",), ipv6=False, plane=choice, **settings)
    if plane is None:
        plane, _ = make_plane(dataclasses.replace(chosen, port=free_media_port()))
    node = MediaNode(plane, chosen, clock=clock)
    await node.start()
    client = LocalMediaClient(node)
    try:
        with loopback_alone():
            yield node, client
    finally:
        client.close()
        await node.close()


class CountingVideo(VideoStreamTrack):
    """Frames whose brightness counts up."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        super().__init__()
        self._count = 0
        self._size = (height, width, 3)

    @property
    def shown_s(self) -> float:
        """How much of the picture was handed out."""
        return self._count / FPS

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(1 / FPS)
        picture = np.zeros(self._size, dtype=np.uint8)
        picture[:] = self._count * 8 % 256
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = self._count * 90_000 // FPS
        frame.time_base = fractions.Fraction(1, 90_000)
        self._count += 1
        return frame


class Events:
    """A client's events as they come, and a wait for one of a kind."""

    def __init__(self, client: MediaClient) -> None:
        self.all: list[NodeEvent] = []
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        client.on_event(self._hear)

    def of(self, kind: type[E], **fields: object) -> list[E]:
        """Those of the kind whose fields are these."""
        return [
            event
            for event in self.all
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    async def until(self, kind: type[E], *, count: int = 1, **fields: object) -> E:
        """The `count`th event of the kind with these fields, past or to come."""
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: len(self.of(kind, **fields)) >= count)
        return self.of(kind, **fields)[count - 1]

    def _hear(self, event: NodeEvent) -> None:
        self.all.append(event)
        task = asyncio.ensure_future(self._wake())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@dataclass
class Heard:
    """What came in on one track."""

    frames: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def reach(self, frames: int) -> None:
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(lambda: self.frames >= frames)

    async def further(self, frames: int) -> None:
        """Waits for so many more than now."""
        await self.reach(self.frames + frames)


async def longest_gap_s(heard: Heard, during_s: float) -> float:
    """The longest time without a frame from now on."""
    began = last = time.monotonic()
    longest = 0.0
    while last - began < during_s:
        await heard.further(1)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


class AiortcPeer:
    """A participant's peer connection; `mids` of sources and slots are known after `connect`."""

    def __init__(
        self,
        client: MediaClient,
        *,
        room: str = "room-1",
        participant: str = "somebody",
        configuration: RTCConfiguration | None = None,
    ) -> None:
        self.client = client
        self.room = room
        self.participant = participant
        self.peer = new_id()
        self.connection = RTCPeerConnection(configuration or RTCConfiguration(iceServers=[]))
        self.sources: list[Source] = []
        self.heard: dict[str, Heard] = {}
        self.agents: list[Connection] = []
        """ICE agents that a test made or took from it: closed with it."""
        self._readers: list[asyncio.Task[None]] = []
        self._connected = asyncio.Event()
        self.ended = asyncio.Event()
        self.connection.on("track", self._read)
        self.connection.on("connectionstatechange", self._watch)

    def publish(
        self, source: Source, *, codec: str | None = None, track: MediaStreamTrack | None = None
    ) -> None:
        kind = "audio" if source in AUDIO_SOURCES else "video"
        track = track or (AudioStreamTrack() if kind == "audio" else CountingVideo())
        transceiver = self.connection.addTransceiver(track, direction="sendonly")
        if codec is not None:
            offered = RTCRtpSender.getCapabilities(kind).codecs
            transceiver.setCodecPreferences([item for item in offered if item.mimeType.endswith(codec)])
        self.sources.append(source)

    def receive(self, *, video: int = 1, audio: int = 0) -> None:
        for kind, count in (("video", video), ("audio", audio)):
            for _ in range(count):
                self.connection.addTransceiver(kind, direction="recvonly")

    async def offer_only(self) -> Negotiated:
        """Negotiates and then never sends a check."""
        return await self.client.negotiate(
            Negotiate(
                room=self.room,
                participant=self.participant,
                peer=self.peer,
                offer=self.rewrite(self.connection.localDescription.sdp),
            )
        )

    async def connect(
        self, *, may_publish: frozenset[Source] = frozenset(Source), wait: bool = True
    ) -> Negotiated:
        offer = await self.connection.createOffer()
        await self.connection.setLocalDescription(offer)
        sending = [item for item in self.connection.getTransceivers() if item.direction == "sendonly"]
        negotiated = await self.client.negotiate(
            Negotiate(
                room=self.room,
                participant=self.participant,
                peer=self.peer,
                offer=self.rewrite(self.connection.localDescription.sdp),
                publications=tuple(
                    OfferedPublication(mid=str(item.mid), source=source)
                    for item, source in zip(sending, self.sources, strict=True)
                ),
                may_publish=may_publish,
            )
        )
        answer = self.rewrite_answer(negotiated.answer)
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        if wait:
            async with asyncio.timeout(WAIT_S):
                await self._connected.wait()
        return negotiated

    def rewrite(self, offer: str) -> str:
        """A place for tests to spoil the offer."""
        return offer

    def rewrite_answer(self, answer: str) -> str:
        """A place for tests to lead the peer another way."""
        return answer

    async def subscribe(self, *publications: str, layer: Any = "auto", paused: bool = False) -> Subscribed:
        return await self.client.subscribe(
            Subscribe(
                room=self.room,
                participant=self.participant,
                peer=self.peer,
                want=tuple(Want(publication=item, layer=layer, paused=paused) for item in publications),
            )
        )

    async def leave(self) -> None:
        await self.client.disconnect(Disconnect(room=self.room, participant=self.participant, peer=self.peer))

    async def close(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for agent in self.agents:  # first: the connection waits for the agent that it had
            await agent.close()
        await self.connection.close()

    def heard_on(self, mid: str | None) -> Heard:
        assert mid is not None
        return self.heard[mid]

    def _read(self, track: MediaStreamTrack) -> None:
        mid = next(
            str(item.mid) for item in self.connection.getTransceivers() if item.receiver.track is track
        )
        heard = self.heard[mid] = Heard()

        async def read() -> None:
            while True:
                await track.recv()
                async with heard.changed:
                    heard.frames += 1
                    heard.changed.notify_all()

        self._readers.append(asyncio.ensure_future(read()))

    def _watch(self) -> None:
        if self.connection.connectionState == "connected":
            self._connected.set()
        elif self.connection.connectionState in {"failed", "closed"}:
            self.ended.set()


async def scope_heard(expert: AiortcPeer, doctor: AiortcPeer, *, frames: int = 5) -> tuple[Assignment, Heard]:
    """The expert publishes a scope and the doctor has so many frames of it; where it comes, and what comes."""
    expert.publish(Source.SCOPE, codec="VP8")
    await expert.connect()
    doctor.receive()
    await doctor.connect()
    (assignment,) = (await doctor.subscribe(f"{expert.participant}.scope")).assignments
    heard = doctor.heard_on(assignment.mid)
    await heard.reach(frames)
    return assignment, heard


class WhepPlayer(AiortcPeer):
    """Plays a room over WHEP; `location` is its session, `tag` that of its ICE."""

    def __init__(self, client: MediaClient, http: ClientSession, url: str, token: str) -> None:
        super().__init__(client)
        self._http = http
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        self.location = self.tag = ""

    async def play(self) -> None:
        """Connects; what it hears is by mid in `heard`."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        sdp = self.connection.localDescription.sdp
        async with self._http.post(self._url, data=sdp, headers=self._headers) as answer:
            assert answer.status == 201, await answer.text()
            self.location, self.tag = answer.headers["Location"], answer.headers["ETag"]
            text = await answer.text()
        await self.connection.setRemoteDescription(RTCSessionDescription(text, "answer"))
        async with asyncio.timeout(WAIT_S):
            await self._connected.wait()


@asynccontextmanager
async def peers(*them: AiortcPeer) -> AsyncIterator[None]:
    """Closes them at the end."""
    try:
        yield
    finally:
        for peer in them:
            await peer.close()
