"""The life of one connection as a table.

A connection is greeted once its grant is verified. It may take a seat, leave it and take one again.
Whatever ends it is said to it as the last thing it hears, except that a lost one hears nothing. A lost
connection's seat is kept for a while; every other end gives the seat up, or somebody newer has it already.
An absent cell is an error of the caller.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signaling.messages.room import LeaveReason


class State(StrEnum):
    GREETED = "greeted"
    SEATED = "seated"
    CLOSED = "closed"


class Event(StrEnum):
    JOINED = "joined"
    LEFT = "left"
    TAKEN_OVER = "taken_over"
    REMOVED = "removed"
    REVOKED = "revoked"
    FLOODED = "flooded"
    ENDED = "ended"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class SayBye:
    """The connection is told why, then cut."""

    reason: LeaveReason


@dataclass(frozen=True, slots=True)
class KeepSeat:
    """The seat stays for the time that a seat is kept."""


@dataclass(frozen=True, slots=True)
class GiveUpSeat:
    """The participant leaves the room for this reason."""

    reason: LeaveReason


Effect = SayBye | KeepSeat | GiveUpSeat
Cell = tuple[State, tuple[Effect, ...]]

_REASONS: Final = {
    Event.REMOVED: LeaveReason.REMOVED,
    Event.REVOKED: LeaveReason.REVOKED,
    Event.FLOODED: LeaveReason.FLOODED,
}

TRANSITIONS: Final[dict[tuple[State, Event], Cell]] = {
    (State.GREETED, Event.JOINED): (State.SEATED, ()),
    (State.GREETED, Event.ENDED): (State.CLOSED, (SayBye(LeaveReason.ENDED),)),
    (State.GREETED, Event.LOST): (State.CLOSED, ()),
    (State.SEATED, Event.LEFT): (State.GREETED, (GiveUpSeat(LeaveReason.LEFT),)),
    (State.SEATED, Event.TAKEN_OVER): (State.CLOSED, (SayBye(LeaveReason.ELSEWHERE),)),
    (State.SEATED, Event.ENDED): (State.CLOSED, (SayBye(LeaveReason.ENDED),)),
    (State.SEATED, Event.LOST): (State.CLOSED, (KeepSeat(),)),
    **{(State.GREETED, event): (State.CLOSED, (SayBye(reason),)) for event, reason in _REASONS.items()},
    **{
        (State.SEATED, event): (State.CLOSED, (GiveUpSeat(reason), SayBye(reason)))
        for event, reason in _REASONS.items()
    },
    **{(State.CLOSED, event): (State.CLOSED, ()) for event in Event if event is not Event.JOINED},
}
