"""Messages about tracks: offer, subscriptions, switching one's own sources on and off."""

from typing import Annotated, Literal

from pydantic import Field

from platform_api.kernel.rooms import Source
from signaling.messages.catalogue import Empty, EventSpec, Message, RequestSpec
from signaling.messages.room import Id

MAX_SDP_CHARACTERS = 64 * 1024


class OfferedPublication(Message):
    mid: Annotated[str, Field(max_length=32)]
    source: Source


class Offer(Message):
    """An SDP offer of one peer connection; the server always answers, with all its candidates.

    Sending sections are named in `publications`; every receiving section becomes a slot on which
    publications flow without a further negotiation. A new `peer` id replaces the older peer.
    """

    peer: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
    sdp: Annotated[str, Field(max_length=MAX_SDP_CHARACTERS)]
    publications: tuple[OfferedPublication, ...] = Field(default=(), max_length=8)


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
    RequestSpec(name="media.switch", data=SwitchSource, answer=Empty, right=None, rate_per_s=4, burst=10),
)
EVENTS = (
    EventSpec(name="media.slot_clock", data=SlotClock, volatile=True),
    EventSpec(name="media.peer", data=PeerState, volatile=True),
    EventSpec(name="media.reset", data=MediaReset, volatile=True),
)
