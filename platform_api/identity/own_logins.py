"""Seeing and ending signings-in: one's own, and as administrator those of the own organisations' users."""

from platform_api.audit import Who
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.identity import login_store, store
from platform_api.identity.devices import LiveLogin
from platform_api.identity.logins import Logins
from platform_api.identity.model import EndReason
from platform_api.identity.rules import IdentitySettings
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import UserId

MOST_SHOWN = 100


class OwnLogins:
    """Lists of signings-in and their end; sockets are cut by who ends them (`Logins.tell_ended`)."""

    def __init__(self, database: Database, clock: Clock, logins: Logins, settings: IdentitySettings) -> None:
        self._database = database
        self._clock = clock
        self._logins = logins
        self._settings = settings

    async def mine(self, asker: Asker) -> list[LiveLogin]:
        """Where the asker is signed in."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await self._live(transaction, asker.subject)

    async def end_mine(self, asker: Asker, login: str, *, address: str) -> None:
        """Ends one of the asker's; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            who = Who.of(asker, address)
            await self._logins.end_one(transaction, asker.subject, login, EndReason.BY_OWNER, who)

    async def end_my_others(self, asker: Asker, *, address: str) -> int:
        """Ends all of the asker's but the one that asks; says how many."""
        async with self._database.transaction(asker.actor()) as transaction:
            who = Who.of(asker, address)
            return await self._logins.end_others(
                transaction, asker.subject, asker.login, EndReason.BY_OWNER, who
            )

    async def of_user(self, asker: Asker, user: UserId) -> list[LiveLogin]:
        """Where a user of the asker's organisations is signed in; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._check_theirs(transaction, asker, user)
            return await self._live(transaction, user)

    async def end_of_user(self, asker: Asker, user: UserId, login: str, *, address: str) -> None:
        """Ends one of theirs; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._check_theirs(transaction, asker, user)
            who = Who.of(asker, address)
            await self._logins.end_one(transaction, user, login, EndReason.BY_ADMINISTRATOR, who)

    async def _live(self, transaction: Transaction, user: str) -> list[LiveLogin]:
        now, idle = self._clock.now(), self._settings.idle
        return await login_store.live_logins(transaction, user, now, idle, MOST_SHOWN)

    async def _check_theirs(self, transaction: Transaction, asker: Asker, user: UserId) -> None:
        found = await store.user_by_id(transaction, user)
        if found is None or asker.organisation is None:
            raise NotFound
        if not await store.is_below(transaction, asker.organisation, found.organisation):
            raise NotFound
