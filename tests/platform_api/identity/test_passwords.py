"""Hashing passwords: four at once, a bounded queue, and never on the event loop."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from platform_api.identity.errors import Busy
from platform_api.identity.passwords import AT_ONCE, QUEUE, Passwords
from platform_api.identity.rules import IdentitySettings

FAST = IdentitySettings(password_memory_kib=64, password_rounds=1)


class Meter:
    """Stands in for the hashing itself: says how many are at it at once, and holds them until let go."""

    def __init__(self) -> None:
        self.most = 0
        self.let_go = threading.Event()
        self.full = threading.Event()
        self._now = 0
        self._lock = threading.Lock()

    def fits(self, encoded: str, password: str) -> bool:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == AT_ONCE:
                self.full.set()
        assert self.let_go.wait(30)
        with self._lock:
            self._now -= 1
        return False


async def test_AU_06_of_a_hundred_logins_at_once_four_are_hashed_and_the_queue_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords, meter = Passwords(FAST), Meter()
    monkeypatch.setattr(passwords, "_fits", meter.fits)

    asked = [asyncio.ensure_future(passwords.matches("wrong", "x")) for _ in range(100)]
    with ThreadPoolExecutor(1) as waiting:
        await asyncio.get_running_loop().run_in_executor(waiting, meter.full.wait, 30)
    meter.let_go.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    passwords.close()

    assert meter.most == AT_ONCE == 4
    assert sum(isinstance(answer, Busy) for answer in answers) == 100 - AT_ONCE - QUEUE
    assert sum(answer is False for answer in answers) == AT_ONCE + QUEUE


async def test_a_password_fits_its_own_hash_alone() -> None:
    passwords = Passwords(FAST)
    encoded = await passwords.hash("一个相当长的密码喔")

    fits = [
        await passwords.matches(*tried)
        for tried in (
            ("一个相当长的密码喔", encoded),
            ("另一个相当长的密码", encoded),
            ("一个相当长的密码喔", None),
            ("一个相当长的密码喔", "garbled"),
        )
    ]
    passwords.close()

    assert encoded.startswith("$argon2id$")
    assert fits == [True, False, False, False]
