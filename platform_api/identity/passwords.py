"""Hashing passwords (argon2id) beside the event loop: four at once, and a bounded queue (AU-06)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from platform_api.identity.errors import Busy
from platform_api.identity.rules import IdentitySettings

T = TypeVar("T")
AT_ONCE = 4
QUEUE = 60


class Passwords:
    """The one place that hashes and compares passwords."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.password_rounds,
            memory_cost=settings.password_memory_kib,
            parallelism=1,
            type=Type.ID,
        )
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The encoded hash; raises Busy when the queue is full."""
        return await self._in_turn(lambda: self._hasher.hash(password))

    async def matches(self, password: str, encoded: str | None) -> bool:
        """Whether the password fits; takes as long when there is no such account."""
        known = encoded is not None
        fits = await self._in_turn(lambda: self._fits(encoded or self._nobodys, password))
        return known and fits

    def close(self) -> None:
        """Lets the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fits(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= AT_ONCE + QUEUE:
            raise Busy(retry_after_s=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
