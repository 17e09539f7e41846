"""Passkeys: registered by name, used to sign in or as second factor, removed with proof."""

from datetime import timedelta
from secrets import token_bytes
from socket import gethostname
from typing import Any

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Database, UniqueBroken
from platform_api.http import Asker
from platform_api.identity import passkey_store, store
from platform_api.identity.ceremony import (
    Json,
    Proved,
    ask_to_prove,
    ask_to_register,
    challenge_of,
    check_proof,
    check_registration,
    credential_of,
)
from platform_api.identity.errors import (
    AccountDisabled,
    AddressTried,
    PasskeyInvalid,
    PasskeyKnown,
    PasskeyLimit,
    PasskeyOver,
    PasskeySuspended,
)
from platform_api.identity.logins import Logins
from platform_api.identity.model import Passkey, Tokens, User
from platform_api.identity.notices import passkey_suspended
from platform_api.identity.passkey_store import Challenge, KeptPasskey
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.relying_party import RelyingParty, relying_party
from platform_api.identity.rules import PER_ADDRESS, IdentitySettings
from platform_api.identity.visitor import LoginMethod, Visitor
from platform_api.inbox import Inbox
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError, NotFound
from platform_api.kernel.ids import UserId, new_id

MOST_PASSKEYS = 10
CHALLENGE_LIFE = timedelta(minutes=5)
CHALLENGE_BYTES = 32
REGISTER, SIGN_IN, SECOND = "register", "sign_in", "second"


