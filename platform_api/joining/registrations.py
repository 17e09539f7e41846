"""Asking for an account, and the organisation's answer (E51)."""

import re
import secrets
from datetime import timedelta
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.identity import store as accounts_store
from platform_api.identity.contacts import PHONE, Contact, Contacts
from platform_api.identity.model import UserRole
from platform_api.identity.new_accounts import AccountDraft, MadeAccount, NewAccounts
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.rules import ONE_TIME_ALPHABET, AttemptLimit, secret_hash
from platform_api.inbox import Inbox, Item, to_holders
from platform_api.joining import store
from platform_api.joining.errors import CodeUnknown, NotApproved, NotWaiting, TooManyWaiting
from platform_api.joining.model import Joinable, Registration, RegistrationState, Standing
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.search import ask

PER_ADDRESS: Final = AttemptLimit(10, timedelta(hours=1))
MOST_WAITING: Final = 500
"""At one organisation; more would only bury the honest ones."""
SHOWN_ORGANISATIONS: Final = 20
CODE_LENGTH: Final = 16
"""Characters of an applicant's code: 79 bits."""
GROUP: Final = 4
REVIEW: Final = "users.manage"
WAITS: Final = "account.registration"


class Registrations:
    """Asked by anybody, answered by administrators; an answer to the asker never tells who has an account."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        inbox: Inbox,
        accounts: NewAccounts,
        contacts: Contacts,
        proofs: Proofs,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox
        self._accounts = accounts
        self._contacts = contacts
        self._proofs = proofs

    # For the applicant

    async def organisations(self, words: str) -> list[Joinable]:
        """Organisations by part of their name or its sound."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await store.joinable(transaction, ask(words), SHOWN_ORGANISATIONS)

    async def ask(
        self,
        *,
        organisation: OrganisationId,
        name: str,
        phone: str,
        title: str,
        speciality: str,
        reason: str,
        locale: str,
        address: str,
    ) -> Secret:
        """Has the registration wait for its organisation; gives the code by which the applicant sees it.

        Raises NotFound for an organisation that is none, and TooManyWaiting.
        """
        await self._proofs.count(f"registration:{address}", PER_ADDRESS, TooManyWaiting)
        code, registration_id = new_code(), new_id()
        sealed = self._contacts.seal(phone, kind=PHONE, owner=registration_id)
        registration = Registration(
            id=registration_id,
            organisation=organisation,
            organisation_name="",
            name=name,
            phone_sealed=sealed.sealed,
            title=title,
            speciality=speciality,
            reason=reason,
            locale=locale,
            state=RegistrationState.WAITING,
            answer="",
            user=None,
            created_at=self._clock.now(),
        )
        async with self._database.transaction(SYSTEM) as transaction:
            if not await store.organisation_exists(transaction, organisation):
                raise NotFound
            if await store.waiting_at(transaction, organisation) >= MOST_WAITING:
                raise TooManyWaiting
            code_hash = secret_hash(plain_code(code))
            await store.add_registration(transaction, registration, code_hash, sealed.lookup)
            await self._inbox.put(transaction, _waits(registration))
            who = Who(subject="", name=name, organisation=organisation, address=address)
            self._trail.note(transaction, _entry(Tag.RECORD_CREATED, who, registration))
        return Secret(code)

    async def look(self, code: str) -> Standing:
        """Where the registration of this code stands; raises CodeUnknown."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await self._standing(transaction, code)

    async def activation(self, code: str) -> MadeAccount:
        """The activation of an approved account, anew each time until it is used; raises NotApproved."""
        async with self._database.transaction(SYSTEM) as transaction:
            standing = await self._standing(transaction, code)
            user_id = standing.registration.user
            user = await accounts_store.lock_user(transaction, user_id) if user_id else None
            if user is None or user.password_hash is not None or user.disabled:
                raise NotApproved
            activation, expires_at = await self._accounts.activation(transaction, user.id)
            return MadeAccount(user=user, activation=activation, expires_at=expires_at)

    async def _standing(self, transaction: Transaction, code: str) -> Standing:
        found = await store.registration_by_code(transaction, secret_hash(plain_code(code)))
        if found is None:
            raise CodeUnknown
        user = await accounts_store.user_by_id(transaction, found.user) if found.user else None
        return Standing(
            registration=found,
            username=user.username if user else "",
            activated=user is not None and user.password_hash is not None,
        )

    # For the organisation

    async def approve(
        self,
        asker: Asker,
        registration: str,
        *,
        organisation: OrganisationId,
        roles: frozenset[UserRole],
        address: str,
    ) -> None:
        """Makes the account at this node with these roles; raises NotFound or NotWaiting."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._waiting(transaction, registration)
            own = asker.organisation
            if own is None or not await accounts_store.may_join(transaction, own, organisation):
                raise NotFound("organisations.unknown")
            draft = AccountDraft(
                organisation=organisation,
                name=found.name,
                roles=roles,
                title=found.title,
                speciality=found.speciality,
                locale=found.locale,
            )
            made = await self._accounts.make(transaction, draft)
            phone = self._contacts.open(found.phone_sealed, kind=PHONE, owner=found.id)
            await self._contacts.keep(transaction, made.user.id, Contact(phone=phone))
            await self._settle(transaction, asker, found, RegistrationState.APPROVED, "", made)
            who = Who.of(asker, address)
            words = ",".join(sorted(roles))
            self._trail.note(transaction, _entry(Tag.PERMISSION_CHANGED, who, found, roles=words))

    async def refuse(self, asker: Asker, registration: str, answer: str, *, address: str) -> None:
        """Refuses with a reason that the applicant reads; raises NotFound or NotWaiting."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self._waiting(transaction, registration)
            await self._settle(transaction, asker, found, RegistrationState.REFUSED, answer, None)
            entry = _entry(Tag.RECORD_CHANGED, Who.of(asker, address), found, state="refused")
            self._trail.note(transaction, entry)

    async def _settle(
        self,
        transaction: Transaction,
        asker: Asker,
        found: Registration,
        state: RegistrationState,
        answer: str,
        made: MadeAccount | None,
    ) -> None:
        await store.answer_registration(
            transaction,
            found.id,
            state,
            answer=answer,
            user=made.user.id if made else None,
            by=asker.subject,
            now=self._clock.now(),
        )
        await self._inbox.done(transaction, WAITS, ("registration", found.id), by=asker.subject)

    async def _waiting(self, transaction: Transaction, registration: str) -> Registration:
        found = await store.lock_registration(transaction, registration)
        if found is None:
            raise NotFound
        if found.state is not RegistrationState.WAITING:
            raise NotWaiting
        return found


def new_code() -> str:
    """Sixteen characters in four groups, without those that look alike."""
    text = "".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(text[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP))


def plain_code(typed: str) -> str:
    """The code without what people put between."""
    return re.sub(r"[\s-]", "", typed).lower()


def _waits(registration: Registration) -> Item:
    return Item(
        kind=WAITS,
        subject_type="registration",
        subject=registration.id,
        receiver=to_holders(REVIEW, registration.organisation),
        title="account.registration_waits",
        link="/app/admin/registrations",
        params={"title": registration.title or "-"},
    )


def _entry(tag: Tag, who: Who, registration: Registration, **details: str) -> Entry:
    return Entry(tag=tag, who=who, target_kind="registration", target=registration.id, details=details)
