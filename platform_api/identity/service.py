"""Signing in and the account's own credentials (AU-02, AU-03, AU-04, AU-06)."""

from datetime import datetime

import pyotp

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
    PasswordWrong,
    TotpEnrolled,
    TotpInvalid,
    TotpNotBegun,
    TotpRequired,
)
from platform_api.identity.logins import Logins
from platform_api.identity.model import EndReason, Tokens, User
from platform_api.identity.passwords import Passwords
from platform_api.identity.rules import (
    PER_ACCOUNT,
    PER_ADDRESS,
    PER_TOTP,
    AttemptLimit,
    check_password,
    secret_hash,
    totp_step,
)
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError, NotAuthenticated
from platform_api.kernel.ids import UserId
from platform_api.kernel.sealing import Sealer

TOTP_ISSUER = "Scopecast"


class Accounts:
    """What a person does with the own account."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        sealer: Sealer,
        passwords: Passwords,
        logins: Logins,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._sealer = sealer
        self._passwords = passwords
        self._logins = logins

    # Signing in

    async def log_in(self, username: str, password: str, totp: str | None, *, address: str) -> Tokens:
        """Tokens for name, password and, once enrolled, the second factor.

        Raises LoginFailed, TotpRequired, TotpInvalid, AccountDisabled, Locked, AddressTried or Busy.
        Each attempt is counted before it is judged, so many at once count like many in a row.
        """
        account_key, address_key = f"password:{username}", f"address:{address}"
        counted_at = self._clock.now()
        try:
            await self._count(account_key, PER_ACCOUNT, Locked, counted_at)
            await self._count(address_key, PER_ADDRESS, AddressTried, counted_at)
            user = await self._judge_password(username, password)
        except AppError as error:
            await self._record_failure(username, error.code, address)
            raise
        async with self._database.transaction() as transaction:
            await login_store.forget_attempts(transaction, account_key)
            await login_store.forget_attempt(transaction, address_key, counted_at)
        try:
            return await self._enter(user, totp, address)
        except AppError as error:
            await self._record_failure(username, error.code, address, user)
            raise

    async def _judge_password(self, username: str, password: str) -> User:
        async with self._database.transaction() as transaction:
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

    async def _enter(self, user: User, totp: str | None, address: str) -> Tokens:
        if user.totp_confirmed:
            if not totp:
                raise TotpRequired
            await self._use_totp(user, totp)
        async with self._database.transaction() as transaction:
            tokens = await self._logins.begin_user(transaction, user, address)
            entry = Entry(
                tag=Tag.LOGIN,
                who=_who(user, address),
                target_kind="login",
                target=tokens.login.id,
                details={"complete": user.complete},
            )
            self._trail.note(transaction, entry)
        return tokens

    async def _use_totp(self, user: User, code: str) -> None:
        """Judges a code of a known user, counted apart from passwords; raises TotpInvalid or Locked."""
        key = f"totp:{user.id}"
        await self._count(key, PER_TOTP, Locked, self._clock.now())
        step = totp_step(self._open_totp(user), code, self._clock.now())
        async with self._database.transaction() as transaction:
            if step is None or not await store.use_totp_step(transaction, user.id, step):
                raise TotpInvalid
            await login_store.forget_attempts(transaction, key)

    async def _count(self, key: str, limit: AttemptLimit, refusal: type[AppError], now: datetime) -> None:
        async with self._database.transaction() as transaction:
            until = await login_store.reserve_attempt(transaction, key, limit, now)
        if until is not None:
            raise refusal(retry_after_s=(until - now).total_seconds())

    async def _record_failure(self, username: str, code: str, address: str, user: User | None = None) -> None:
        if code == TotpRequired.code:
            return  # half a login is no failure: the second half follows
        if user is None:
            async with self._database.transaction() as transaction:
                user = await store.user_by_name(transaction, username)
        who = _who(user, address) if user else Who(subject="", name="", organisation=None, address=address)
        await self._trail.record(
            Entry(
                tag=Tag.LOGIN,
                who=who,
                target_kind="login",
                target="",
                outcome=Outcome.FAILED,
                details={"code": code, "known_name": user is not None},
            )
        )

    # First use

    async def activate(self, token: str, new_password: str, *, address: str) -> Tokens:
        """Sets the own password by the one-time activation and signs in; the authenticator comes next."""
        async with self._database.transaction() as transaction:
            user_id = await store.use_activation(transaction, secret_hash(token), self._clock.now())
            user = await store.lock_user(transaction, user_id) if user_id else None
            if user is None:
                raise ActivationInvalid
            check_password(new_password, username=user.username)
            await self._set_own_password(transaction, user, new_password, address)
            await self._logins.end_all_of(transaction, user, EndReason.PASSWORD_CHANGED, _who(user, address))
            return await self._logins.begin_user(transaction, await _again(transaction, user), address)

    async def change_password(self, asker: Asker, current: str, new: str, *, address: str) -> None:
        """Sets another password; all other logins of the user end.

        Raises PasswordWrong, PasswordWeak, Locked or Busy.
        """
        user = await self._own(asker)
        await self._count(f"password:{user.username}", PER_ACCOUNT, Locked, self._clock.now())
        if not await self._passwords.matches(current, user.password_hash):
            raise PasswordWrong
        async with self._database.transaction(asker.actor()) as transaction:
            await login_store.forget_attempts(transaction, f"password:{user.username}")
        check_password(new, username=user.username)
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
        self._note_credentials(transaction, user, "password", address)

    async def enrol_totp(self, asker: Asker) -> tuple[str, str]:
        """A new secret and its `otpauth:` address, to be confirmed by a code; raises TotpEnrolled."""
        user = await self._own(asker)
        if user.totp_confirmed:
            raise TotpEnrolled
        secret = pyotp.random_base32()
        async with self._database.transaction(asker.actor()) as transaction:
            await store.set_totp(transaction, user.id, seal_totp(self._sealer, user.id, secret))
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=TOTP_ISSUER)
        return secret, uri

    async def confirm_totp(self, asker: Asker, code: str, *, address: str) -> None:
        """Binds the authenticator; raises TotpNotBegun, TotpEnrolled, TotpInvalid or Locked."""
        user = await self._own(asker)
        if user.totp_confirmed:
            raise TotpEnrolled
        if user.totp_sealed is None:
            raise TotpNotBegun
        await self._use_totp(user, code)
        async with self._database.transaction(asker.actor()) as transaction:
            await store.confirm_totp(transaction, user.id, self._clock.now())
            self._note_credentials(transaction, user, "totp", address)
        self._logins.forget(asker.login)

    async def me(self, asker: Asker) -> User:
        """The asker's account; raises NotAuthenticated for a guest."""
        return await self._own(asker)

    async def _own(self, asker: Asker) -> User:
        if asker.is_guest:
            raise NotAuthenticated
        async with self._database.transaction(asker.actor()) as transaction:
            user = await store.user_by_id(transaction, UserId(asker.subject))
        if user is None:
            raise NotAuthenticated
        return user

    def _open_totp(self, user: User) -> str:
        if user.totp_sealed is None:
            raise TotpNotBegun
        return self._sealer.open(user.totp_sealed, context=_context(user.id)).decode()

    def _note_credentials(self, transaction: Transaction, user: User, what: str, address: str) -> None:
        entry = Entry(
            tag=Tag.CREDENTIALS_CHANGED,
            who=_who(user, address),
            target_kind="user",
            target=user.id,
            details={"what": what},
        )
        self._trail.note(transaction, entry)


def seal_totp(sealer: Sealer, user: UserId, secret: str) -> bytes:
    """A TOTP secret as the database keeps it."""
    return sealer.seal(secret.encode(), context=_context(user))


def _context(user: UserId) -> str:
    return f"totp:{user}"


def _who(user: User, address: str) -> Who:
    return Who(subject=user.id, name=user.name, organisation=user.organisation, address=address)


async def _again(transaction: Transaction, user: User) -> User:
    """The account after what the transaction changed."""
    found = await store.user_by_id(transaction, user.id)
    return found or user
