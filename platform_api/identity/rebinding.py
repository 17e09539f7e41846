"""An authenticator bound anew, as to a new telephone: by password and the present factor or a recovery code.

What is begun is not kept here: the new secret goes to the browser and, sealed, into a ticket that comes back
with the first code. The ticket is for this login and in place of this very secret: it opens nothing twice.
"""

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

import pyotp

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database
from platform_api.http import Asker
from platform_api.identity import store
from platform_api.identity.errors import (
    Locked,
    RebindingOver,
    RebindingWrong,
    RecoveryInvalid,
    TotpInvalid,
    TotpNotBegun,
)
from platform_api.identity.factors import TOTP_ISSUER, Second, SecondFactors, seal_totp
from platform_api.identity.logins import Logins
from platform_api.identity.model import EndReason, User
from platform_api.identity.proof import Proofs
from platform_api.identity.rules import PER_TOTP, totp_step
from platform_api.identity.visitor import Visitor
from platform_api.kernel.clock import Clock
from platform_api.kernel.sealing import SealBroken, Sealer

LIFE: Final = timedelta(minutes=5)


class Rebinding:
    """Begins and ends the change from one authenticator to the next."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        sealer: Sealer,
        proofs: Proofs,
        factors: SecondFactors,
        logins: Logins,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._sealer = sealer
        self._proofs = proofs
        self._factors = factors
        self._logins = logins

    async def begin(
        self, asker: Asker, password: str, second: Second, visitor: Visitor
    ) -> tuple[str, str, str]:
        """A new secret, its `otpauth:` address, and the ticket; the present authenticator goes on meanwhile.

        Raises TotpNotBegun, PasswordWrong, RebindingWrong, Locked or Busy.
        """
        user = await self._proofs.by_password(asker, password)
        if not user.totp_confirmed:
            raise TotpNotBegun
        try:
            await self._factors.use(user, second, visitor)
        except (TotpInvalid, RecoveryInvalid) as error:
            raise RebindingWrong from error
        secret = pyotp.random_base32()
        until = int((self._clock.now() + LIFE).timestamp())
        sealed = self._sealer.seal(f"{until} {secret}".encode(), context=_context(user, asker))
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=TOTP_ISSUER)
        return secret, uri, base64.urlsafe_b64encode(sealed).decode()

    async def end(self, asker: Asker, ticket: str, code: str, visitor: Visitor) -> None:
        """Binds the new authenticator in place of the present one; the user's other logins end.

        Raises RebindingOver, RebindingWrong or Locked.
        """
        user, now = await self._proofs.own(asker), self._clock.now()
        secret = self._secret(user, asker, ticket, now)
        key = f"totp:{user.id}"
        await self._proofs.count(key, PER_TOTP, Locked)
        step = totp_step(secret, code, now)
        if step is None:
            raise RebindingWrong
        async with self._database.transaction(asker.actor()) as transaction:
            sealed = seal_totp(self._sealer, user.id, secret)
            if not await store.replace_totp(transaction, user.id, user.totp_sealed, sealed, step, now):
                raise RebindingOver
            await self._proofs.forgive_within(transaction, key)
            who = Who.of(asker, visitor.address)
            reason = EndReason.CREDENTIALS_RESET
            await self._logins.end_others(transaction, user.id, asker.login, reason, who)
            entry = Entry(
                tag=Tag.CREDENTIALS_CHANGED,
                who=who,
                target_kind="user",
                target=user.id,
                details={"what": "totp_rebound"},
            )
            self._trail.note(transaction, entry)
        self._logins.forget(asker.login)

    def _secret(self, user: User, asker: Asker, ticket: str, now: datetime) -> str:
        try:
            sealed = base64.urlsafe_b64decode(ticket)
            until, secret = self._sealer.open(sealed, context=_context(user, asker)).decode().split()
        except (SealBroken, binascii.Error, ValueError) as error:
            raise RebindingOver from error
        if now >= datetime.fromtimestamp(int(until), UTC):
            raise RebindingOver
        return secret


def _context(user: User, asker: Asker) -> str:
    """For this login, and in place of the authenticator that is bound now."""
    present = hashlib.sha256(user.totp_sealed or b"").hexdigest()
    return f"totp-next:{user.id}:{asker.login}:{present}"
