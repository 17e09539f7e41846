"""What an audit entry says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from platform_api.http import Asker, Call

Detail = str | int | bool | None


class Tag(StrEnum):
    """What happened (AD-01); the list only grows."""

    LOGIN = "login"
    LOGOUT = "logout"
    LOGIN_ENDED = "login.ended"
    CREDENTIALS_CHANGED = "credentials.changed"
    PERMISSION_CHANGED = "permission.changed"
    ACCESS_REFUSED = "access.refused"
    RECORD_VIEWED = "record.viewed"
    RECORD_CREATED = "record.created"
    RECORD_CHANGED = "record.changed"
    RECORD_DELETED = "record.deleted"
    RECORD_EXPORTED = "record.exported"
    INVITATION_MADE = "invitation.made"
    INVITATION_REDEEMED = "invitation.redeemed"
    INVITATION_REVOKED = "invitation.revoked"
    SHARE_MADE = "share.made"
    SHARE_OPENED = "share.opened"
    SHARE_REVOKED = "share.revoked"
    SESSION_OPENED = "session.opened"
    SESSION_JOINED = "session.joined"
    SESSION_LEFT = "session.left"
    SESSION_ENDED = "session.ended"
    SESSION_FORWARDED = "session.forwarded"
    RECORDING_STARTED = "recording.started"
    RECORDING_STOPPED = "recording.stopped"
    RECORDING_PLAYED = "recording.played"
    RECORDING_DOWNLOADED = "recording.downloaded"
    RECORDING_FORWARDED = "recording.forwarded"
    EXPORT_ASKED = "export.asked"
    EXPORT_DECIDED = "export.decided"
    EXPORT_CANCELLED = "export.cancelled"
    EXPORT_DOWNLOADED = "export.downloaded"
    COMMENT_HIDDEN = "comment.hidden"
    COMMENT_RESTORED = "comment.restored"
    COMMENT_WITHDRAWN = "comment.withdrawn"
    COMMENT_FORWARDED = "comment.forwarded"
    QUESTION_HIDDEN = "question.hidden"
    QUESTION_RESTORED = "question.restored"
    QUESTION_FORWARDED = "question.forwarded"
    REVIEW_SUBMITTED = "review.submitted"
    REVIEW_TAKEN_BACK = "review.taken_back"
    REVIEW_RETURNED = "review.returned"
    REVIEW_APPROVED = "review.approved"
    REVIEW_LOCKED = "review.locked"
    REVIEW_UNLOCK_ASKED = "review.unlock_asked"
    REVIEW_UNLOCK_REFUSED = "review.unlock_refused"
    REVIEW_UNLOCKED = "review.unlocked"
    REVIEW_LEVELS_SET = "review.levels_set"
    KIOSK_PAIRED = "kiosk.paired"
    KIOSK_ENDED = "kiosk.ended"
    JOB_CANCELLED = "job.cancelled"
    JOB_RUN_AGAIN = "job.run_again"
    ANCHOR_LOST = "audit.anchor_lost"
    KEY_ADDED = "key.added"
    KEY_TAKEN_UP = "key.taken_up"
    KEY_RESEALED = "key.resealed"
    KEY_RETIRED = "key.retired"
    ALARM_RAISED = "alarm.raised"
    ALARM_SETTLED = "alarm.settled"
    BREAK_GLASS_OPENED = "break_glass.opened"
    BREAK_GLASS_CLOSED = "break_glass.closed"
    BREAK_GLASS_REVIEWED = "break_glass.reviewed"


DISCLOSING: Final = frozenset(
    {
        Tag.RECORD_VIEWED,
        Tag.RECORD_EXPORTED,
        Tag.EXPORT_DOWNLOADED,
        Tag.RECORDING_PLAYED,
        Tag.RECORDING_DOWNLOADED,
        Tag.SHARE_MADE,
        Tag.SHARE_OPENED,
        Tag.SESSION_JOINED,
        Tag.QUESTION_FORWARDED,
        Tag.SESSION_FORWARDED,
        Tag.RECORDING_FORWARDED,
        Tag.COMMENT_FORWARDED,
    }
)
"""What lets somebody see, take away or pass on a record: what a breach is made of (PR-05)."""


class Outcome(StrEnum):
    """How it went."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who acted, for which organisation, from where."""

    subject: str
    name: str
    organisation: str | None
    address: str

    @classmethod
    def of(cls, asker: Asker, address: str) -> "Who":
        """A known asker at an address."""
        return cls(subject=asker.subject, name=asker.name, organisation=asker.organisation, address=address)

    @classmethod
    def calling(cls, call: Call[Any, Any, Any]) -> "Who":
        """Who made this call."""
        return cls.of(call.asker, call.caller.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the trail. `details` holds ids, states and counts: never a secret, never a note's text."""

    tag: Tag
    who: Who
    target_kind: str
    target: str
    outcome: Outcome = Outcome.OK
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """An entry in its place in the chain."""

    number: int
    at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many entries were looked at, and the first whose hash or place is wrong."""

    checked: int
    broken_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """A record that somebody saw, took away or passed on: by which acts, which of its fields, when."""

    target_kind: str
    target: str
    acts: tuple[Tag, ...]
    fields: tuple[str, ...]
    times: int
    first: datetime
    last: datetime
    numbers: tuple[int, ...]
