"""Messages about tracks: offer, subscriptions, switching one's own sources on and off."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from platform_api.kernel.rooms import Source
from signaling.messages.catalogue import Empty, EventSpec, Message, RequestSpec
from signaling.messages.room import Id

MAX_SDP_CHARACTERS = 64 * 1024
MAX_SHOWN_PIXELS = 16384
MAX_REPORTED_MS = 3_600_000


class OfferedPublication(Message):
    mid: Annotated[str, Field(max_length=32)]
    source: Source


class Offer(Message):
    """An SDP offer of one peer connection; the server always answers, with all its candidates.

    Sending sections are named in `publications`; every receiving section becomes a slot on which
    publications flow without a further negotiation. A new `peer` id replaces the older peer.

    One with new ICE credentials for a known peer finds it another way under the same keys; say so in
    `restarts_ice`, and one that the server has forgotten is refused: offer a new peer.
    """

    peer: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
    sdp: Annotated[str, Field(max_length=MAX_SDP_CHARACTERS)]
    publications: tuple[OfferedPublication, ...] = Field(default=(), max_length=8)
    restarts_ice: bool = False


class Slot(Message):
    mid: str
    kind: Literal["audio", "video"]


class Answer(Message):
    sdp: str
    slots: tuple[Slot, ...]


class Want(Message):
    publication: Id
    layer: Literal["auto", "high", "mid", "low"] = "auto"
    paused: bool = False


class Subscribe(Message):
    """The whole set that this peer wants now; what is not named ends."""

    peer: Annotated[str, Field(max_length=64)]
    want: tuple[Want, ...] = Field(max_length=32)


class Assignment(Message):
    publication: str
    mid: str | None


class Subscribed(Message):
    assignments: tuple[Assignment, ...]


class SwitchSource(Message):
    """One's own source goes off or on for all, without a negotiation."""

    source: Source
    on: bool


class Shown(Message):
    """How large a publication is on the screen, in device pixels; 0 x 0: it is not to be seen."""

    publication: Id
    width: Annotated[int, Field(ge=0, le=MAX_SHOWN_PIXELS)]
    height: Annotated[int, Field(ge=0, le=MAX_SHOWN_PIXELS)]


class Viewport(Message):
    """The whole set of what this peer's page shows now; of what is not named the server knows no size.

    No layer larger than it is shown is sent, and nothing of what is not to be seen. Send it when a size
    has settled, and at once when something is hidden or shown.
    """

    peer: Annotated[str, Field(max_length=64)]
    shown: tuple[Shown, ...] = Field(max_length=32)


class Seen(Message):
    """What the page saw of one publication since its last report.

    `first_frame_ms`: from the offer to the first picture, said once; `delay_ms`: from the camera to the
    screen, the median.
    """

    publication: Id
    frames: Annotated[int, Field(ge=0, le=1_000_000)]
    freezes: Annotated[int, Field(ge=0, le=100_000)] = 0
    frozen_ms: Annotated[int, Field(ge=0, le=MAX_REPORTED_MS)] = 0
    first_frame_ms: Annotated[int, Field(ge=0, le=MAX_REPORTED_MS)] | None = None
    delay_ms: Annotated[float, Field(ge=0, le=MAX_REPORTED_MS, allow_inf_nan=False)] | None = None


class Report(Message):
    """How the pictures fare at this page, every ten seconds; for the operator's figures alone."""

    peer: Annotated[str, Field(max_length=64)]
    seen: tuple[Seen, ...] = Field(max_length=32)


class FlowState(StrEnum):
    """What of a publication flows to a viewer: its best layer, a lower one, keyframes alone, nothing."""

    FULL = "full"
    REDUCED = "reduced"
    GLIMPSES = "glimpses"
    PAUSED = "paused"


class FlowReason(StrEnum):
    """Why so much of it flows: `line` and `publisher` are what somebody may want to mend."""

    AS_WANTED = "as_wanted"
    SMALL_ON_SCREEN = "small_on_screen"
    HIDDEN = "hidden"
    LINE = "line"
    PUBLISHER = "publisher"
    BY_HAND = "by_hand"


class SlotFlow(Message):
    """What flows on one slot: `rid` is the layer (empty without layers, or while nothing flows).

    `layer` is its place among the publication's layers, null while nothing flows; `wanted` as in
    `media.subscribe`. Glimpses come about `every_s` seconds apart, null: it is not known yet.
    """

    mid: str
    publication: Id
    rid: str = ""
    layer: Literal["high", "mid", "low"] | None
    wanted: Literal["auto", "high", "mid", "low"]
    state: FlowState
    reason: FlowReason
    every_s: float | None = None


class Line(Message):
    """The way from the server to this page: what it carries, its loss 0..1; null: not known (yet)."""

    estimate_bps: int | None = None
    loss: float | None = None
    rtt_ms: float | None = None


class Flow(Message):
    """Why the pictures of this peer are as they are: all its slots that carry one.

    When something changed, and at most twice a second.
    """

    peer: str
    slots: tuple[SlotFlow, ...]
    line: Line


class WantedLayers(Message):
    """What somebody needs of one of one's own publications, so that the rest need not be sent.

    `rids` are the layers to send, the best first, of those that were offered; a publication without
    layers has none. `wanted` false: nobody needs any of it now. More is asked for at once, less after
    5 s. Before the first such message everything is wanted.
    """

    publication: Id
    source: Source
    wanted: bool
    rids: tuple[str, ...] = ()


class SlotClock(Message):
    """At this RTP timestamp of the slot the picture was captured at this time (ms UTC, server's axis).

    `source_rtp_timestamp` is the same moment in the RTP time of the publication's layer `rid`: the
    difference of the two holds from this RTP timestamp until the next such message.
    """

    peer: str
    mid: str
    rtp_timestamp: int
    source_rtp_timestamp: int
    rid: str = ""
    capture_ms: float
    clock_rate: int


class PeerState(Message):
    peer: str
    state: Literal["connecting", "connected", "failed", "closed"]


class MediaReset(Message):
    """The media node was lost and is back, or another took over: offer again with a new peer."""


REQUESTS = (
    RequestSpec(name="media.offer", data=Offer, answer=Answer, right=None, rate_per_s=5 / 60, burst=5),
    RequestSpec(
        name="media.subscribe", data=Subscribe, answer=Subscribed, right=None, rate_per_s=5, burst=20
    ),
    RequestSpec(name="media.viewport", data=Viewport, answer=Empty, right=None, rate_per_s=5, burst=20),
    RequestSpec(
        name="media.report", data=Report, answer=Empty, right=None, rate_per_s=0.2, burst=4, volatile=True
    ),
    RequestSpec(name="media.switch", data=SwitchSource, answer=Empty, right=None, rate_per_s=4, burst=10),
)
EVENTS = (
    EventSpec(name="media.slot_clock", data=SlotClock, volatile=True),
    EventSpec(name="media.flow", data=Flow, volatile=True),
    EventSpec(name="media.wanted_layers", data=WantedLayers, volatile=True),
    EventSpec(name="media.peer", data=PeerState, volatile=True),
    EventSpec(name="media.reset", data=MediaReset, volatile=True),
)
