"""What wraps every message on the wire: the handshake, the acknowledgement, the two kinds of event frame."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from signaling.messages.catalogue import Message

NAMESPACE: Final = "/room"
NUMBERED_FRAME: Final = "event"
VOLATILE_FRAME: Final = "volatile"
MAX_MESSAGE_BYTES: Final = 256 * 1024
MAX_JSON_DEPTH: Final = 24


class Handshake(Message):
    """The `auth` of the Socket.IO connection: the signed grant and the protocol that the page speaks."""

    grant: Annotated[str, Field(min_length=1, max_length=4096)]
    protocol: int


class Refusal(Message):
    """Why a request was refused: `code` is stable, `field` is the place in the data that is wrong."""

    code: str
    field: str | None = None
    params: dict[str, str | int | float] = Field(default_factory=dict)
    retry_after_s: float | None = None
    error_id: str | None = None


class Accepted(Message):
    """Acknowledgement of a request that was carried out."""

    ok: Literal[True] = True
    data: dict[str, Any]


class NotAccepted(Message):
    """Acknowledgement of a request that changed nothing."""

    ok: Literal[False] = False
    error: Refusal


class VolatileEvent(Message):
    """An event that is neither numbered nor kept."""

    name: str
    data: dict[str, Any]
