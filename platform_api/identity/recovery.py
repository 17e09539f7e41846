"""Recovery codes: ten, each once, for whoever lost the second factor."""

import re
import secrets
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database
from platform_api.http import Asker
from platform_api.identity import passkey_store
from platform_api.identity.errors import RecoveryInvalid
from platform_api.identity.model import User
from platform_api.identity.notices import recovery_used
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.rules import ONE_TIME_ALPHABET
from platform_api.identity.visitor import Visitor
from platform_api.inbox import Inbox
from platform_api.kernel.clock import Clock
from platform_api.kernel.config import Secret
from platform_api.kernel.ids import UserId
from platform_api.kernel.lookup import Lookup

CODES: Final = 10
CODE_LENGTH: Final = 12
"""Characters of a code: 59 bits, and only who holds the key outside the database could try them offline."""
GROUP: Final = 4


class RecoveryCodes:
    """Made on demand, shown once, kept as HMAC."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        proofs: Proofs,
        lookup: Lookup,
        inbox: Inbox,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._proofs = proofs
        self._lookup = lookup
        self._inbox = inbox

    async def left(self, asker: Asker) -> int:
        """How many codes of the asker still open."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await passkey_store.codes_left(transaction, UserId(asker.subject))

    async def make(self, asker: Asker, password: str, visitor: Visitor) -> list[Secret]:
        """New codes in place of the old, shown this once; raises PasswordWrong, Locked or Busy."""
        user = await self._proofs.by_password(asker, password)
        codes = [new_recovery_code() for _ in range(CODES)]
        async with self._database.transaction(asker.actor()) as transaction:
            await passkey_store.replace_codes(
                transaction, user.id, [self._hash(user.id, code) for code in codes]
            )
            entry = Entry(
                tag=Tag.CREDENTIALS_CHANGED,
                who=Who.of(asker, visitor.address),
                target_kind="user",
                target=user.id,
                details={"what": "recovery_codes"},
            )
            self._trail.note(transaction, entry)
        return [Secret(code) for code in codes]

    async def use(self, user: User, typed: str, visitor: Visitor) -> None:
        """Takes a code in place of the second factor, once, whoever else tries; raises RecoveryInvalid."""
        code_hash = self._hash(user.id, typed)
        async with self._database.transaction(SYSTEM) as transaction:
            if not await passkey_store.use_code(transaction, user.id, code_hash, self._clock.now()):
                raise RecoveryInvalid
            left = await passkey_store.codes_left(transaction, user.id)
            who = Who(
                subject=user.id, name=user.name, organisation=user.organisation, address=visitor.address
            )
            entry = Entry(
                tag=Tag.CREDENTIALS_CHANGED,
                who=who,
                target_kind="user",
                target=user.id,
                details={"what": "recovery_code_used", "left": left},
            )
            self._trail.note(transaction, entry)
            await self._inbox.put(transaction, recovery_used(user, visitor.address, left))

    def _hash(self, user: UserId, code: str) -> bytes:
        return self._lookup.of(plain_code(code), context=f"recovery:{user}")


def new_recovery_code() -> str:
    """Twelve characters in three groups, without those that look alike."""
    text = "".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(text[at : at + GROUP] for at in range(0, CODE_LENGTH, GROUP))


def plain_code(typed: str) -> str:
    """The code without what people put between."""
    return re.sub(r"[\s-]", "", typed).lower()
