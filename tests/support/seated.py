"""A node whose peers come by SDP and send at once: no ICE and no DTLS, but every packet is real."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from media.allocation.belief import LONG_MS
from media.config import MediaSettings
from media.control import (
    FlowMoved,
    LayersWanted,
    Negotiate,
    NodeEvent,
    OfferedPublication,
    SetViewport,
    Shown,
    SlotFlow,
    Subscribe,
    Want,
)
from media.core.extensions import encode_block
from media.node import MediaNode
from media.plane import GradeStats, LayerStats, LineEstimate, PeerStats, SlotStats
from media.plane_python.plane import PythonPlane
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.ids import PeerId
from platform_api.kernel.rooms import AUDIO_SOURCES, Source
from tests.support.offers import AUDIO_LINES, offer, section
from tests.support.rtp_camera import Camera
from tests.support.rtp_peer import RtpPeer

ROOM = "room-1"
MID_ID, RID_ID = 1, 10


class RatedPlane(PythonPlane):
    """The Python plane, but that the rates of what arrives are the test's: no second must pass to measure one."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", host6=None)
        self.rates_bps: dict[str, int] = {}
        self.silent: set[str] = set()
        self.grades: dict[str, tuple[GradeStats, ...]] = {}
        self.broken = False
        self._looks = 0

    def peer_stats(self, peer: PeerId) -> PeerStats:
        if self.broken:
            raise RuntimeError("broken by the test")
        found = super().peer_stats(peer)
        self._looks += 1
        tracks = [
            replace(track, layers=tuple(self._rated(track.publication, layer) for layer in track.layers))
            for track in found.tracks
        ]
        return replace(found, tracks=tuple(tracks))

    def _rated(self, publication: str, layer: LayerStats) -> LayerStats:
        name = f"{publication.rpartition('.')[2]} {layer.rid}".strip()
        if name in self.silent:
            return replace(layer, bitrate_bps=0)
        looks = self._looks
        grades = tuple(replace(each, packets=each.packets + looks) for each in self.grades.get(name, ()))
        rate = self.rates_bps.get(name, 0)
        return replace(layer, bitrate_bps=rate, packets=layer.packets + looks, grades=grades)


