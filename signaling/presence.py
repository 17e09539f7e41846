"""Who has a seat in a room, over lost connections; pure, with the time as an argument."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from platform_api.kernel.tokens import Grant

KEY_BYTES: Final = 24
_PERSON: Final = re.compile(r"p[0-9a-f]{16}")


def participant_id(room: str, subject: str) -> str:
    """One person has one participant id in a room, whenever and from wherever they come."""
    digest = hashlib.sha256(f"{room}\0{subject}".encode()).hexdigest()
    return f"p{digest[:16]}"


def is_person(participant: str) -> bool:
    """Whether the id is a person's; a box that only sends media is named by the media node."""
    return _PERSON.fullmatch(participant) is not None


@dataclass(slots=True)
class Seat:
    """A seat; without `connection` it is kept until it expires. `key` proves the same page coming back.

    A seat that was found in the journal after a restart has neither key nor grant until its owner is back.
    """

    participant: str
    connection: str | None = None
    key: str | None = None
    grant: Grant | None = None
    address: str = ""
    lost_at_s: float | None = None

    def opens_with(self, key: str) -> bool:
        return self.key is None or hmac.compare_digest(self.key, key)


class Presence:
    """The seats of one room."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}

    def get(self, participant: str) -> Seat | None:
        return self._seats.get(participant)

    def restore(self, participant: str, now_s: float) -> None:
        """A seat known from the journal alone: its owner has the usual time to come back."""
        self._seats[participant] = Seat(participant=participant, lost_at_s=now_s)

    def take(
        self, participant: str, *, connection: str, grant: Grant, key: str | None, address: str = ""
    ) -> str | None:
        """Puts the connection on the seat under a new key (or the proven one); tells whom it replaced."""
        seat = self._seats.setdefault(participant, Seat(participant=participant))
        replaced = seat.connection
        seat.connection, seat.grant, seat.lost_at_s = connection, grant, None
        seat.address = address
        seat.key = key or secrets.token_urlsafe(KEY_BYTES)
        return replaced if replaced != connection else None

    def lose(self, participant: str, connection: str, now_s: float) -> bool:
        """The connection is gone; True if the seat was still its own."""
        seat = self._seats.get(participant)
        if seat is None or seat.connection != connection:
            return False
        seat.connection, seat.lost_at_s = None, now_s
        return True

    def give_up(self, participant: str) -> bool:
        return self._seats.pop(participant, None) is not None

    def expired(self, now_s: float, kept_s: float) -> list[str]:
        """Participants whose seat was kept long enough."""
        return [
            seat.participant
            for seat in self._seats.values()
            if seat.lost_at_s is not None and now_s - seat.lost_at_s >= kept_s
        ]

    def __iter__(self) -> Iterator[Seat]:
        return iter(tuple(self._seats.values()))

    def __len__(self) -> int:
        return len(self._seats)
