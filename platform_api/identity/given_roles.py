"""Roles given for a node of the tree and a period, by whoever keeps that node: given, ended, listed."""

from datetime import datetime, timedelta
from typing import Final

from platform_api.audit import AuditTrail, Who
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.identity import composed_role_store, given_role_store, login_store, store
from platform_api.identity.errors import DutyApart, GivenPeriod, GivenTwice, OwnAccount
from platform_api.identity.given_trail import given_entry
from platform_api.identity.logins import Logins
from platform_api.identity.model import GivenRole, GivenRoleName, RoleNames, User
from platform_api.identity.rules import duty_allows
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, UserId, new_id

MOST_OPEN: Final = 20
MOST_SHOWN: Final = 100
LONGEST: Final = timedelta(days=5 * 366)


class GivenRoles:
    """Use cases of who keeps a node; what lies outside the asker's nodes does not exist."""

    def __init__(self, database: Database, clock: Clock, trail: AuditTrail, logins: Logins) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._logins = logins

    async def of_user(self, asker: Asker, user: UserId) -> list[GivenRole]:
        """What a user of theirs was given at the asker's nodes, the newest first; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await store.user_by_id(transaction, user)
            await _check_theirs(transaction, asker, found)
            return await given_role_store.of_user(transaction, user, MOST_SHOWN)

    async def below(self, asker: Asker, *, only_open: bool, after: str | None, limit: int) -> list[GivenRole]:
        """What was given at the asker's node and below, the newest first."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await given_role_store.below(transaction, only_open=only_open, after=after, limit=limit)

    async def give(
        self,
        asker: Asker,
        user: UserId,
        role: GivenRoleName,
        node: OrganisationId,
        *,
        starts_at: datetime | None,
        ends_at: datetime | None,
        who: Who,
        composed: str | None = None,
    ) -> GivenRole:
        """Gives a role (a composed one by its id) at a node: from now and for good if nothing else is said.

        Raises NotFound, OwnAccount, DutyApart, GivenPeriod or GivenTwice.
        """
        now = self._clock.now()
        begins = max(starts_at or now, now)
        _check_period(begins, ends_at, now)
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            if not await store.may_join(transaction, _own(asker), node):
                raise NotFound("organisations.unknown")
            if not duty_allows(role, found.duty):
                raise DutyApart
            names = await _composed(transaction, composed, node) if composed else None
            given = GivenRole(
                id=new_id(),
                user=found.id,
                user_name=found.name,
                node=node,
                node_name="",
                role=role,
                starts_at=begins,
                ends_at=ends_at,
                given_at=now,
                given_by_name=who.name,
                ended_at=None,
                ended_by_name=None,
                composed=names,
            )
            if await given_role_store.overlaps(transaction, given):
                raise GivenTwice
            if await given_role_store.count_open(transaction, found.id) >= MOST_OPEN:
                raise GivenPeriod("given.limit", params={"limit": MOST_OPEN})
            await given_role_store.add(transaction, given, who.subject)
            self._trail.note(transaction, given_entry(who, given, "given"))
            await self._tell(transaction, found.id)
            return await _kept(transaction, given.id)

    async def end(self, asker: Asker, given: str, who: Who) -> GivenRole:
        """Ends it at once; what rests on it is cut. Raises NotFound or OwnAccount."""
        async with self._database.transaction(asker.actor()) as transaction:
            known = await given_role_store.by_id(transaction, given)
            if known is None or not await store.is_below(transaction, _own(asker), known.node):
                raise NotFound
            await store.lock_user(transaction, known.user)
            if known.user == asker.subject:
                raise OwnAccount
            now = self._clock.now()
            if not await given_role_store.end(transaction, given, who.subject, who.name, now):
                raise NotFound
            self._trail.note(transaction, given_entry(who, known, "ended"))
            logins = await login_store.logins_of(transaction, known.user)
            self._logins.tell_changed(transaction, logins)
            return await _kept(transaction, given)

    async def _other(self, transaction: Transaction, asker: Asker, user: UserId) -> User:
        found = await store.lock_user(transaction, user)
        found = await _check_theirs(transaction, asker, found)
        if found.id == asker.subject:
            raise OwnAccount
        return found

    async def _tell(self, transaction: Transaction, user: UserId) -> None:
        """The next call of the user knows of it; nothing that goes on is cut."""
        logins = await login_store.logins_of(transaction, user)

        async def forget() -> None:
            for login, _ in logins:
                self._logins.forget(login)

        transaction.after_commit(forget)


def _check_period(begins: datetime, ends_at: datetime | None, now: datetime) -> None:
    if ends_at is not None and not begins < ends_at <= now + LONGEST:
        raise GivenPeriod
    if begins > now + LONGEST:
        raise GivenPeriod


def _own(asker: Asker) -> OrganisationId:
    if asker.organisation is None:
        raise NotFound
    return asker.organisation


async def _check_theirs(transaction: Transaction, asker: Asker, user: User | None) -> User:
    if user is None or not await store.is_below(transaction, _own(asker), user.organisation):
        raise NotFound
    return user


async def _composed(transaction: Transaction, composed: str, node: OrganisationId) -> RoleNames:
    """The role, if it is there to be given at this node."""
    found = await composed_role_store.by_id(transaction, composed)
    if found is None or not await store.is_below(transaction, found.node, node):
        raise NotFound("roles.unknown")
    return found.names


async def _kept(transaction: Transaction, given: str) -> GivenRole:
    found = await given_role_store.by_id(transaction, given)
    if found is None:
        raise NotFound
    return found
