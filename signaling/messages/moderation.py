"""What a host may do to others: give and take rights, ask to speak, mute, remove, end."""

from typing import Annotated

from pydantic import Field

from platform_api.kernel.rooms import Right, Source
from signaling.messages.catalogue import Empty, EventSpec, Message, RequestSpec
from signaling.messages.room import Id


class SetRights(Message):
    """Gives and takes rights of one participant; `speak` lets them publish voice."""

    participant: Id
    give: tuple[Right, ...] = Field(default=(), max_length=8)
    take: tuple[Right, ...] = Field(default=(), max_length=8)


class AskToSpeak(Message):
    """The participant is given `speak` and asked to unmute themselves; the hand goes down."""

    participant: Id


class Mute(Message):
    """Switches a source of somebody off; only they can switch it on again."""

    participant: Id
    source: Source


class MuteAll(Message):
    """Switches voices off, but those of hosts and commentators."""


class LowerHand(Message):
    participant: Id


class Remove(Message):
    """Out of the room; the same grant does not come in again."""

    participant: Id
    note: Annotated[str, Field(max_length=200)] = ""


class EndForAll(Message):
    """The session ends for everybody; the recording is closed."""


class SpeakAsked(Message):
    """To the one who is asked."""

    by: str


class Muted(Message):
    """To the one who was muted."""

    source: Source
    by: str


REQUESTS = (
    RequestSpec(
        name="moderate.rights", data=SetRights, answer=Empty, right=Right.MODERATE, rate_per_s=5, burst=20
    ),
    RequestSpec(
        name="moderate.ask_to_speak",
        data=AskToSpeak,
        answer=Empty,
        right=Right.MODERATE,
        rate_per_s=5,
        burst=20,
    ),
    RequestSpec(name="moderate.mute", data=Mute, answer=Empty, right=Right.MODERATE, rate_per_s=5, burst=20),
    RequestSpec(
        name="moderate.mute_all", data=MuteAll, answer=Empty, right=Right.MODERATE, rate_per_s=1, burst=5
    ),
    RequestSpec(
        name="moderate.lower_hand", data=LowerHand, answer=Empty, right=Right.MODERATE, rate_per_s=5, burst=20
    ),
    RequestSpec(
        name="moderate.remove", data=Remove, answer=Empty, right=Right.MODERATE, rate_per_s=2, burst=10
    ),
    RequestSpec(name="moderate.end", data=EndForAll, answer=Empty, right=Right.END, rate_per_s=1, burst=3),
)
EVENTS = (
    EventSpec(name="speak.asked", data=SpeakAsked, volatile=True),
    EventSpec(name="muted", data=Muted, volatile=True),
)
