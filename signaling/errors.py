"""Refusals of the live layer. Codes are stable; each has a sentence in both languages in the kernel.

AppError
  Malformed       message.invalid (with `field`), message.unknown, message.too_large   the peer's fault
  NotAdmitted     grant.invalid, grant.expired, protocol.unsupported, origin.refused   at the connection
  SeatError       room.not_joined, room.joined_already, room.seat_lost, room.removed, room.full, room.ended
  NotAllowed      right.missing, source.not_allowed
  UnknownThing    participant.unknown, publication.unknown, still.unknown, still.exists, still.too_many
  RateExceeded    rate.exceeded (with retry_after_s)
  StorageFull     storage.full                                                        ours
  Internal        internal (with error_id)                                            ours

Acknowledgements carry the codes of `annotation.errors` and of the media node (`media.*`) too.
"""

from enum import StrEnum

from platform_api.kernel.errors import AppError


class ErrorCode(StrEnum):
    """Every code of the live layer's own."""

    MESSAGE_INVALID = "message.invalid"
    MESSAGE_UNKNOWN = "message.unknown"
    MESSAGE_TOO_LARGE = "message.too_large"
    GRANT_INVALID = "grant.invalid"
    GRANT_EXPIRED = "grant.expired"
    PROTOCOL_UNSUPPORTED = "protocol.unsupported"
    ORIGIN_REFUSED = "origin.refused"
    NOT_JOINED = "room.not_joined"
    JOINED_ALREADY = "room.joined_already"
    SEAT_LOST = "room.seat_lost"
    REMOVED = "room.removed"
    ROOM_FULL = "room.full"
    ROOM_ENDED = "room.ended"
    RIGHT_MISSING = "right.missing"
    SOURCE_NOT_ALLOWED = "source.not_allowed"
    PARTICIPANT_UNKNOWN = "participant.unknown"
    PUBLICATION_UNKNOWN = "publication.unknown"
    STILL_UNKNOWN = "still.unknown"
    STILL_EXISTS = "still.exists"
    STILL_TOO_MANY = "still.too_many"
    RATE_EXCEEDED = "rate.exceeded"
    STORAGE_FULL = "storage.full"
    INTERNAL = "internal"


class Malformed(AppError):
    """What came is not a message of the catalogue; `field` names the place."""

    code = "message.invalid"
    status_hint = 400

    def __init__(self, code: str | None = None, *, field: str | None = None) -> None:
        super().__init__(code)
        self.field = field


class NotAdmitted(AppError):
    """The connection itself is refused."""

    code = "grant.invalid"
    status_hint = 401


class SeatError(AppError):
    """The asker has no seat, or cannot have it."""

    code = "room.not_joined"
    status_hint = 409


class NotAllowed(AppError):
    """The asker lacks the right that the message needs."""

    code = "right.missing"
    status_hint = 403


class UnknownThing(AppError):
    """The thing that the message names is not in this room."""

    code = "participant.unknown"
    status_hint = 404


class RateExceeded(AppError):
    """Too much in too short a time; `retry_after_s` says when it may work again."""

    code = "rate.exceeded"
    status_hint = 429


class StorageFull(AppError):
    """The journal's disk takes no more: nothing happened."""

    code = "storage.full"
    status_hint = 507


class Internal(AppError):
    """A fault of ours; the log line carries the same `error_id`."""

    code = "internal"
    status_hint = 500

    def __init__(self, error_id: str) -> None:
        super().__init__()
        self.error_id = error_id
