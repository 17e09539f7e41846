"""Which of DICOM's audit events (PS3.16 CID 400, 401) an entry of the trail is."""

from dataclasses import dataclass
from typing import Final

from platform_api.audit import Tag


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value: code, coding scheme, meaning."""

    value: str
    system: str
    meaning: str


def dcm(value: str, meaning: str) -> Code:
    """A code of DICOM's own."""
    return Code(value, "DCM", meaning)


OUR_SYSTEM: Final = "99SCOPECAST"
APPLICATION: Final = dcm("110150", "Application")
ACTIVITY: Final = dcm("110100", "Application Activity")
LOG_USED: Final = dcm("110101", "Audit Log Used")
ACCESSED: Final = dcm("110103", "DICOM Instances Accessed")
EXPORT: Final = dcm("110106", "Export")
PROCEDURE: Final = dcm("110111", "Procedure Record")
ALERT: Final = dcm("110113", "Security Alert")
AUTHENTICATION: Final = dcm("110114", "User Authentication")

LOGIN: Final = dcm("110122", "Login")
LOGOUT: Final = dcm("110123", "Logout")
RESTRICTED: Final = dcm("110132", "Use of Restricted Function")
ROLES_CHANGED: Final = dcm("110136", "Security Roles Changed")
USER_CHANGED: Final = dcm("110137", "User security Attributes Changed")

EVENTS: Final[dict[Tag, tuple[Code, tuple[Code, ...]]]] = {
    Tag.LOGIN: (AUTHENTICATION, (LOGIN,)),
    Tag.LOGOUT: (AUTHENTICATION, (LOGOUT,)),
    Tag.LOGIN_ENDED: (AUTHENTICATION, (LOGOUT,)),
    Tag.CREDENTIALS_CHANGED: (ALERT, (USER_CHANGED,)),
    Tag.PERMISSION_CHANGED: (ALERT, (ROLES_CHANGED,)),
    Tag.ACCESS_REFUSED: (ALERT, (RESTRICTED,)),
    Tag.ALARM_RAISED: (ALERT, ()),
    Tag.ALARM_SETTLED: (ALERT, ()),
    Tag.ANCHOR_LOST: (ALERT, ()),
    Tag.KEY_ADDED: (ALERT, ()),
    Tag.KEY_TAKEN_UP: (ALERT, ()),
    Tag.KEY_RESEALED: (ALERT, ()),
    Tag.KEY_RETIRED: (ALERT, ()),
    Tag.RECORD_VIEWED: (PROCEDURE, ()),
    Tag.RECORD_CREATED: (PROCEDURE, ()),
    Tag.RECORD_CHANGED: (PROCEDURE, ()),
    Tag.RECORD_DELETED: (PROCEDURE, ()),
    Tag.RECORD_EXPORTED: (EXPORT, ()),
    Tag.EXPORT_DOWNLOADED: (EXPORT, ()),
    Tag.RECORDING_PLAYED: (ACCESSED, ()),
    Tag.RECORDING_DOWNLOADED: (EXPORT, ()),
}
"""What is not here is an activity of the application; the tag itself stands beside, in our own scheme."""
ACTIONS: Final[dict[str, str]] = {
    "created": "C",
    "made": "C",
    "viewed": "R",
    "played": "R",
    "opened": "R",
    "exported": "R",
    "downloaded": "R",
    "changed": "U",
    "deleted": "D",
    "revoked": "D",
}
PEOPLE: Final = frozenset({"user", "patient", "people", "registration"})
"""Kinds of targets that are persons (ParticipantObjectTypeCode 1)."""


def event_of(tag: Tag, target_kind: str) -> tuple[Code, tuple[Code, ...]]:
    """The event and its types."""
    ours = Code(tag.value, OUR_SYSTEM, tag.value)
    if target_kind == "audit" and tag is Tag.RECORD_VIEWED:
        return LOG_USED, (ours,)
    event, types = EVENTS.get(tag, (ACTIVITY, ()))
    return event, (*types, ours)


def action_of(tag: Tag) -> str:
    """Create, read, update, delete or execute."""
    return ACTIONS.get(tag.value.rpartition(".")[2], "E")