@dataclass(eq=False)
class Seated:
    """One room; `clock` is moved by `pass_s`, which also has the node do what is due."""

    plane: RatedPlane
    node: MediaNode
    clock: ManualClock
    events: list[NodeEvent] = field(default_factory=list)
    rtp: dict[str, RtpPeer] = field(default_factory=dict)
    cameras: dict[tuple[str, str], Camera] = field(default_factory=dict)

    async def publish(self, participant: str, sources: Mapping[Source, Sequence[str]]) -> None:
        """Comes on air with these sources and their layers, and sends one keyframe of each."""
        sections = []
        for mid, (source, rids) in enumerate(sources.items()):
            extra = [
                *(f"a=rid:{rid} send" for rid in rids),
                *([f"a=simulcast:send {';'.join(rids)}"] if rids else []),
            ]
            kind = "audio" if source in AUDIO_SOURCES else "video"
            sections.append(section(str(mid), kind, "sendonly", extra=extra))
        named = tuple(OfferedPublication(mid=str(mid), source=source) for mid, source in enumerate(sources))
        peer = await self._sit(participant, offer(*sections), publications=named)
        for mid, (source, rids) in enumerate(sources.items()):
            for at, rid in enumerate(rids or ("",)):
                camera = Camera(
                    peer,
                    0x1000 * len(self.rtp) + 0x10 * mid + at,
                    payload_type=111 if source in AUDIO_SOURCES else 96,
                )
                named_rid = [(RID_ID, rid.encode())] if rid else []
                camera.block = encode_block([(MID_ID, str(mid).encode()), *named_rid])
                self.cameras[f"{participant}.{source.value}", rid] = camera
        await self.send()

    async def view(
        self, participant: str, *want: str, video: int = 4, audio: int = 1, redundant: bool = False
    ) -> None:
        """Takes a seat with so many slots, and wants these; voice with the packet before it if `redundant`."""
        kinds = ["video"] * video + ["audio"] * audio
        red = [*AUDIO_LINES, "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111"] if redundant else None
        sections = (
            section(str(mid), kind, media=red if kind == "audio" else None) for mid, kind in enumerate(kinds)
        )
        await self._sit(participant, offer(*sections))
        await self.want(participant, *want)

    async def want(self, participant: str, *want: str, **how: Any) -> None:
        wants = tuple(Want(publication=name, **how) for name in want)
        await self.node.subscribe(
            Subscribe(room=ROOM, participant=participant, peer=peer_id(participant), want=wants)
        )

    async def show(self, participant: str, **shown: tuple[int, int]) -> None:
        """What the page shows; names of the expert's sources."""
        await self.node.set_viewport(
            SetViewport(
                room=ROOM,
                participant=participant,
                peer=peer_id(participant),
                shown=tuple(
                    Shown(publication=f"expert.{source}", width=size[0], height=size[1])
                    for source, size in shown.items()
                ),
            )
        )

    async def send(self, *only: str) -> None:
        """A keyframe of each layer, the first `#1`, or of these alone (`expert.scope h`); waits until it is in."""
        for (publication, rid), camera in self.cameras.items():
            if not only or f"{publication} {rid}".strip() in only:
                sent = camera.picture - 99
                camera.frame(f"{publication} {rid} #{sent}".encode(), key=True)
                await camera.peer.until_plane(partial(self._has, camera, 2 * sent))

    def _has(self, camera: Camera, packets: int) -> bool:
        tracks = PythonPlane.peer_stats(self.plane, camera.peer.id).tracks
        layers = [layer for track in tracks for layer in track.layers]
        return sum(layer.packets for layer in layers if layer.ssrc == camera.ssrc) >= packets

    def estimate(
        self, participant: str, bitrate_bps: int, *, loss: float = 0.0, queue_ms: float = LONG_MS
    ) -> None:
        """What the plane would say of the participant's line, whose queue is full unless it is told."""
        told = LineEstimate(bitrate_bps=bitrate_bps, fraction_lost=loss, rtt_ms=48.0, queue_ms=queue_ms)
        self.node.on_estimate(self.rtp[participant].id, told)

    def pass_s(self, seconds: float) -> None:
        """So much time goes by in turns of half a second."""
        for _ in range(round(seconds * 2)):
            self.clock.advance(0.5)
            self.node.allocate()

    def slots(self, participant: str) -> dict[str, SlotStats]:
        """What flows, by the source."""
        stats = self.plane.peer_stats(self.rtp[participant].id)
        return {slot.publication.rpartition(".")[2]: slot for slot in stats.slots if slot.publication}

    def flows(self, participant: str) -> list[FlowMoved]:
        return [
            event
            for event in self.events
            if isinstance(event, FlowMoved) and event.participant == participant
        ]

    def flow(self, participant: str) -> dict[str, SlotFlow]:
        """What the page was told last, by the source."""
        return {slot.publication.rpartition(".")[2]: slot for slot in self.flows(participant)[-1].slots}

    def wanted(self, source: Source) -> list[tuple[str, ...]]:
        """The layers that the publisher was told, each time."""
        return [
            event.rids for event in self.events if isinstance(event, LayersWanted) and event.source is source
        ]

    async def _sit(self, participant: str, sdp: str, **more: Any) -> RtpPeer:
        await self.node.negotiate(
            Negotiate(
                room=ROOM,
                participant=participant,
                peer=peer_id(participant),
                offer=sdp,
                may_publish=frozenset(Source),
                **more,
            )
        )
        self.rtp[participant] = RtpPeer(self.plane, f"{ROOM}/{peer_id(participant)}#{len(self.rtp) + 1}")
        return self.rtp[participant]


def peer_id(participant: str) -> str:
    return f"peer-of-{participant}"


@asynccontextmanager
async def seated() -> AsyncIterator[Seated]:
    plane, clock = RatedPlane(), ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    settings = MediaSettings(port=0, advertised_addresses=("127.0.0.1",), ipv6=False, connect_timeout_s=60)
    node = MediaNode(plane, settings, clock=clock)
    await node.start()
    made = Seated(plane, node, clock)
    node.listen(made.events.append)
    try:
        yield made
    finally:
        for peer in made.rtp.values():
            peer.close()
        await node.close()
