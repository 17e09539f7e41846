"""What administrators do with accounts, in their own organisation and below it."""

from datetime import timedelta
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction, UniqueBroken
from platform_api.http import Asker
from platform_api.identity import passkey_store, store
from platform_api.identity.errors import DutyApart, DutyHolderKept, OwnAccount, UsernameTaken
from platform_api.identity.logins import Logins
from platform_api.identity.model import (
    EndReason,
    NewCredentials,
    User,
    UserRole,
)
from platform_api.identity.passwords import Passwords
from platform_api.identity.rules import (
    IdentitySettings,
    apart,
    new_one_time_password,
    new_url_code,
    secret_hash,
)
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import OrganisationId, UserId, new_id

GIVE: Final = "roles.give"
APPOINT: Final = "duties.give"
"""Accounts of those who hold a duty are kept by whoever appoints to it."""


class Administration:
    """Use cases of administrators; what lies outside their organisations does not exist for them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        passwords: Passwords,
        logins: Logins,
        settings: IdentitySettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._passwords = passwords
        self._logins = logins
        self._settings = settings

    async def users(self, asker: Asker, words: str, after: str | None, limit: int) -> list[User]:
        """Accounts of the asker's organisations whose name has the words."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await store.users_below(transaction, _own(asker), words, after, limit)

    async def add_user(
        self,
        asker: Asker,
        *,
        organisation: OrganisationId,
        username: str,
        name: str,
        title: str,
        locale: str,
        roles: frozenset[UserRole],
        address: str,
    ) -> NewCredentials:
        """A new account with a first password; raises NotFound or UsernameTaken."""
        user = User(
            id=UserId(new_id()),
            organisation=organisation,
            organisation_name="",
            username=username,
            name=name,
            title=title,
            locale=locale,
            roles=roles,
            password_hash=None,
            must_change_password=True,
            totp_sealed=None,
            totp_confirmed=False,
            disabled=False,
        )
        password = new_one_time_password()
        encoded = await self._passwords.hash(password)
        async with self._database.transaction(asker.actor()) as transaction:
            await _within(transaction, asker, organisation)
            try:
                await store.add_user(transaction, user, self._clock.now())
            except UniqueBroken as error:
                raise UsernameTaken from error
            credentials = await self._hand_out(transaction, user, password, encoded)
            self._note(transaction, asker, address, Tag.RECORD_CREATED, "user", user.id)
        return credentials

    async def reset_credentials(self, asker: Asker, user: UserId, *, address: str) -> NewCredentials:
        """A new first password, no authenticator, all logins ended.

        Raises NotFound, OwnAccount or DutyHolderKept.
        """
        password = new_one_time_password()
        encoded = await self._passwords.hash(password)
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            await store.drop_totp(transaction, found.id)
            await passkey_store.remove_factors(transaction, found.id)
            credentials = await self._hand_out(transaction, found, password, encoded)
            who = Who.of(asker, address)
            await self._logins.end_all_of(transaction, found, EndReason.CREDENTIALS_RESET, who)
            self._note(transaction, asker, address, Tag.CREDENTIALS_CHANGED, "user", found.id)
        return credentials

    async def disable(self, asker: Asker, user: UserId, *, address: str) -> User:
        """Locks the account out at once; raises NotFound, OwnAccount or DutyHolderKept."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            await store.set_disabled(transaction, found.id, self._clock.now())
            who = Who.of(asker, address)
            await self._logins.end_all_of(transaction, found, EndReason.DISABLED, who)
            self._note(transaction, asker, address, Tag.PERMISSION_CHANGED, "user", found.id, disabled=True)
            return await _found(transaction, found.id)

    async def enable(self, asker: Asker, user: UserId, *, address: str) -> User:
        """Lets the account in again; raises NotFound, OwnAccount or DutyHolderKept."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            await store.set_disabled(transaction, found.id, None)
            self._note(transaction, asker, address, Tag.PERMISSION_CHANGED, "user", found.id, disabled=False)
            return await _found(transaction, found.id)

    async def change_roles(
        self, asker: Asker, user: UserId, roles: frozenset[UserRole], *, address: str
    ) -> User:
        """Other roles; all logins of the user end, for they were given under the old ones (AU-05).

        Raises NotFound, OwnAccount, DutyHolderKept or DutyApart.
        """
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            await self._regive(transaction, asker, found, roles, address)
            return await _found(transaction, found.id)

    async def account(self, asker: Asker, user: UserId) -> User:
        """An account of the asker's organisations; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await _found(transaction, user)
            if not await store.is_below(transaction, _own(asker), found.organisation):
                raise NotFound
            return found

    async def change(
        self,
        asker: Asker,
        user: UserId,
        *,
        name: str | None,
        title: str | None,
        organisation: OrganisationId | None,
        roles: frozenset[UserRole] | None,
        address: str,
    ) -> User:
        """Another name, title, organisation (both must be the asker's) or other roles: all or nothing.

        Who is moved or has other roles signs in anew. Raises NotFound, OwnAccount, DutyHolderKept, DutyApart,
        or Refused for who gives no roles.
        """
        if roles is not None and not asker.holds(GIVE):
            raise Refused
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._other(transaction, asker, user)
            if roles is not None and roles != found.roles:
                await self._regive(transaction, asker, found, roles, address)
            asked = {"name": name, "title": title, "organisation": organisation}
            changed = {
                field: value
                for field, value in asked.items()
                if value is not None and value != getattr(found, field)
            }
            if not changed:
                return await _found(transaction, found.id)
            moved = changed.get("organisation")
            if moved is not None:
                await _within(transaction, asker, OrganisationId(moved))
            await store.change_user(transaction, found.id, name=name, title=title, organisation=moved)
            if moved is not None:
                who = Who.of(asker, address)
                await self._logins.end_all_of(transaction, found, EndReason.ROLES_CHANGED, who)
            details = {"fields": " ".join(sorted(changed)), "from": found.organisation, "to": moved or ""}
            self._note(transaction, asker, address, Tag.RECORD_CHANGED, "user", found.id, **details)
            return await _found(transaction, found.id)

    async def _regive(
        self, transaction: Transaction, asker: Asker, user: User, roles: frozenset[UserRole], address: str
    ) -> None:
        """Other roles; all logins end, for they were given under the old ones. Raises DutyApart."""
        if not apart(roles, user.duty):
            raise DutyApart
        await store.set_roles(transaction, user.id, roles)
        await self._logins.end_all_of(transaction, user, EndReason.ROLES_CHANGED, Who.of(asker, address))
        words = ",".join(sorted(roles))
        self._note(transaction, asker, address, Tag.PERMISSION_CHANGED, "user", user.id, roles=words)

    async def _other(self, transaction: Transaction, asker: Asker, user: UserId) -> User:
        """Somebody else's account in the asker's organisations, held until the transaction ends."""
        found = await store.lock_user(transaction, user)
        if found is None or not await store.is_below(transaction, _own(asker), found.organisation):
            raise NotFound
        if found.id == asker.subject:
            raise OwnAccount
        if found.duty is not None and not asker.holds(APPOINT):
            raise DutyHolderKept
        return found

    async def _hand_out(
        self, transaction: Transaction, user: User, password: str, encoded: str
    ) -> NewCredentials:
        """First password and activation, of which the user needs one; both die with the first use."""
        token = new_url_code()
        expires_at = self._clock.now() + timedelta(days=self._settings.activation_days)
        await store.set_password(transaction, user.id, encoded, must_change=True)
        await store.set_activation(transaction, user.id, secret_hash(token), expires_at)
        return NewCredentials(
            user=await _found(transaction, user.id),
            one_time_password=Secret(password),
            activation_token=Secret(token),
            expires_at=expires_at,
        )

    def _note(
        self,
        transaction: Transaction,
        asker: Asker,
        address: str,
        tag: Tag,
        kind: str,
        target: str,
        **details: str | bool,
    ) -> None:
        who = Who.of(asker, address)
        entry = Entry(tag=tag, who=who, target_kind=kind, target=target, details=details)
        self._trail.note(transaction, entry)


def _own(asker: Asker) -> OrganisationId:
    if asker.organisation is None:
        raise NotFound
    return asker.organisation


async def _within(transaction: Transaction, asker: Asker, organisation: OrganisationId) -> None:
    if not await store.may_join(transaction, _own(asker), organisation):
        raise NotFound("organisations.unknown")


async def _found(transaction: Transaction, user: UserId) -> User:
    found = await store.user_by_id(transaction, user)
    if found is None:
        raise NotFound
    return found
