"""A comment as a value: written words about something, in threads of any depth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from platform_api.files import StoredFile
from platform_api.kernel.ids import CommentId, FileId, OrganisationId, RoomId, UserId

MAX_BODY_CHARS: Final = 1000
MAX_DEPTH: Final = 32
"""So deep a thread's order goes; deeper replies stand at this depth and still say whom they answer."""
MAX_FILES: Final = 6
MAX_MENTIONS: Final = 10


class Order(StrEnum):
    """How threads are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LIKED = "liked"


class HideReason(StrEnum):
    """Why a moderator took a comment's words away."""

    IDENTITY = "identity"
    RUDE = "rude"
    ADVERTISING = "advertising"
    WRONG = "wrong"
    OTHER = "other"


class Change(StrEnum):
    """What happened to a comment."""

    WRITTEN = "written"
    HIDDEN = "hidden"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A user who is named in a comment."""

    user: UserId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is commented on, as its domain describes it to one asker."""

    kind: str
    id: str
    organisation: OrganisationId
    room: RoomId | None
    may_comment: bool
    may_moderate: bool
    title: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment. `path` is the ids from the root of the thread down to itself, each closed by a slash."""

    id: CommentId
    subject_kind: str
    subject_id: str
    organisation: OrganisationId
    parent: CommentId | None
    path: str
    author_subject: str
    author_name: str
    body: str
    media_time_ms: int | None
    posted_at: datetime
    hidden: bool = False
    hidden_reason: HideReason | None = None
    withdrawn: bool = False
    files: tuple[FileId, ...] = ()
    mentions: tuple[Mention, ...] = ()
    likes: int = 0
    replies: int = 0
    liked: bool = False

    @property
    def depth(self) -> int:
        """0 for the root of a thread."""
        return self.path.count("/") - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadList:
    """A page of threads: each first comment with its replies in reading order."""

    threads: list[tuple[Comment, list[Comment]]]
    next_after: CommentId | None
    total: int
    files: Mapping[FileId, StoredFile] = field(default_factory=dict)
