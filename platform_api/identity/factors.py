"""The second factor: the authenticator's code, a recovery code, or a passkey (AU-02, AU-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyotp

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database
from platform_api.http import Asker
from platform_api.identity import store
from platform_api.identity.errors import Locked, TotpEnrolled, TotpInvalid, TotpNotBegun, TotpRequired
from platform_api.identity.logins import Logins
from platform_api.identity.model import User
from platform_api.identity.passkeys import Passkeys
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.recovery import RecoveryCodes
from platform_api.identity.rules import PER_TOTP, totp_step
from platform_api.identity.visitor import Visitor
from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import UserId
from platform_api.kernel.sealing import Sealer

TOTP_ISSUER = "Scopecast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What somebody brings as second factor: one of these, or nothing yet."""

    totp: str | None = None
    recovery_code: str | None = None
    passkey: Mapping[str, Any] | None = None


class SecondFactors:
    """Judges second factors and binds authenticators."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        sealer: Sealer,
        proofs: Proofs,
        logins: Logins,
        recovery: RecoveryCodes,
        passkeys: Passkeys,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._sealer = sealer
        self._proofs = proofs
        self._logins = logins
        self._recovery = recovery
        self._passkeys = passkeys

    async def use(self, user: User, second: Second, visitor: Visitor) -> None:
        """Judges what was brought, counted apart from passwords.

        Raises TotpRequired, TotpInvalid, RecoveryInvalid, the passkey's refusals, or Locked.
        """
        if second.passkey is not None:
            await self._passkeys.use_second(user, second.passkey, visitor)
        elif second.recovery_code:
            key = await self._count(user)
            await self._recovery.use(user, second.recovery_code, visitor)
            await self._proofs.forgive(key)
        elif second.totp:
            await self._use_totp(user, second.totp)
        else:
            raise TotpRequired

    async def enrol_totp(self, asker: Asker) -> tuple[str, str]:
        """A new secret and its `otpauth:` address, to be confirmed by a code; raises TotpEnrolled."""
        user = await self._proofs.own(asker)
        if user.totp_confirmed:
            raise TotpEnrolled
        secret = pyotp.random_base32()
        async with self._database.transaction(asker.actor()) as transaction:
            await store.set_totp(transaction, user.id, seal_totp(self._sealer, user.id, secret))
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=TOTP_ISSUER)
        return secret, uri

    async def confirm_totp(self, asker: Asker, code: str, *, address: str) -> None:
        """Binds the authenticator; raises TotpNotBegun, TotpEnrolled, TotpInvalid or Locked."""
        user = await self._proofs.own(asker)
        if user.totp_confirmed:
            raise TotpEnrolled
        if user.totp_sealed is None:
            raise TotpNotBegun
        await self._use_totp(user, code)
        async with self._database.transaction(asker.actor()) as transaction:
            await store.confirm_totp(transaction, user.id, self._clock.now())
            entry = Entry(
                tag=Tag.CREDENTIALS_CHANGED,
                who=Who.of(asker, address),
                target_kind="user",
                target=user.id,
                details={"what": "totp"},
            )
            self._trail.note(transaction, entry)
        self._logins.forget(asker.login)

    async def _count(self, user: User) -> str:
        key = f"totp:{user.id}"
        await self._proofs.count(key, PER_TOTP, Locked)
        return key

    async def _use_totp(self, user: User, code: str) -> None:
        key = await self._count(user)
        step = totp_step(self._open_totp(user), code, self._clock.now())
        async with self._database.transaction(SYSTEM) as transaction:
            if step is None or not await store.use_totp_step(transaction, user.id, step):
                raise TotpInvalid
            await self._proofs.forgive_within(transaction, key)

    def _open_totp(self, user: User) -> str:
        if user.totp_sealed is None:
            raise TotpNotBegun
        return self._sealer.open(user.totp_sealed, context=_context(user.id)).decode()


def seal_totp(sealer: Sealer, user: UserId, secret: str) -> bytes:
    """A TOTP secret as the database keeps it."""
    return sealer.seal(secret.encode(), context=_context(user))


def _context(user: UserId) -> str:
    return f"totp:{user}"
