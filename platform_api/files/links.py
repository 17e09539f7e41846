"""Addresses that open one file for a short while, for players that cannot send a token."""

from datetime import datetime, timedelta
from typing import Final

from platform_api.files.model import StoredFile
from platform_api.files.service import Files
from platform_api.http import Asker, GuestKind, Readable
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotAuthenticated
from platform_api.kernel.ids import FileId, OrganisationId, SessionId
from platform_api.kernel.tokens import Audience, SigningKey, sign_claims, verify_claims

LIFE: Final = timedelta(minutes=10)


class FileLinks:
    """Made for somebody who may read the file; when followed it is asked again whether he still may."""

    def __init__(self, *, files: Files, clock: Clock, key: SigningKey) -> None:
        self._files = files
        self._clock = clock
        self._key = key

    async def make(self, asker: Asker, file: FileId) -> tuple[str, datetime]:
        """The signed word, and until when it opens; raises NotFound for what the asker may not read."""
        await self._files.check_readable(asker, file)
        expires_at = self._clock.now() + LIFE
        claims = {
            "file": file,
            "sub": asker.subject,
            "organisation": asker.organisation,
            "session": asker.session,
            "guest": asker.guest_kind.value if asker.guest_kind else None,
        }
        token = sign_claims(claims, key=self._key, audience=Audience.FILE, expires_at=expires_at)
        return token, expires_at

    async def follow(self, token: str) -> tuple[StoredFile, Readable]:
        """The file and its bytes; raises NotAuthenticated for a stale or forged word, NotFound."""
        claims = verify_claims(token, keys=self._key.verifying(), audience=Audience.FILE, clock=self._clock)
        try:
            session, organisation, guest = (claims[name] for name in ("session", "organisation", "guest"))
            asker = Asker(
                subject=str(claims["sub"]),
                name="",
                login="",
                organisation=None if organisation is None else OrganisationId(organisation),
                permissions=frozenset(),
                session=None if session is None else SessionId(session),
                guest_kind=None if guest is None else GuestKind(guest),
            )
            file = FileId(claims["file"])
        except (KeyError, ValueError) as error:
            raise NotAuthenticated("token.invalid") from error
        return await self._files.read(asker, file)
