"""Messages of the control channel between signaling (or a recorder) and a media node.

JSON text frames of one WebSocket, each a request with an answer, or an event. Tap packets travel on
the same socket as binary frames: see `media/tap_wire.py`.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from platform_api.kernel.rooms import Source

CONTROL_VERSION: Final = 1
MAX_SDP_BYTES: Final = 64 * 1024
MAX_MEDIA_SECTIONS: Final = 32
MAX_CANDIDATES: Final = 64

Id = Annotated[str, Field(min_length=1, max_length=96, pattern=r"^[A-Za-z0-9._:-]+$")]


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfferedPublication(Wire):
    """Which of the offer's sending media sections shows what."""

    mid: str = Field(max_length=32)
    source: Source


class Negotiate(Wire):
    """An offer of one peer connection; a peer id that is known renegotiates it, a new one begins.

    A new peer of a participant replaces the participant's older ones as soon as it is connected. One that
    `restarts_ice` keeps its keys, and so is refused where its peer is known no more.
    """

    op: Literal["negotiate"] = "negotiate"
    room: Id
    participant: Id
    peer: Id
    offer: str = Field(max_length=MAX_SDP_BYTES)
    publications: tuple[OfferedPublication, ...] = Field(default=(), max_length=16)
    restarts_ice: bool = False
    may_publish: frozenset[Source] = frozenset()
    may_subscribe: frozenset[Source] = frozenset(Source)


class SlotInfo(Wire):
    """A media section of the answer on which the peer receives."""

    mid: str
    kind: Literal["audio", "video"]


class Negotiated(Wire):
    op: Literal["negotiated"] = "negotiated"
    answer: str
    slots: tuple[SlotInfo, ...]


class Want(Wire):
    """One publication that a participant wants; the layer is `high`, `mid`, `low` or `auto`."""

    publication: Id
    layer: Literal["auto", "high", "mid", "low"] = "auto"
    paused: bool = False


class Subscribe(Wire):
    """The whole set of what this peer wants now; what is not named ends."""

    op: Literal["subscribe"] = "subscribe"
    room: Id
    participant: Id
    peer: Id
    want: tuple[Want, ...] = Field(max_length=32)


class Shown(Wire):
    """How large the subscriber shows a publication, in its pixels; 0 x 0: hidden."""

    publication: Id
    width: int = Field(ge=0, le=16384)
    height: int = Field(ge=0, le=16384)


class SetViewport(Wire):
    """The whole set of what this peer shows; what is not named is shown in an unknown size."""

    op: Literal["set_viewport"] = "set_viewport"
    room: Id
    participant: Id
    peer: Id
    shown: tuple[Shown, ...] = Field(max_length=32)


class Assignment(Wire):
    """A wanted publication and the slot (mid) that carries it; null: no free slot, or no such publication."""

    publication: Id
    mid: str | None


class Subscribed(Wire):
    op: Literal["subscribed"] = "subscribed"
    assignments: tuple[Assignment, ...]


class SetPublication(Wire):
    """A publication is switched off (no packet of it is forwarded or recorded) or on again."""

    op: Literal["set_publication"] = "set_publication"
    room: Id
    publication: Id
    on: bool


class Candidate(Wire):
    """A trickled remote candidate line (RFC 8840), for WHIP's PATCH; empty: no more of them.

    `ice`: our ufrag in the ICE to which it belongs; refused where that is another by now.
    """

    op: Literal["candidate"] = "candidate"
    room: Id
    peer: Id
    candidate: str = Field(max_length=512)
    ice: str | None = Field(default=None, max_length=256)


class RestartIce(Wire):
    """New ICE credentials of a connected peer, without an offer (RFC 9725 4.3.3)."""

    op: Literal["restart_ice"] = "restart_ice"
    room: Id
    participant: Id
    peer: Id
    ufrag: str = Field(min_length=4, max_length=256)
    password: str = Field(min_length=22, max_length=256)
    candidates: tuple[str, ...] = Field(default=(), max_length=MAX_CANDIDATES)


class IceRestarted(Wire):
    """Our new end; `kind` and `mid` of the media section that speaks for all."""

    op: Literal["ice_restarted"] = "ice_restarted"
    ufrag: str
    password: str
    candidates: tuple[str, ...]
    kind: str
    mid: str


class Disconnect(Wire):
    """Ends one peer, or every peer of the participant if none is named."""

    op: Literal["disconnect"] = "disconnect"
    room: Id
    participant: Id
    peer: Id | None = None


class CloseRoom(Wire):
    op: Literal["close_room"] = "close_room"
    room: Id


class Watch(Wire):
    """Sends this connection the room's events, beginning with its present publications."""

    op: Literal["watch"] = "watch"
    room: Id


