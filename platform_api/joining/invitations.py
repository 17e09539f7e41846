"""Inviting somebody to an account by a link that serves once."""

from datetime import timedelta

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.identity import store as accounts_store
from platform_api.identity.contacts import Contact, Contacts
from platform_api.identity.logins import Logins
from platform_api.identity.model import Tokens, UserRole
from platform_api.identity.new_accounts import AccountDraft, NewAccounts
from platform_api.identity.passwords import Passwords
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import check_password, new_url_code, secret_hash
from platform_api.identity.visitor import LoginMethod, Visitor
from platform_api.joining import store
from platform_api.joining.errors import LinkOver, LinkUnknown, LinkUsed
from platform_api.joining.model import NewUserInvitation, UserInvitation
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, new_id


class UserInvitations:
    """Made and withdrawn by administrators, used by the invited."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        accounts: NewAccounts,
        contacts: Contacts,
        passwords: Passwords,
        logins: Logins,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._accounts = accounts
        self._contacts = contacts
        self._passwords = passwords
        self._logins = logins

    async def invite(
        self,
        asker: Asker,
        *,
        organisation: OrganisationId,
        roles: frozenset[UserRole],
        name: str,
        days: int,
        address: str,
    ) -> NewUserInvitation:
        """A link for one person to this node with these roles, shown this once; raises NotFound."""
        url_code, now = new_url_code(), self._clock.now()
        invitation = UserInvitation(
            id=new_id(),
            organisation=organisation,
            organisation_name="",
            roles=roles,
            name=name,
            created_at=now,
            expires_at=now + timedelta(days=days),
            used_at=None,
            revoked_at=None,
        )
        async with self._database.transaction(asker.actor()) as transaction:
            own = asker.organisation
            if own is None or not await accounts_store.may_join(transaction, own, organisation):
                raise NotFound("organisations.unknown")
            url_hash = secret_hash(url_code)
            await store.add_invitation(transaction, invitation, url_hash, asker.subject)
            who = Who.of(asker, address)
            self._trail.note(transaction, _entry(Tag.INVITATION_MADE, who, invitation))
            found = await store.invitation_by_url(transaction, url_hash)
        return NewUserInvitation(invitation=found or invitation, url_code=Secret(url_code))

    async def revoke(self, asker: Asker, invitation: str, *, address: str) -> None:
        """Withdraws one that was not used; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            if not await store.revoke_invitation(transaction, invitation, self._clock.now()):
                raise NotFound
            entry = Entry(
                tag=Tag.INVITATION_REVOKED,
                who=Who.of(asker, address),
                target_kind="user_invitation",
                target=invitation,
            )
            self._trail.note(transaction, entry)

    async def look(self, url_code: str) -> UserInvitation:
        """The invitation behind a link while it can be used; raises LinkUnknown, LinkOver or LinkUsed."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await self._open(transaction, url_code)

    async def join(
        self,
        url_code: str,
        password: str,
        *,
        name: str,
        title: str,
        speciality: str,
        phone: str,
        locale: str,
        visitor: Visitor,
    ) -> Tokens:
        """Makes the account with the person's own password, once, and signs in; the authenticator comes next.

        Raises PasswordWeak, Busy and the refusals of `look`.
        """
        invitation = await self.look(url_code)
        check_password(password, username=name.lower(), name=name)
        encoded = await self._passwords.hash(password)
        async with self._database.transaction(SYSTEM) as transaction:
            if not await store.use_invitation(transaction, invitation.id, self._clock.now()):
                raise LinkUsed
            draft = AccountDraft(
                organisation=invitation.organisation,
                name=name,
                roles=invitation.roles,
                title=title,
                speciality=speciality,
                locale=locale,
            )
            made = await self._accounts.make(transaction, draft)
            await accounts_store.set_password(transaction, made.user.id, encoded, must_change=False)
            if phone:
                await self._contacts.keep(transaction, made.user.id, Contact(phone=phone))
            await store.name_user_of_invitation(transaction, invitation.id, made.user.id)
            user = await accounts_store.user_by_id(transaction, made.user.id)
            who = Who(
                subject=made.user.id,
                name=name,
                organisation=invitation.organisation,
                address=visitor.address,
            )
            self._trail.note(transaction, _entry(Tag.INVITATION_REDEEMED, who, invitation))
            return await self._logins.begin_user(
                transaction, user or made.user, visitor, LoginMethod.ACTIVATION
            )

    async def _open(self, transaction: Transaction, url_code: str) -> UserInvitation:
        found = await store.invitation_by_url(transaction, secret_hash(url_code))
        if found is None:
            raise LinkUnknown
        if found.used_at is not None:
            raise LinkUsed
        if found.revoked_at is not None or found.expires_at <= self._clock.now():
            raise LinkOver
        return found


def _entry(tag: Tag, who: Who, invitation: UserInvitation) -> Entry:
    return Entry(
        tag=tag,
        who=who,
        target_kind="user_invitation",
        target=invitation.id,
        details={"organisation": invitation.organisation, "roles": ",".join(sorted(invitation.roles))},
    )
