"""Signing in by a code to the telephone (AU-04, PR-03)."""

import hmac
import secrets
from datetime import timedelta
from typing import Final

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.identity.contacts import PHONE, Contacts
from platform_api.identity.errors import AccountDisabled, AddressTried
from platform_api.identity.login_store import patient_by_id
from platform_api.identity.logins import Logins
from platform_api.identity.model import Patient, Tokens
from platform_api.identity.proof import SYSTEM, Proofs
from platform_api.identity.rules import PER_ADDRESS, AttemptLimit
from platform_api.identity.visitor import Visitor
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import AppError, NotAuthenticated
from platform_api.kernel.ids import new_id
from platform_api.notify import Messages, Sms
from platform_api.patients import store
from platform_api.patients.errors import CodeOver, CodeWrong, TooManyCodes
from platform_api.patients.store import KeptCode

CODE_LIFE: Final = timedelta(minutes=5)
MOST_TRIES: Final = 5
PER_NUMBER: Final = (AttemptLimit(1, timedelta(minutes=1)), AttemptLimit(10, timedelta(days=1)))
ASKED_PER_ADDRESS: Final = AttemptLimit(20, timedelta(hours=1))
TEMPLATE: Final = "login_code"
PATIENT: Final = "patient_phone"


class PhoneLogin:
    """Codes by short message; whether a number has an account is never told before its code was right."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        messages: Messages,
        contacts: Contacts,
        proofs: Proofs,
        logins: Logins,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._messages = messages
        self._contacts = contacts
        self._proofs = proofs
        self._logins = logins

    async def ask(self, phone: str, visitor: Visitor) -> str:
        """Sends a code to the number; gives the id by which it is redeemed.

        Raises TooManyCodes, or Unavailable where no message can be sent.
        """
        lookup = self._contacts.find_by(phone, kind=PHONE)
        await self._proofs.count(f"sms:{visitor.address}", ASKED_PER_ADDRESS, TooManyCodes)
        for at, limit in enumerate(PER_NUMBER):
            await self._proofs.count(f"sms{at}:{lookup.hex()}", limit, TooManyCodes)
        code, code_id = f"{secrets.randbelow(10**6):06d}", new_id()
        kept = KeptCode(
            id=code_id,
            phone_sealed=self._contacts.seal(phone, kind=PHONE, owner=code_id).sealed,
            phone_lookup=lookup,
            code_hash=self._hash(code_id, code),
        )
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as transaction:
            await store.add_code(transaction, kept, now, now + CODE_LIFE)
        minutes = str(int(CODE_LIFE.total_seconds()) // 60)
        await self._messages.send(
            Sms(phone=phone, template=TEMPLATE, params={"code": code, "minutes": minutes})
        )
        return code_id

    async def redeem(self, code_id: str, code: str, visitor: Visitor) -> Tokens:
        """Signs the holder of the telephone in, and makes the account at the first time.

        Each try is counted before it is judged. Raises CodeWrong, CodeOver, AccountDisabled or AddressTried.
        """
        key = f"address:{visitor.address}"
        counted_at = await self._proofs.count(key, PER_ADDRESS, AddressTried)
        try:
            kept = await self._judge(code_id, code)
            async with self._database.transaction(SYSTEM) as transaction:
                if not await store.use_code(transaction, kept.id, self._clock.now()):
                    raise CodeOver
                patient = await self._account(transaction, kept)
                if patient.disabled:
                    raise AccountDisabled
                tokens = await self._logins.welcome_patient(transaction, patient, visitor)
        except AppError as error:
            await self._record_failure(error.code, visitor)
            raise
        await self._proofs.forgive_one(key, counted_at)
        return tokens

    async def phone_of(self, asker: Asker) -> str:
        """The asker's own number; raises NotAuthenticated."""
        async with self._database.transaction(asker.actor()) as transaction:
            patient = await patient_by_id(transaction, asker.subject)
        if patient is None:
            raise NotAuthenticated
        return self._contacts.open(patient.phone_sealed, kind=PATIENT, owner=patient.id)

    async def _judge(self, code_id: str, code: str) -> KeptCode:
        async with self._database.transaction(SYSTEM) as transaction:
            kept = await store.count_try(transaction, code_id, MOST_TRIES, self._clock.now())
        if kept is None:
            raise CodeOver
        if not hmac.compare_digest(kept.code_hash, self._hash(code_id, code)):
            raise CodeWrong
        return kept

    async def _account(self, transaction: Transaction, kept: KeptCode) -> Patient:
        found = await store.account_of_phone(transaction, kept.phone_lookup)
        if found is not None:
            return found
        phone = self._contacts.open(kept.phone_sealed, kind=PHONE, owner=kept.id)
        patient_id = new_id()
        sealed = self._contacts.seal(phone, kind=PATIENT, owner=patient_id).sealed
        made = Patient(id=patient_id, phone_sealed=sealed, disabled=False)
        await store.add_account(transaction, made, kept.phone_lookup, self._clock.now())
        return await store.account_of_phone(transaction, kept.phone_lookup) or made

    def _hash(self, code_id: str, code: str) -> bytes:
        """How six digits are kept: under a key outside the database, bound to their id."""
        return self._contacts.find_by(f"{code_id}:{code}", kind="phone_code")

    async def _record_failure(self, code: str, visitor: Visitor) -> None:
        entry = Entry(
            tag=Tag.LOGIN,
            who=Who(subject="", name="", organisation=None, address=visitor.address),
            target_kind="login",
            target="",
            outcome=Outcome.FAILED,
            details={"code": code, "method": "phone"},
        )
        await self._trail.record(entry)
