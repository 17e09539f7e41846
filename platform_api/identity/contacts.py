"""How to reach a user: the one door to telephone and identity numbers, which are sealed at rest (PR-03)."""

from dataclasses import dataclass

from platform_api.db import Transaction
from platform_api.identity import contact_store
from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import UserId
from platform_api.kernel.lookup import Lookup
from platform_api.kernel.sealing import Sealer

PHONE = "phone"
DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A user's numbers, empty where they are not known."""

    phone: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedNumber:
    """A number as the database keeps it."""

    sealed: bytes
    lookup: bytes


class Contacts:
    """Seals, opens and finds numbers; who may ask is decided by the caller and the row rules."""

    def __init__(self, clock: Clock, sealer: Sealer, lookup: Lookup) -> None:
        self._clock = clock
        self._sealer = sealer
        self._lookup = lookup

    def seal(self, number: str, *, kind: str, owner: str) -> SealedNumber:
        """The number sealed for this owner, and what it is found by."""
        sealed = self._sealer.seal(number.encode(), context=f"{kind}:{owner}")
        return SealedNumber(sealed=sealed, lookup=self.find_by(number, kind=kind))

    def open(self, sealed: bytes, *, kind: str, owner: str) -> str:
        """The number; raises SealBroken if it was sealed for somebody else."""
        return self._sealer.open(sealed, context=f"{kind}:{owner}").decode()

    def find_by(self, number: str, *, kind: str) -> bytes:
        """What an index holds of this number."""
        return self._lookup.of(number, context=kind)

    async def keep(self, transaction: Transaction, user: UserId, contact: Contact) -> None:
        """Keeps a user's numbers; raises UniqueBroken if another user has the identity number."""
        phone = self.seal(contact.phone, kind=PHONE, owner=user) if contact.phone else None
        document = self.seal(contact.document, kind=DOCUMENT, owner=user) if contact.document else None
        await contact_store.keep(transaction, user, phone, document, self._clock.now())

    async def of(self, transaction: Transaction, user: UserId) -> Contact:
        """A user's numbers, as far as the transaction may see them."""
        phone, document = await contact_store.of(transaction, user)
        return Contact(
            phone=self.open(phone, kind=PHONE, owner=user) if phone else "",
            document=self.open(document, kind=DOCUMENT, owner=user) if document else "",
        )

    async def documents_known(self, transaction: Transaction, documents: list[str]) -> set[str]:
        """Those of the identity numbers that a user has already."""
        by_lookup = {self.find_by(number, kind=DOCUMENT): number for number in documents}
        found = await contact_store.documents_known(transaction, list(by_lookup))
        return {by_lookup[lookup] for lookup in found}