class TapLayers(StrEnum):
    """Which layers a tap needs: a publisher need not send those that it does not, if nobody watches them."""

    ALL = "all"
    BEST = "best"


class Tap(Wire):
    """Sends this connection every packet of the publication as binary frames; `on` false ends it.

    `layers`: what of it is needed; all that arrives is sent.
    """

    op: Literal["tap"] = "tap"
    room: Id
    publication: Id
    on: bool = True
    layers: TapLayers = TapLayers.ALL


class RequestKeyframe(Wire):
    op: Literal["request_keyframe"] = "request_keyframe"
    room: Id
    publication: Id


class GetStats(Wire):
    op: Literal["get_stats"] = "get_stats"
    room: Id


class QualityRow(Wire):
    """How one participant's lines fare: rates in bit/s, loss 0..1, null where nothing is measured yet."""

    participant: Id
    up_bps: int
    up_loss: float | None
    down_bps: int
    down_loss: float | None
    rtt_ms: float | None


class Stats(Wire):
    op: Literal["stats"] = "stats"
    rows: tuple[QualityRow, ...]
    counters: dict[str, int]


class LookAtRooms(Wire):
    """Asks what lives in those of these rooms that are on the node, for an operator."""

    op: Literal["look_at_rooms"] = "look_at_rooms"
    among: tuple[Id, ...] = Field(max_length=1000)


class LookAtRoom(Wire):
    """Asks how everybody in one room fares, for an operator."""

    op: Literal["look_at_room"] = "look_at_room"
    room: Id


class LayerLook(Wire):
    """What arrives of a layer; `lost` is of the packets since its beginning."""

    rid: str
    bitrate_bps: int
    packets: int
    lost: int


class PublicationLook(Wire):
    """What is on air; `wanted_rids`: what the publisher was told is needed, null: everything."""

    publication: str
    participant: str
    source: Source
    kind: Literal["audio", "video"]
    codec: str
    on: bool
    layers: tuple[LayerLook, ...]
    subscribers: int
    tapped: bool
    wanted_rids: tuple[str, ...] | None


class SlotLook(Wire):
    """What leaves on a slot, and why so much; `loss` 0..1 as the subscriber reports it."""

    mid: str
    publication: str
    source: Source
    rid: str
    layer: Literal["high", "mid", "low"] | None
    wanted: Literal["auto", "high", "mid", "low"]
    state: Literal["full", "reduced", "glimpses", "paused"]
    reason: Literal["as_wanted", "small_on_screen", "hidden", "line", "publisher", "by_hand"]
    every_s: float | None = None
    bitrate_bps: int
    packets: int
    retransmitted: int
    loss: float


class PeerLook(Wire):
    """One connection: since when, what its line carries (null: not known), what it was given."""

    participant: str
    peer: str
    connected: bool
    age_s: float
    estimate_bps: int | None
    loss: float | None
    rtt_ms: float | None
    goal_bps: int
    slots: tuple[SlotLook, ...]


class RoomLook(Wire):
    room: str
    participants: int
    peers: int
    publications: tuple[PublicationLook, ...]


class RoomsSeen(Wire):
    """`left_off`: so many more rooms there are."""

    op: Literal["rooms_seen"] = "rooms_seen"
    rooms: tuple[RoomLook, ...]
    left_off: int


class RoomSeen(Wire):
    """Those who have less than they want come first; `left_off`: so many more peers there are."""

    op: Literal["room_seen"] = "room_seen"
    room: RoomLook
    peers: tuple[PeerLook, ...]
    left_off: int


class GetFigures(Wire):
    """Asks for everything that an operator's Prometheus wants to know of the node."""

    op: Literal["get_figures"] = "get_figures"


class FigureSample(Wire):
    name: str
    labels: dict[str, str]
    value: float


class FigureFamily(Wire):
    """Samples of one figure; `kind` as Prometheus calls it."""

    name: str
    kind: str
    help: str
    samples: tuple[FigureSample, ...]


class Figures(Wire):
    op: Literal["figures"] = "figures"
    families: tuple[FigureFamily, ...]


class Done(Wire):
    op: Literal["done"] = "done"


class Failed(Wire):
    """The request was refused: `code` is one of `media.errors.MediaErrorCode`."""

    op: Literal["failed"] = "failed"
    code: str
    detail: str = ""


Request = Annotated[
    Negotiate
    | Subscribe
    | SetViewport
    | SetPublication
    | Candidate
    | RestartIce
    | Disconnect
    | CloseRoom
    | Watch
    | Tap
    | RequestKeyframe
    | GetStats
    | LookAtRooms
    | LookAtRoom
    | GetFigures,
    Field(discriminator="op"),
]
Answer = Annotated[
    Negotiated | IceRestarted | Subscribed | Stats | RoomsSeen | RoomSeen | Figures | Done | Failed,
    Field(discriminator="op"),
]


