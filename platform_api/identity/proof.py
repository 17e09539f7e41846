"""Counted proofs: guesses are counted before they are judged, so many at once are like many in a row."""

from datetime import datetime
from typing import Final

from platform_api.db import Actor, Database, Transaction
from platform_api.http import Asker
from platform_api.identity import login_store, store
from platform_api.identity.errors import Locked, PasswordWrong
from platform_api.identity.guesses import Guesses
from platform_api.identity.model import User
from platform_api.identity.passwords import Passwords
from platform_api.identity.rules import PER_ACCOUNT, AttemptLimit
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError, NotAuthenticated
from platform_api.kernel.ids import UserId

SYSTEM: Final = Actor(subject="system:identity")
"""Who works before it is known who asks."""


class Proofs:
    """Counts guesses, and asks a signed-in person for the password once more before something weighty."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._guesses = Guesses()

    async def count(self, key: str, limit: AttemptLimit, refusal: type[AppError]) -> datetime:
        """Counts a guess; raises the refusal when there were too many. Gives the moment it is counted at."""
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        wait_s = self._guesses.wait_s(key, limit, now_s)
        if wait_s > 0:
            raise refusal(retry_after_s=wait_s)
        async with self._database.transaction(SYSTEM) as transaction:
            until = await login_store.reserve_attempt(transaction, key, limit, now)
        if until is not None:
            raise refusal(retry_after_s=(until - now).total_seconds())
        self._guesses.add(key, now_s)
        return now

    async def forgive(self, key: str) -> None:
        """Whoever proved the secret starts afresh."""
        async with self._database.transaction(SYSTEM) as transaction:
            await self.forgive_within(transaction, key)

    async def forgive_one(self, key: str, at: datetime) -> None:
        """Takes one counted guess back, for it turned out right."""
        async with self._database.transaction(SYSTEM) as transaction:
            await self.forgive_within(transaction, key, at)

    async def forgive_within(self, transaction: Transaction, key: str, at: datetime | None = None) -> None:
        """The same inside a transaction: all guesses of a key, or the one that was counted at a moment."""
        if at is None:
            await login_store.forget_attempts(transaction, key)
            self._guesses.forget(key)
        else:
            await login_store.forget_attempt(transaction, key, at)
            self._guesses.forget_one(key)

    async def by_password(self, asker: Asker, password: str) -> User:
        """The asker's account once the password was right; raises PasswordWrong, Locked or Busy."""
        user = await self.own(asker)
        key = f"password:{user.username}"
        await self.count(key, PER_ACCOUNT, Locked)
        if not await self._passwords.matches(password, user.password_hash):
            raise PasswordWrong
        await self.forgive(key)
        return user

    async def own(self, asker: Asker) -> User:
        """The asker's account; raises NotAuthenticated for a guest."""
        if asker.is_guest:
            raise NotAuthenticated
        async with self._database.transaction(asker.actor()) as transaction:
            user = await store.user_by_id(transaction, UserId(asker.subject))
        if user is None:
            raise NotAuthenticated
        return user