class Passkeys:
    """A user's keys on telephones, computers and sticks."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        proofs: Proofs,
        logins: Logins,
        settings: IdentitySettings,
        inbox: Inbox,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._proofs = proofs
        self._logins = logins
        self._settings = settings
        self._inbox = inbox

    # The own keys

    async def mine(self, asker: Asker) -> list[Passkey]:
        """The asker's passkeys, oldest first."""
        async with self._database.transaction(asker.actor()) as transaction:
            kept = await passkey_store.passkeys_of(transaction, UserId(asker.subject))
        return [item.passkey for item in kept]

    async def begin_registration(self, asker: Asker, password: str, visitor: Visitor) -> dict[str, Any]:
        """Options for the browser, once the password is right.

        Raises PasskeyAddress, PasskeyLimit, PasswordWrong, Locked or Busy.
        """
        party = self._party(visitor)
        user = await self._proofs.by_password(asker, password)
        async with self._database.transaction(asker.actor()) as transaction:
            known = await passkey_store.passkeys_of(transaction, user.id)
        if len(known) >= MOST_PASSKEYS:
            raise PasskeyLimit(params={"limit": MOST_PASSKEYS})
        challenge = await self._ask(REGISTER, party, user.id)
        return ask_to_register(
            party,
            challenge=challenge,
            user=user.id,
            username=user.username,
            name=user.name,
            known=[item.credential_id for item in known],
        )

    async def register(self, asker: Asker, name: str, answer: Json, visitor: Visitor) -> Passkey:
        """Keeps the new key; raises PasskeyOver, PasskeyInvalid, PasskeyKnown or PasskeyLimit."""
        asked = await self._take(answer, REGISTER)
        if asked.user != asker.subject:
            raise PasskeyInvalid
        made = check_registration(answer, party=asked.party, challenge=asked.challenge)
        passkey = Passkey(
            id=new_id(),
            user=UserId(asker.subject),
            name=name,
            backed_up=made.backed_up,
            created_at=self._clock.now(),
            used_at=None,
            suspended=False,
        )
        async with self._database.transaction(asker.actor()) as transaction:
            await store.lock_user(transaction, passkey.user)
            if len(await passkey_store.passkeys_of(transaction, passkey.user)) >= MOST_PASSKEYS:
                raise PasskeyLimit(params={"limit": MOST_PASSKEYS})
            try:
                await passkey_store.add_passkey(transaction, passkey, made, asked.party.id)
            except UniqueBroken as error:
                raise PasskeyKnown from error
            self._trail.note(transaction, _changed(Who.of(asker, visitor.address), passkey, "passkey_added"))
        return passkey

    async def remove(self, asker: Asker, passkey: str, password: str, visitor: Visitor) -> None:
        """Takes a key away; raises NotFound, PasswordWrong, Locked or Busy."""
        user = await self._proofs.by_password(asker, password)
        async with self._database.transaction(asker.actor()) as transaction:
            found = [
                item.passkey
                for item in await passkey_store.passkeys_of(transaction, user.id)
                if item.passkey.id == passkey
            ]
            if not found or not await passkey_store.remove_passkey(transaction, user.id, passkey):
                raise NotFound
            who = Who.of(asker, visitor.address)
            self._trail.note(transaction, _changed(who, found[0], "passkey_removed"))

    # Signing in

    async def begin_sign_in(self, visitor: Visitor) -> dict[str, Any]:
        """Options for the browser to offer any passkey of ours on the device; they name nobody."""
        party = self._party(visitor)
        challenge = await self._ask(SIGN_IN, party, None)
        return ask_to_prove(party, challenge=challenge, known=(), verified=True)

    async def sign_in(self, answer: Json, visitor: Visitor) -> Tokens:
        """Tokens for a key that knew its user: that is both factors.

        Raises PasskeyOver, PasskeyInvalid, PasskeySuspended, AccountDisabled or AddressTried.
        """
        key = f"address:{visitor.address}"
        counted_at = await self._proofs.count(key, PER_ADDRESS, AddressTried)
        try:
            user = await self._judge(answer, visitor)
        except AppError as error:
            await self._record_failure(error.code, visitor)
            raise
        await self._proofs.forgive_one(key, counted_at)
        async with self._database.transaction(SYSTEM) as transaction:
            return await self._logins.welcome(transaction, user, visitor, LoginMethod.PASSKEY)

    async def begin_second(self, user: User, visitor: Visitor) -> dict[str, Any]:
        """Options to prove one of this user's keys after the password; raises NotFound if there is none."""
        party = self._party(visitor)
        async with self._database.transaction(SYSTEM) as transaction:
            kept = await passkey_store.passkeys_of(transaction, user.id)
        if not kept:
            raise NotFound
        challenge = await self._ask(SECOND, party, user.id)
        known = [item.credential_id for item in kept]
        return ask_to_prove(party, challenge=challenge, known=known, verified=False)

    async def use_second(self, user: User, answer: Json, visitor: Visitor) -> None:
        """Judges the second factor of a user whose password was right; raises the refusals of `sign_in`."""
        asked = await self._take(answer, SECOND)
        kept = await self._kept(answer)
        if asked.user != user.id or kept.passkey.user != user.id:
            raise PasskeyInvalid
        proved = self._prove(answer, asked, kept, verified=False)
        await self._use(kept, proved, visitor)

    async def _judge(self, answer: Json, visitor: Visitor) -> User:
        asked = await self._take(answer, SIGN_IN)
        kept = await self._kept(answer)
        proved = self._prove(answer, asked, kept, verified=True)
        async with self._database.transaction(SYSTEM) as transaction:
            user = await store.user_by_id(transaction, kept.passkey.user)
        if user is None or not user.complete:
            raise PasskeyInvalid
        if user.disabled:
            raise AccountDisabled
        await self._use(kept, proved, visitor)
        return user

    def _prove(self, answer: Json, asked: Challenge, kept: KeptPasskey, *, verified: bool) -> Proved:
        if kept.passkey.suspended:
            raise PasskeySuspended
        return check_proof(
            answer,
            party=asked.party,
            challenge=asked.challenge,
            public_key=kept.public_key,
            verified=verified,
        )

    async def _kept(self, answer: Json) -> KeptPasskey:
        async with self._database.transaction(SYSTEM) as transaction:
            kept = await passkey_store.passkey_by_credential(transaction, credential_of(answer))
        if kept is None:
            raise PasskeyInvalid
        return kept

    async def _use(self, kept: KeptPasskey, proved: Proved, visitor: Visitor) -> None:
        """Moves the counter on; one that does not move means a copy: the key opens nothing any more."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as transaction:
            if await passkey_store.use_passkey(transaction, kept.passkey.id, proved.sign_count, now):
                return
            if await passkey_store.suspend_passkey(transaction, kept.passkey.id, now):
                who = Who(subject=kept.passkey.user, name="", organisation=None, address=visitor.address)
                self._trail.note(transaction, _changed(who, kept.passkey, "passkey_suspended"))
                await self._inbox.put(transaction, passkey_suspended(kept.passkey))
        raise PasskeySuspended

    # Challenges

    def _party(self, visitor: Visitor) -> RelyingParty:
        return relying_party(
            domain=self._settings.passkey_domain,
            origins=self._settings.passkey_origins,
            known_hosts=(gethostname(), *self._settings.passkey_hosts),
            asked_at=visitor.origin,
        )

    async def _ask(self, purpose: str, party: RelyingParty, user: UserId | None) -> bytes:
        now, challenge = self._clock.now(), token_bytes(CHALLENGE_BYTES)
        asked = Challenge(challenge=challenge, purpose=purpose, user=user, party=party)
        async with self._database.transaction(SYSTEM) as transaction:
            await passkey_store.add_challenge(transaction, asked, now, now + CHALLENGE_LIFE)
        return challenge

    async def _take(self, answer: Json, purpose: str) -> Challenge:
        challenge = challenge_of(answer)
        async with self._database.transaction(SYSTEM) as transaction:
            asked = await passkey_store.take_challenge(transaction, challenge, purpose, self._clock.now())
        if asked is None:
            raise PasskeyOver
        return asked

    async def _record_failure(self, code: str, visitor: Visitor) -> None:
        who = Who(subject="", name="", organisation=None, address=visitor.address)
        details = {"code": code, "method": LoginMethod.PASSKEY.value}
        await self._trail.record(
            Entry(
                tag=Tag.LOGIN,
                who=who,
                target_kind="login",
                target="",
                outcome=Outcome.FAILED,
                details=details,
            )
        )


def _changed(who: Who, passkey: Passkey, what: str) -> Entry:
    return Entry(
        tag=Tag.CREDENTIALS_CHANGED,
        who=who,
        target_kind="user",
        target=passkey.user,
        details={"what": what, "passkey": passkey.id},
    )
