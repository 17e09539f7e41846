"""Roles composed of permissions: made, changed and retired by a security administrator, at once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.audit.model import Detail
from platform_api.db import Database, Transaction, UniqueBroken, acting_as
from platform_api.http import Asker
from platform_api.identity import composed_role_store, given_role_store, store
from platform_api.identity.errors import RoleChanged, RoleLimit, RoleName, RolePermission
from platform_api.identity.given_trail import given_entry
from platform_api.identity.logins import Logins
from platform_api.identity.model import ComposedRole, RoleHolder, RoleNames
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import composable_by
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, new_id

MOST_OF_NODE: Final = 50
MOST_SHOWN: Final = 200


class ComposedRoles:
    """What lies outside the asker's nodes does not exist; what is of above is given, not changed."""

    def __init__(self, database: Database, clock: Clock, trail: AuditTrail, logins: Logins) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._logins = logins

    async def seen(self, asker: Asker) -> list[tuple[ComposedRole, bool]]:
        """Composed roles that may be given at the asker's nodes, and whether the asker may change each."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await composed_role_store.seen(transaction, MOST_SHOWN)
            top, composes = asker.organisation, bool(composable_by(asker.permissions))
            return [
                (role, composes and top is not None and await store.is_below(transaction, top, role.node))
                for role in found
            ]

    async def holders_by_role(self, asker: Asker) -> dict[str, int]:
        """How many people in the asker's scope hold each role or duty, by its name or id."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await composed_role_store.holders_by_role(transaction)

    async def holders_of(self, asker: Asker, role: str, after: str | None, limit: int) -> list[RoleHolder]:
        """Who in the asker's scope holds the role."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await composed_role_store.holders_of(transaction, role, after, limit)

    async def compose(
        self, asker: Asker, node: OrganisationId, names: tuple[str, str], permissions: Iterable[str], who: Who
    ) -> ComposedRole:
        """A new role; raises NotFound, RolePermission, RoleName or RoleLimit."""
        carried = _checked(asker, permissions)
        async with self._database.transaction(asker.actor()) as transaction:
            if asker.organisation is None or not await store.may_join(transaction, asker.organisation, node):
                raise NotFound("organisations.unknown")
            if await composed_role_store.count_of(transaction, node) >= MOST_OF_NODE:
                raise RoleLimit(params={"limit": MOST_OF_NODE})
            role = ComposedRole(
                names=RoleNames(id=new_id(), zh=names[0], en=names[1]),
                node=node,
                node_name="",
                permissions=carried,
                revision=1,
                changed_at=self._clock.now(),
                changed_by_name=who.name,
            )
            try:
                await composed_role_store.add(transaction, role, who.subject)
            except UniqueBroken as error:
                raise RoleName from error
            self._note(transaction, who, role, "composed", permissions=_words(carried))
            return await _kept(transaction, role.names.id)

    async def change(
        self,
        asker: Asker,
        role: str,
        names: tuple[str, str],
        permissions: Iterable[str],
        *,
        revision: int,
        who: Who,
    ) -> ComposedRole:
        """Other names and permissions; what rests on a right that is gone is cut.

        Raises NotFound, RoleChanged, RolePermission or RoleName.
        """
        carried = _checked(asker, permissions)
        async with self._database.transaction(asker.actor()) as transaction:
            known = await _locked(transaction, role)
            if known.revision != revision:
                raise RoleChanged
            changed = replace(
                known,
                names=RoleNames(id=role, zh=names[0], en=names[1]),
                permissions=carried,
                changed_at=self._clock.now(),
                changed_by_name=who.name,
            )
            try:
                await composed_role_store.change(transaction, changed)
            except UniqueBroken as error:
                raise RoleName from error
            gone, new = known.permissions - carried, carried - known.permissions
            self._note(transaction, who, changed, "changed", added=_words(new), removed=_words(gone))
            await self._tell(transaction, role, cut=bool(gone))
            return await _kept(transaction, role)

    async def retire(self, asker: Asker, role: str, who: Who) -> None:
        """Ends the role and all that were given of it; raises NotFound."""
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            known = await _locked(transaction, role)
            await self._tell(transaction, role, cut=True)
            async with acting_as(transaction, SYSTEM.subject):  # holders may be of a node above the asker's
                ended = await given_role_store.end_composed(transaction, role, who.subject, who.name, now)
            await composed_role_store.retire(transaction, role, who.name, now)
            self._note(transaction, who, known, "retired", holders=len(ended))
            for given in ended:
                self._trail.note(transaction, given_entry(who, given, "ended"))

    async def _tell(self, transaction: Transaction, role: str, *, cut: bool) -> None:
        """The next call of each holder knows of it."""
        async with acting_as(transaction, SYSTEM.subject):
            logins = await given_role_store.logins_of_composed(transaction, role)
        if cut:
            self._logins.tell_changed(transaction, logins)
            return

        async def forget() -> None:
            for login, _ in logins:
                self._logins.forget(login)

        transaction.after_commit(forget)

    def _note(
        self, transaction: Transaction, who: Who, role: ComposedRole, act: str, **details: Detail
    ) -> None:
        entry = Entry(
            tag=Tag.PERMISSION_CHANGED,
            who=who,
            target_kind="role",
            target=role.names.id,
            details={"act": act, "node": role.node, **details},
        )
        self._trail.note(transaction, entry)


def _checked(asker: Asker, permissions: Iterable[str]) -> frozenset[str]:
    """The permissions, if the asker may hand out each of them."""
    carried = frozenset(permissions)
    if not carried or not carried <= composable_by(asker.permissions):
        raise RolePermission
    return carried


def _words(permissions: Iterable[str]) -> str:
    return ",".join(sorted(permissions))


async def _locked(transaction: Transaction, role: str) -> ComposedRole:
    found = await composed_role_store.lock(transaction, role)
    if found is None:
        raise NotFound
    return found


async def _kept(transaction: Transaction, role: str) -> ComposedRole:
    found = await composed_role_store.by_id(transaction, role)
    if found is None:
        raise NotFound
    return found
