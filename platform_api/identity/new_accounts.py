"""Accounts made for people who then set the password themselves, by an activation that serves once."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pypinyin import lazy_pinyin

from platform_api.db import Transaction, acting_as
from platform_api.identity import store
from platform_api.identity.model import User, UserRole
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import IdentitySettings, new_url_code, secret_hash
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.ids import OrganisationId, UserId, new_id

LONGEST_STEM: Final = 40
FALLBACK: Final = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDraft:
    """Whom an account is for. Without a user name one is made of the name."""

    organisation: OrganisationId
    name: str
    roles: frozenset[UserRole]
    title: str = ""
    speciality: str = ""
    locale: str = "zh-CN"
    username: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAccount:
    """A new account and its activation, known to whoever is handed it alone."""

    user: User
    activation: Secret
    expires_at: datetime


class NewAccounts:
    """Makes accounts inside the transaction of whoever decided it."""

    def __init__(self, clock: Clock, settings: IdentitySettings) -> None:
        self._clock = clock
        self._settings = settings

    async def make(self, transaction: Transaction, draft: AccountDraft) -> MadeAccount:
        """A new account without a password; raises UniqueBroken if its user name is taken."""
        user = User(
            id=UserId(new_id()),
            organisation=draft.organisation,
            organisation_name="",
            username=draft.username or await free_username(transaction, draft.name),
            name=draft.name,
            title=draft.title,
            speciality=draft.speciality,
            locale=draft.locale,
            roles=draft.roles,
            password_hash=None,
            must_change_password=True,
            totp_sealed=None,
            totp_confirmed=False,
            disabled=False,
        )
        await store.add_user(transaction, user, self._clock.now())
        activation, expires_at = await self.activation(transaction, user.id)
        return MadeAccount(user=user, activation=activation, expires_at=expires_at)

    async def activation(self, transaction: Transaction, user: UserId) -> tuple[Secret, datetime]:
        """A new activation in place of the one handed out before."""
        token = new_url_code()
        expires_at = self._clock.now() + timedelta(days=self._settings.activation_days)
        await store.set_activation(transaction, user, secret_hash(token), expires_at)
        return Secret(token), expires_at


def username_stem(name: str) -> str:
    """The name in Latin letters: `wangjianguo` for 王建国."""
    latin = "".join(lazy_pinyin(name)).lower()
    return re.sub(r"[^a-z0-9]", "", latin)[:LONGEST_STEM] or FALLBACK


async def free_username(transaction: Transaction, name: str) -> str:
    """A user name for this name that nobody has: with a number behind it where others are called so."""
    stem = username_stem(name)
    stem = stem if len(stem) > 1 else stem + FALLBACK
    async with acting_as(transaction, SYSTEM.subject):  # names are taken by accounts of all organisations
        taken = await store.usernames_from(transaction, stem)
    numbered = (f"{stem}{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(each for each in numbered if each not in taken)
