"""The closed catalogue: what each message is called, carries, needs and may cost."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from platform_api.kernel.rooms import Right

PROTOCOL_VERSION: Final = 1


class Message(BaseModel):
    """The shape of one message's data; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Empty(Message):
    """Nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSpec:
    """A request of a client: acknowledged with `answer`, or with an error.

    `right` is the permission (None: any participant with a seat); `volatile` requests are not
    acknowledged and are dropped, not queued, over their rate.
    """

    name: str
    data: type[Message]
    answer: type[Message]
    right: Right | None
    rate_per_s: float
    burst: int
    volatile: bool = False
    before_join: bool = False

    @property
    def permission(self) -> str:
        """The right by the name that the platform's catalogue has for it (AZ-03)."""
        if self.right is not None:
            return f"room.{self.right.value}"
        return "room.enter" if self.before_join else "room.attend"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpec:
    """What the server tells: numbered and kept for resumption, or volatile."""

    name: str
    data: type[Message]
    volatile: bool = False
