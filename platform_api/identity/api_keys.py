"""API keys: a program's way in, with some of the rights of who made it, an end, and a quota."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database
from platform_api.http import Asker
from platform_api.identity import api_key_store, store
from platform_api.identity.errors import ApiKeyLimit, ApiKeyQuota, ApiKeyScope
from platform_api.identity.model import ApiKey, NewApiKey
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.rules import permissions_held, secret_hash
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import NotAuthenticated, NotFound
from platform_api.kernel.ids import UserId, new_id

MARK: Final = "sck_"
SECRET_BYTES: Final = 32
PREFIX_SHOWN: Final = 10
MOST_KEYS: Final = 20
LONGEST_LIFE: Final = timedelta(days=366)
NEVER_A_KEYS: Final = ("users.", "roles.", "duties.", "api_keys.", "registrations.", "break_glass.")
"""What hands out rights is done by a person with two factors, never by a program."""


def offered_scopes(permissions: frozenset[str]) -> list[str]:
    """Which of somebody's rights a key may carry."""
    return sorted(name for name in permissions if not name.startswith(NEVER_A_KEYS))


class ApiKeys:
    """Made and withdrawn by administrators; judged at every call."""

    def __init__(self, database: Database, clock: Clock, trail: AuditTrail, proofs: Proofs) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._proofs = proofs

    async def make(
        self,
        asker: Asker,
        password: str,
        *,
        name: str,
        scopes: frozenset[str],
        per_minute: int,
        per_day: int,
        expires_at: datetime,
        address: str,
    ) -> NewApiKey:
        """A key, shown this once.

        Raises ApiKeyScope for a right that the asker lacks or no key may carry, ApiKeyLimit, PasswordWrong,
        Locked or Busy.
        """
        now = self._clock.now()
        if not scopes <= set(offered_scopes(asker.permissions)) or not now < expires_at <= now + LONGEST_LIFE:
            raise ApiKeyScope
        user = await self._proofs.by_password(asker, password)
        secret = MARK + secrets.token_urlsafe(SECRET_BYTES)
        key = ApiKey(
            id=new_id(),
            organisation=user.organisation,
            user=user.id,
            user_name=user.name,
            name=name,
            prefix=secret[:PREFIX_SHOWN],
            scopes=scopes,
            per_minute=per_minute,
            per_day=per_day,
            created_at=now,
            expires_at=expires_at,
            used_at=None,
            revoked_at=None,
        )
        async with self._database.transaction(asker.actor()) as transaction:
            await store.lock_user(transaction, user.id)
            if await api_key_store.live_keys_of(transaction, user.id, now) >= MOST_KEYS:
                raise ApiKeyLimit(params={"limit": MOST_KEYS})
            await api_key_store.add_key(transaction, key, secret_hash(secret))
            self._trail.note(transaction, _entry(Who.of(asker, address), key, "api_key_made"))
        return NewApiKey(key=key, secret=Secret(secret))

    async def revoke(self, asker: Asker, key: str, *, address: str) -> None:
        """Withdraws a key at once; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await api_key_store.revoke_key(transaction, key, self._clock.now())
            if found is None:
                raise NotFound
            self._trail.note(transaction, _entry(Who.of(asker, address), found, "api_key_revoked"))

    async def authenticate(self, token: str) -> Asker:
        """The asker whose key this is: what its maker may now, but no more than it was given.

        Each call is counted. Raises NotAuthenticated or ApiKeyQuota.
        """
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as transaction:
            key = await api_key_store.key_by_hash(transaction, secret_hash(token))
            user = await store.user_by_id(transaction, UserId(key.user)) if key else None
            if key is None or user is None or not key.opens_at(now) or user.disabled or not user.complete:
                raise NotAuthenticated("token.invalid")
            over = await api_key_store.count_call(transaction, key.id, now)
        if over is not None:
            ends_at = over.day_ends_at if over.day_over else over.minute_ends_at
            raise ApiKeyQuota(retry_after_s=(ends_at - now).total_seconds())
        return Asker(
            subject=user.id,
            name=f"{user.name} ({key.name})",
            login=key.id,
            organisation=user.organisation,
            permissions=key.scopes & permissions_held(user),
            api_key=key.id,
        )


def _entry(who: Who, key: ApiKey, what: str) -> Entry:
    return Entry(
        tag=Tag.CREDENTIALS_CHANGED,
        who=who,
        target_kind="api_key",
        target=key.id,
        details={"what": what, "scopes": ",".join(sorted(key.scopes))},
    )
