"""Answer shapes of live rooms. Rates in bit/s, shares 0..1, null where nothing is measured."""

from typing import Annotated, Literal

from pydantic import Field

from platform_api.http import Shape
from platform_api.kernel.rooms import Source

LayerName = Literal["high", "mid", "low"]


class RoomPath(Shape):
    """The path of one room."""

    room: Annotated[str, Field(min_length=1, max_length=96, pattern=r"^[A-Za-z0-9._:-]+$")]


class LiveLayer(Shape):
    """What arrives of a layer."""

    rid: str
    bitrate_bps: int
    packets: int
    lost: int


class LivePublication(Shape):
    """What is on air; `wanted_rids`: the layers that somebody needs, null: all."""

    publication: str
    participant: str
    source: Source
    kind: Literal["audio", "video"]
    codec: str
    on: bool
    layers: list[LiveLayer]
    subscribers: int
    tapped: bool
    wanted_rids: list[str] | None


class LiveSlot(Shape):
    """What leaves to one viewer of one publication, and why so much."""

    mid: str
    publication: str
    source: Source
    rid: str
    layer: LayerName | None
    wanted: Literal["auto", "high", "mid", "low"]
    state: Literal["full", "reduced", "glimpses", "paused"]
    reason: Literal["as_wanted", "small_on_screen", "hidden", "line", "publisher", "by_hand"]
    every_s: float | None = None
    bitrate_bps: int
    packets: int
    retransmitted: int
    loss: float


class LivePeer(Shape):
    """One connection: what its line carries, what it would take for everything wanted (`goal_bps`)."""

    participant: str
    peer: str
    connected: bool
    age_s: float
    estimate_bps: int | None
    loss: float | None
    rtt_ms: float | None
    goal_bps: int
    slots: list[LiveSlot]


class LiveRoomItem(Shape):
    """A room in the list."""

    room: str
    participants: int
    peers: int
    publications: list[LivePublication]


class LiveRooms(Shape):
    """The fullest first; `left_off`: so many more there are."""

    rooms: list[LiveRoomItem]
    left_off: int


class LiveRoom(Shape):
    """One room; those who have less than they want come first."""

    room: LiveRoomItem
    peers: list[LivePeer]
    left_off: int
