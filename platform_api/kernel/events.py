"""Domain events that cross packages: facts, past tense, versioned by their fields only growing."""

from dataclasses import dataclass
from datetime import datetime

from platform_api.kernel.ids import CommentId, RecordingId, RoomId, SessionId, UserId
from platform_api.kernel.rooms import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact and when it became one (aware UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Event):
    """A session was opened, or is still open when the platform starts: its room takes participants.

    Its recording begins unless there is none. Told again for the same room it changes nothing.
    """

    session: SessionId
    room: RoomId
    recording: RecordingId | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomWentOnAir(Event):
    """The first picture of a room is on: signaling tells, the session's state follows."""

    room: RoomId
    session: SessionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A session was ended for everybody."""

    session: SessionId
    room: RoomId
    recording: RecordingId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEndRequested(Event):
    """A host asked in the room itself that the session end."""

    room: RoomId
    session: SessionId | None
    subject: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantJoined(Event):
    """Somebody took a seat in a room, from this network address."""

    room: RoomId
    session: SessionId | None
    subject: str
    name: str
    role: Role
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantLeft(Event):
    """Somebody's seat was given up: `reason` is a `signaling.messages.room.LeaveReason` value.

    `address` is where it was held from last.
    """

    room: RoomId
    session: SessionId | None
    subject: str
    reason: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Event):
    """A subject lost access: its sockets in the room (in every room if None) are cut within 5 s.

    With a `login`, those that were opened by this signing-in alone, and those of which that is not known.
    """

    subject: str
    room: RoomId | None
    login: str | None = None

    def concerns(self, login: str | None) -> bool:
        """Whether what this signing-in opened is to be cut."""
        return self.login is None or login in (None, self.login)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRefused(Event):
    """Somebody in a room, or at its door, asked for what is not theirs to do: for the audit trail (AD-01).

    `action` is the request's name, `code` why it was refused.
    """

    room: RoomId
    session: SessionId | None
    subject: str
    name: str
    action: str
    code: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPosted(Event):
    """A comment or reply on a session became visible."""

    session: SessionId
    room: RoomId
    comment: CommentId
    parent: CommentId | None
    author_name: str
    author_subject: str
    body: str
    media_time_ms: int | None
    files: int = 0
    """How many files lie beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentHidden(Event):
    """A moderator hid a comment."""

    room: RoomId
    comment: CommentId


@dataclass(frozen=True, slots=True, kw_only=True)
class LikesCounted(Event):
    """The number of likes of a session or of a comment changed."""

    room: RoomId
    comment: CommentId | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StillStored(Event):
    """The picture of a still arrived in the file store: shown if `subject` is the still's author."""

    room: RoomId
    still: str
    url: str
    width: int
    height: int
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChanged(Event):
    """A recording's state on disk changed: `state` is a `recording.manifest.RecordingState` value."""

    recording: RecordingId
    room: RoomId
    state: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxChanged(Event):
    """Something waits for a user, or no longer does; or for whoever holds a permission somewhere."""

    user: UserId | None
    permission: str | None
