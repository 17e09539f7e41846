"""Who comes in: the grant is verified offline, and at each join the platform is asked again (AU-01)."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotAuthenticated
from platform_api.kernel.ids import RecordingId, RoomId, SessionId
from platform_api.kernel.tokens import Grant, VerifyingKeys, verify_grant
from signaling.errors import NotAdmitted
from signaling.messages.catalogue import PROTOCOL_VERSION
from signaling.messages.envelope import Handshake


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """What the platform knows of a room. Without a recording the room keeps a journal of its own."""

    room: RoomId
    title: str = ""
    session: SessionId | None = None
    recording: RecordingId | None = None


class AdmissionCheck(Protocol):
    """The platform's answer at the door; `deploy.launch` provides it."""

    async def admit(self, grant: Grant, *, address: str) -> RoomFacts:
        """What room this is, if the subject may enter now; raises an AppError with the reason if not.

        `address` is where the subject asks from, for the trail.
        """
        ...


@dataclass(frozen=True, slots=True)
class Admission:
    """Checks the handshake of a connection."""

    keys: VerifyingKeys
    clock: Clock

    def grant(self, auth: object) -> Grant:
        """The verified grant in the Socket.IO `auth`; raises NotAdmitted."""
        try:
            handshake = Handshake.model_validate(auth)
        except ValidationError as error:
            raise NotAdmitted("grant.invalid") from error
        if handshake.protocol != PROTOCOL_VERSION:
            raise NotAdmitted("protocol.unsupported")
        try:
            return verify_grant(handshake.grant, keys=self.keys, clock=self.clock)
        except NotAuthenticated as error:
            expired = error.code == "token.expired"
            raise NotAdmitted("grant.expired" if expired else "grant.invalid") from error
