"""Messages about the seat: join, leave, hands, who is there, what is said in words."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from annotation.model import BoardPage, Mark, Rid, RtpTimestamp
from platform_api.kernel.rooms import Right, Role, Source
from signaling.messages.catalogue import Empty, EventSpec, Message, RequestSpec

Id = Annotated[str, Field(min_length=1, max_length=96, pattern=r"^[A-Za-z0-9._:-]+$")]


class LeaveReason(StrEnum):
    """Why a participant is no longer there."""

    LEFT = "left"
    TIMED_OUT = "timed_out"
    REMOVED = "removed"
    ELSEWHERE = "elsewhere"
    ENDED = "ended"
    REVOKED = "revoked"
    FLOODED = "flooded"


class Participant(Message):
    """Somebody in the room as all may see them. `colour` is the index of the person's mark colour."""

    id: Id
    name: str
    role: Role
    organisation: str | None = None
    colour: int
    rights: tuple[Right, ...]
    online: bool = True
    hand_raised_at_ms: int | None = None
    joined_at_ms: int
    device: Literal["desk", "phone", "encoder"] = "desk"
    mirrored: bool = False


class Publication(Message):
    """A track on air. `on` false: the publisher has switched it off for now."""

    id: Id
    participant: Id
    source: Source
    kind: Literal["audio", "video"]
    codec: str
    layers: tuple[str, ...] = ()
    on: bool = True


class Still(Message):
    """A frozen picture: from which publication, the capture time of its frame (with `rtp_timestamp` and `rid`
    exactly, as in a live mark's target), who froze it.

    `url` is null until the author's upload has arrived; `open` says that it is shown beside the live
    picture, false that it was only kept.
    """

    id: Id
    publication: str
    capture_ms: float
    rtp_timestamp: int | None = None
    rid: str = ""
    author: Id
    author_name: str
    open: bool
    url: str | None = None
    width: int = 0
    height: int = 0


class PresentedView(Message):
    """What the presenter shows: the learner may follow it."""

    layout: Literal["scope", "hand", "side", "pip", "board"]
    participant: Id | None = None


class QualityRow(Message):
    participant: Id
    up_bps: int
    up_loss: float | None
    down_bps: int
    down_loss: float | None
    rtt_ms: float | None


class Snapshot(Message):
    """The whole state of a room for one who has none of it."""

    room: Id
    title: str
    session: str | None
    state: Literal["open", "on_air", "ended"]
    on_air_since_ms: int | None
    recording: Literal["off", "on", "interrupted"]
    recording_since_ms: int | None = None
    epoch_ms: float
    participants: tuple[Participant, ...]
    publications: tuple[Publication, ...]
    marks: tuple[Mark, ...]
    pages: tuple[BoardPage, ...]
    page_shown: str | None
    stills: tuple[Still, ...]
    view: PresentedView
    likes: int = 0


class Join(Message):
    """Takes a seat, or takes the old one again with `resume`."""

    device: Literal["desk", "phone", "encoder"] = "desk"
    resume: "Resume | None" = None


class Resume(Message):
    """The seat's secret from the earlier join and the last event sequence that was seen.

    A page that knows nothing any more (it was loaded anew) says 0, and gets a snapshot.
    """

    participant: Id
    key: Annotated[str, Field(min_length=20, max_length=100)]
    last_seq: Annotated[int, Field(ge=0)]


Join.model_rebuild()


class NumberedEvent(Message):
    """One event as it travels: its place in the room's order, its time (ms UTC), its name and data."""

    seq: int
    at_ms: int
    name: str
    data: dict[str, Any]


class Joined(Message):
    """The seat. With `missed` the client goes on from where it was; else `snapshot` is everything."""

    participant: Id
    key: str
    seq: int
    server_ms: float
    snapshot: Snapshot | None
    missed: tuple[NumberedEvent, ...] | None
    rights: tuple[Right, ...]
    may_publish: tuple[Source, ...]
    ice_servers: tuple[dict[str, Any], ...] = ()


class Relays(Message):
    """The relays that one who holds a grant may go by (RTCIceServer of WebRTC, one object each)."""

    ice_servers: tuple[dict[str, Any], ...] = ()


class RaiseHand(Message):
    up: bool