class PublicationStarted(Wire):
    """A publication is on air (its first packet came), or is told again to a new watcher."""

    event: Literal["publication_started"] = "publication_started"
    room: Id
    participant: Id
    publication: Id
    source: Source
    kind: Literal["audio", "video"]
    codec: str
    codec_parameters: str = ""
    clock_rate: int
    layers: tuple[str, ...] = ()
    on: bool = True


class PublicationChanged(Wire):
    event: Literal["publication_changed"] = "publication_changed"
    room: Id
    publication: Id
    on: bool
    layers: tuple[str, ...] = ()


class PublicationEnded(Wire):
    event: Literal["publication_ended"] = "publication_ended"
    room: Id
    participant: Id
    publication: Id


class PeerStateChanged(Wire):
    event: Literal["peer_state"] = "peer_state"
    room: Id
    participant: Id
    peer: Id
    state: Literal["connecting", "connected", "failed", "closed"]


class ClockMoved(Wire):
    """RTP time to wall time of a publication's layer (ms since 1970 UTC on the server's axis)."""

    event: Literal["clock"] = "clock"
    room: Id
    publication: Id
    rid: str = ""
    rtp_timestamp: int
    capture_ms: float
    clock_rate: int


class SlotClockMoved(Wire):
    """The same for one slot of one peer, in the RTP time that the subscriber sees.

    `source_rtp_timestamp` is the same moment in the RTP time of the publication's layer `rid`. Told with the
    first packet of each layer that the slot takes; the difference of the two holds from there on.
    """

    event: Literal["slot_clock"] = "slot_clock"
    room: Id
    participant: Id
    peer: Id
    mid: str
    rtp_timestamp: int
    source_rtp_timestamp: int
    rid: str = ""
    capture_ms: float
    clock_rate: int


class SlotFlow(Wire):
    """What flows on a slot, and why not more; `layer` is the place of `rid`, null: nothing flows.

    Glimpses are keyframes alone, about `every_s` seconds apart (null: not known yet).
    """

    mid: str
    publication: Id
    rid: str = ""
    layer: Literal["high", "mid", "low"] | None
    wanted: Literal["auto", "high", "mid", "low"]
    state: Literal["full", "reduced", "glimpses", "paused"]
    reason: Literal["as_wanted", "small_on_screen", "hidden", "line", "publisher", "by_hand"]
    every_s: float | None = None


class FlowMoved(Wire):
    """What one peer is sent and what its line carries; null: not known. At most twice a second a peer."""

    event: Literal["flow"] = "flow"
    room: Id
    participant: Id
    peer: Id
    slots: tuple[SlotFlow, ...]
    estimate_bps: int | None = None
    loss: float | None = None
    rtt_ms: float | None = None


class LayersWanted(Wire):
    """The layers of a publication that anybody needs now, the best first; `wanted` false: nobody any."""

    event: Literal["layers_wanted"] = "layers_wanted"
    room: Id
    participant: Id
    publication: Id
    source: Source
    wanted: bool
    rids: tuple[str, ...] = ()


class AudioLevel(Wire):
    event: Literal["audio_level"] = "audio_level"
    room: Id
    publication: Id
    level_dbov: int


class RoomQuality(Wire):
    """Every 2 s for watched rooms."""

    event: Literal["room_quality"] = "room_quality"
    room: Id
    rows: tuple[QualityRow, ...]


NodeEvent = Annotated[
    PublicationStarted
    | PublicationChanged
    | PublicationEnded
    | PeerStateChanged
    | ClockMoved
    | SlotClockMoved
    | FlowMoved
    | LayersWanted
    | AudioLevel
    | RoomQuality,
    Field(discriminator="event"),
]


class RequestFrame(Wire):
    id: int
    request: Request


class AnswerFrame(Wire):
    id: int
    answer: Answer


class EventFrame(Wire):
    event: NodeEvent


class HelloFrame(Wire):
    """The first frame of each link, from the node: `instance` is another one after each of its starts."""

    instance: Id
    version: Literal[1] = CONTROL_VERSION


FRAME: Final[TypeAdapter[RequestFrame | AnswerFrame | EventFrame | HelloFrame]] = TypeAdapter(
    RequestFrame | AnswerFrame | EventFrame | HelloFrame
)


def publication_id(participant: str, source: Source) -> str:
    """One publication a source and participant: the same again after a reconnect."""
    return f"{participant}.{source.value}"
