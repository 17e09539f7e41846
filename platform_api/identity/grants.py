"""Grants into a room, signed for at most a quarter of an hour."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import RoomId, SessionId
from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import MAX_LIFE, Audience, SigningKey, grant_for, sign_claims, sign_grant


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedGrant:
    """A signed grant and until when it opens the door."""

    token: str
    expires_at: datetime


class Grants:
    """Signs; whether somebody may have the grant is decided by who asks for it."""

    def __init__(self, key: SigningKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def for_room(
        self,
        role: Role,
        *,
        room: RoomId,
        session: SessionId,
        subject: str,
        name: str,
        organisation: str | None,
        life: timedelta = MAX_LIFE,
    ) -> SignedGrant:
        """The grant of a role into a session's room, for a quarter of an hour at most."""
        expires_at = self._clock.now() + min(life, MAX_LIFE)
        grant = grant_for(role, room=room, subject=subject, name=name, expires_at=expires_at)
        whole = replace(grant, session=session, organisation=organisation)
        return SignedGrant(token=sign_grant(whole, key=self._key, clock=self._clock), expires_at=expires_at)

    def for_file(self, path: str, *, subject: str, life: timedelta = MAX_LIFE) -> SignedGrant:
        """A token that opens the files below one path, as `replay/{recording}`."""
        expires_at = self._clock.now() + min(life, MAX_LIFE)
        claims = {"sub": subject, "path": path}
        token = sign_claims(claims, key=self._key, audience=Audience.FILE, expires_at=expires_at)
        return SignedGrant(token=token, expires_at=expires_at)
