"""Addresses that open one file for a short while, for players that cannot send a token."""

from datetime import datetime, timedelta
from typing import Final

from platform_api.files.model import StoredFile
from platform_api.files.service import Files
from platform_api.http import GUEST_OR_USER, Asker, Readable
from platform_api.identity.logins import Logins
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotAuthenticated
from platform_api.kernel.ids import FileId
from platform_api.kernel.tokens import Audience, SigningKey, sign_claims, verify_claims

LIFE: Final = timedelta(minutes=10)


class FileLinks:
    """Made for somebody who may read the file; when followed it is asked again whether he still may."""

    def __init__(self, *, files: Files, logins: Logins, clock: Clock, key: SigningKey) -> None:
        self._files = files
        self._logins = logins
        self._clock = clock
        self._key = key

    async def make(self, asker: Asker, file: FileId) -> tuple[str, datetime]:
        """The signed word, and until when it opens; raises NotFound for what the asker may not read."""
        await self._files.check_readable(asker, file)
        expires_at = self._clock.now() + LIFE
        claims = {"file": file, "sub": asker.subject, "login": asker.login, "node": asker.organisation}
        token = sign_claims(claims, key=self._key, audience=Audience.FILE, expires_at=expires_at)
        return token, expires_at

    async def follow(self, token: str) -> tuple[StoredFile, Readable]:
        """The file and its bytes, for what the maker may now.

        Raises NotAuthenticated for a stale or forged word and one of a login that is over, NotFound.
        """
        claims = verify_claims(token, keys=self._key.verifying(), audience=Audience.FILE, clock=self._clock)
        try:
            file, login, subject = FileId(claims["file"]), str(claims["login"]), str(claims["sub"])
            node = claims["node"]
        except KeyError as error:
            raise NotAuthenticated("token.invalid") from error
        asker = (await self._logins.holder(login, subject)).acting(GUEST_OR_USER, node)
        if not asker.holds(GUEST_OR_USER):
            raise NotAuthenticated("token.invalid")
        return await self._files.read(asker, file)