class Present(Message):
    """The presenter's own switching, suggested to those who follow and kept for the replay."""

    layout: Literal["scope", "hand", "side", "pip", "board"]


class Freeze(Message):
    """Keeps the frame that was on the presser's screen; `open` shows it to all beside the live picture."""

    id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
    publication: Id
    capture_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    rtp_timestamp: RtpTimestamp | None = None
    rid: Rid = ""
    open: bool


class CloseStill(Message):
    """A still is put away (`remove` false) or withdrawn by its author or the host (`remove` true)."""

    id: Id
    remove: bool = False


class Ping(Message):
    """Asks for the server's time, so that the page can place its clock."""

    sent_ms: float


class Pong(Message):
    sent_ms: float
    server_ms: float


class ParticipantUpserted(Message):
    participant: Participant


class ParticipantLeft(Message):
    participant: Id
    reason: LeaveReason


class PublicationUpserted(Message):
    publication: Publication


class PublicationEnded(Message):
    publication: Id


class RoomStateChanged(Message):
    """Opened, on air, ended, and whether it is being recorded."""

    state: Literal["open", "on_air", "ended"]
    on_air_since_ms: int | None
    recording: Literal["off", "on", "interrupted"]
    recording_since_ms: int | None = None


class CommentPosted(Message):
    """A comment became visible; the full thread, and what `files` lie beside it, is had from the API."""

    comment: str
    parent: str | None
    author_name: str
    author_subject: str
    body: str
    media_time_ms: int | None
    posted_at_ms: int
    files: int = 0


class CommentHidden(Message):
    comment: str


class LikesCounted(Message):
    comment: str | None
    count: int


class StillChanged(Message):
    """A still was made, got its picture, was put away (`open` false)."""

    still: Still


class StillRemoved(Message):
    still: Id


class ViewPresented(Message):
    view: PresentedView


class QualityChanged(Message):
    """How each line fares, every 2 s."""

    rows: tuple[QualityRow, ...]


class AudioLevels(Message):
    """Who is heard now: publication id to dBov, at most 5 a second."""

    levels: dict[str, int]


class Bye(Message):
    """The last thing a connection hears."""

    reason: LeaveReason


REQUESTS = (
    RequestSpec(
        name="room.prepare",
        data=Empty,
        answer=Relays,
        right=None,
        rate_per_s=10 / 60,
        burst=10,
        before_join=True,
    ),
    RequestSpec(
        name="room.join", data=Join, answer=Joined, right=None, rate_per_s=10 / 60, burst=10, before_join=True
    ),
    RequestSpec(name="room.leave", data=Empty, answer=Empty, right=None, rate_per_s=1, burst=5),
    RequestSpec(name="room.ping", data=Ping, answer=Pong, right=None, rate_per_s=2, burst=10),
    RequestSpec(name="room.hand", data=RaiseHand, answer=Empty, right=None, rate_per_s=1, burst=5),
    RequestSpec(name="room.present", data=Present, answer=Empty, right=Right.PRESENT, rate_per_s=5, burst=10),
    RequestSpec(name="still.freeze", data=Freeze, answer=Empty, right=Right.FREEZE, rate_per_s=2, burst=10),
    RequestSpec(
        name="still.close", data=CloseStill, answer=Empty, right=Right.FREEZE, rate_per_s=2, burst=10
    ),
)
EVENTS = (
    EventSpec(name="participant.upserted", data=ParticipantUpserted),
    EventSpec(name="participant.left", data=ParticipantLeft),
    EventSpec(name="publication.upserted", data=PublicationUpserted),
    EventSpec(name="publication.ended", data=PublicationEnded),
    EventSpec(name="room.state", data=RoomStateChanged),
    EventSpec(name="comment.posted", data=CommentPosted),
    EventSpec(name="comment.hidden", data=CommentHidden),
    EventSpec(name="likes.counted", data=LikesCounted),
    EventSpec(name="still.changed", data=StillChanged),
    EventSpec(name="still.removed", data=StillRemoved),
    EventSpec(name="view.presented", data=ViewPresented),
    EventSpec(name="quality", data=QualityChanged, volatile=True),
    EventSpec(name="audio.levels", data=AudioLevels, volatile=True),
    EventSpec(name="bye", data=Bye, volatile=True),
)
