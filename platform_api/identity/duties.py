"""The three duties: given and ended by the security administrator; the first ones by the operator (AZ-07)."""

from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction, UniqueBroken
from platform_api.http import Asker
from platform_api.identity import duty_store, login_store, store
from platform_api.identity.errors import DutyApart, DutyHeld, OwnAccount
from platform_api.identity.logins import Logins
from platform_api.identity.model import Duty, DutyHolder, EndReason, User
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import apart, duty_allows
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import UserId

MOST_SHOWN: Final = 100


class Duties:
    """Who holds which; what lies outside the asker's organisations does not exist."""

    def __init__(self, database: Database, clock: Clock, trail: AuditTrail, logins: Logins) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._logins = logins

    async def holders(self, asker: Asker) -> list[DutyHolder]:
        """Who holds a duty in the asker's organisations."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await duty_store.holders(transaction, MOST_SHOWN)

    async def vacant(self) -> list[Duty]:
        """The duties that nobody in the whole house holds."""
        async with self._database.transaction(SYSTEM) as transaction:
            found = await duty_store.held(transaction)
        return [duty for duty in Duty if duty not in found]

    async def appoint(self, asker: Asker, user: UserId, duty: Duty, who: Who) -> User:
        """Gives the duty; the user's logins end. Raises NotFound, OwnAccount, DutyHeld or DutyApart."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            await give(transaction, self._clock, self._trail, found, duty, who)
            await self._logins.end_all_of(transaction, found, EndReason.ROLES_CHANGED, who)
            return await _again(transaction, found)

    async def dismiss(self, asker: Asker, user: UserId, who: Who) -> User:
        """Ends the user's duty and logins; raises NotFound or OwnAccount."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            if not await duty_store.end_duty(transaction, found.id, who.subject, self._clock.now()):
                raise NotFound
            self._trail.note(transaction, _entry(who, found, "ended", found.duty))
            await self._logins.end_all_of(transaction, found, EndReason.ROLES_CHANGED, who)
            return await _again(transaction, found)

    async def _other(self, transaction: Transaction, asker: Asker, user: UserId) -> User:
        found = await store.lock_user(transaction, user)
        if found is None or asker.organisation is None:
            raise NotFound
        if not await store.is_below(transaction, asker.organisation, found.organisation):
            raise NotFound
        if found.id == asker.subject:
            raise OwnAccount
        return found


async def give(
    transaction: Transaction, clock: Clock, trail: AuditTrail, user: User, duty: Duty, who: Who
) -> None:
    """Gives a duty to an account whose row is held; raises DutyHeld or DutyApart."""
    if user.duty is not None:
        raise DutyHeld
    if not apart(user.roles, duty) or not all(duty_allows(each.role, duty) for each in user.given):
        raise DutyApart
    try:
        await duty_store.add_duty(transaction, user.id, duty, who.subject, clock.now())
    except UniqueBroken as error:
        raise DutyHeld from error
    trail.note(transaction, _entry(who, user, "given", duty))


async def appoint_by_operator(
    database: Database, clock: Clock, trail: AuditTrail, username: str, duty: Duty, who: Who
) -> User:
    """The same for the operator's own command, anywhere; raises NotFound, DutyHeld or DutyApart."""
    async with database.transaction(SYSTEM) as transaction:
        named = await store.user_by_name(transaction, username.lower())
        user = await store.lock_user(transaction, named.id) if named else None
        if user is None:
            raise NotFound
        await give(transaction, clock, trail, user, duty, who)
        await login_store.end_user_logins(transaction, user.id, EndReason.ROLES_CHANGED, clock.now())
        return await _again(transaction, user)


def _entry(who: Who, user: User, act: str, duty: Duty | None) -> Entry:
    return Entry(
        tag=Tag.PERMISSION_CHANGED,
        who=who,
        target_kind="user",
        target=user.id,
        details={"duty": duty.value if duty else "", "act": act},
    )


async def _again(transaction: Transaction, user: User) -> User:
    return await store.user_by_id(transaction, user.id) or user
