"""Signing in by name and password, and the account's own password (AU-02, AU-03, AU-06)."""

from datetime import datetime
from typing import Any

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.identity import login_store, store
from platform_api.identity.errors import (
    AccountDisabled,
    ActivationInvalid,
    AddressTried,
    Locked,
    LoginFailed,
    PasswordWeak,
    TotpRequired,
)
from platform_api.identity.factors import Second, SecondFactors
from platform_api.identity.logins import Logins
from platform_api.identity.model import EndReason, Tokens, User
from platform_api.identity.notices import locked_out
from platform_api.identity.passkeys import Passkeys
from platform_api.identity.passwords import Passwords
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.rules import PER_ACCOUNT, PER_ADDRESS, check_password, secret_hash
from platform_api.identity.visitor import LoginMethod, Visitor
from platform_api.inbox import Inbox
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError


class Accounts:
    """What a person does with the own account."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        passwords: Passwords,
        proofs: Proofs,
        factors: SecondFactors,
        passkeys: Passkeys,
        logins: Logins,
        inbox: Inbox,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._passwords = passwords
        self._proofs = proofs
        self._factors = factors
        self._passkeys = passkeys
        self._logins = logins
        self._inbox = inbox

    # Signing in

    async def log_in(self, username: str, password: str, second: Second, visitor: Visitor) -> Tokens:
        """Tokens for name, password and, once enrolled, the second factor.

        Raises LoginFailed, AccountDisabled, Locked, AddressTried, Busy or the second factor's refusals.
        """
        user = await self._known(username, password, visitor)
        try:
            if user.totp_confirmed:
                await self._factors.use(user, second, visitor)
            async with self._database.transaction(SYSTEM) as transaction:
                return await self._logins.welcome(transaction, user, visitor, LoginMethod.PASSWORD)
        except AppError as error:
            await self._record_failure(username, error.code, visitor, user)
            raise

    async def begin_passkey(self, username: str, password: str, visitor: Visitor) -> dict[str, Any]:
        """Options to prove a passkey as second factor, once the password is right.

        Raises NotFound if the account has none, PasskeyAddress, or the refusals of `log_in`.
        """
        user = await self._known(username, password, visitor)
        return await self._passkeys.begin_second(user, visitor)

    async def _known(self, username: str, password: str, visitor: Visitor) -> User:
        """The account whose name and password these are, each guess counted before it is judged."""
        account_key, address_key = f"password:{username}", f"address:{visitor.address}"
        try:
            await self._proofs.count(account_key, PER_ACCOUNT, Locked)
            counted_at = await self._proofs.count(address_key, PER_ADDRESS, AddressTried)
            user = await self._judge_password(username, password)
        except AppError as error:
            await self._record_failure(username, error.code, visitor)
            raise
        async with self._database.transaction(SYSTEM) as transaction:
            await self._proofs.forgive_within(transaction, account_key)
            await self._proofs.forgive_within(transaction, address_key, counted_at)
        return user

    async def _judge_password(self, username: str, password: str) -> User:
        async with self._database.transaction(SYSTEM) as transaction:
            user = await store.user_by_name(transaction, username)
            expires_at = await store.activation_expiry(transaction, user.id) if user else None
        fits = await self._passwords.matches(password, user.password_hash if user else None)
        if user is None or not fits:
            raise LoginFailed
        if user.must_change_password and expires_at is not None and expires_at <= self._clock.now():
            raise ActivationInvalid
        if user.disabled:
            raise AccountDisabled
        return user

    async def _record_failure(
        self, username: str, code: str, visitor: Visitor, user: User | None = None
    ) -> None:
        if code == TotpRequired.code:
            return  # half a login is no failure: the second half follows
        if user is None:
            async with self._database.transaction(SYSTEM) as transaction:
                user = await store.user_by_name(transaction, username)
        address = visitor.address
        who = _who(user, address) if user else Who(subject="", name="", organisation=None, address=address)
        entry = Entry(
            tag=Tag.LOGIN,
            who=who,
            target_kind="login",
            target="",
            outcome=Outcome.FAILED,
            details={"code": code, "known_name": user is not None},
        )
        async with self._database.transaction(SYSTEM) as transaction:
            self._trail.note(transaction, entry)
            if user is not None and code == Locked.code:
                await self._inbox.put(transaction, locked_out(user, address))

    # First use

    async def activate(self, token: str, new_password: str, visitor: Visitor) -> Tokens:
        """Sets the own password by the one-time activation and signs in; the authenticator comes next."""
        async with self._database.transaction(SYSTEM) as transaction:
            user_id = await store.use_activation(transaction, secret_hash(token), self._clock.now())
            user = await store.lock_user(transaction, user_id) if user_id else None
            if user is None:
                raise ActivationInvalid
            check_password(new_password, username=user.username, name=user.name)
            await self._set_own_password(transaction, user, new_password, visitor.address)
            who = _who(user, visitor.address)
            await self._logins.end_all_of(transaction, user, EndReason.PASSWORD_CHANGED, who)
            user = await _again(transaction, user)
            return await self._logins.begin_user(transaction, user, visitor, LoginMethod.ACTIVATION)

    async def change_password(self, asker: Asker, current: str, new: str, *, address: str) -> None:
        """Sets another password; all other logins of the user end.

        Raises PasswordWrong, PasswordWeak, Locked or Busy.
        """
        user = await self._proofs.by_password(asker, current)
        check_password(new, username=user.username, name=user.name)
        if new == current:
            raise PasswordWeak("password.same")
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            await self._set_own_password(transaction, user, new, address)
            others = await login_store.end_user_logins(
                transaction, user.id, EndReason.PASSWORD_CHANGED, now, but=asker.login
            )
            self._logins.tell_ended(transaction, others)
        self._logins.forget(asker.login)

    async def _set_own_password(
        self, transaction: Transaction, user: User, password: str, address: str
    ) -> None:
        encoded = await self._passwords.hash(password)
        await store.set_password(transaction, user.id, encoded, must_change=False)
        entry = Entry(
            tag=Tag.CREDENTIALS_CHANGED,
            who=_who(user, address),
            target_kind="user",
            target=user.id,
            details={"what": "password"},
        )
        self._trail.note(transaction, entry)

    def now(self) -> datetime:
        """The moment by the house's clock."""
        return self._clock.now()

    async def me(self, asker: Asker) -> User:
        """The asker's account; raises NotAuthenticated for a guest."""
        return await self._proofs.own(asker)


def _who(user: User, address: str) -> Who:
    return Who(subject=user.id, name=user.name, organisation=user.organisation, address=address)


async def _again(transaction: Transaction, user: User) -> User:
    """The account after what the transaction changed."""
    found = await store.user_by_id(transaction, user.id)
    return found or user
