"""Writing and reading the trail."""

from platform_api.audit import store
from platform_api.audit.model import Entry, KeptEntry, Verdict
from platform_api.audit.rules import FIRST_HASH, entry_hash, to_milliseconds
from platform_api.db import Database, Transaction
from platform_api.kernel.clock import Clock

BATCH = 1000


class AuditTrail:
    """The trail: it only grows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(self, transaction: Transaction, entry: Entry) -> None:
        """Has the entry written as the last thing of the transaction: kept with it or not at all."""
        at = to_milliseconds(self._clock.now())

        async def write() -> None:
            await store.append(transaction, entry, at)

        transaction.before_commit(write)

    async def record(self, entry: Entry) -> None:
        """Writes an entry by itself, before it returns: for refusals and for what changes no other row."""
        async with self._database.transaction() as transaction:
            self.note(transaction, entry)

    async def find(self, wanted: store.Filter) -> list[KeptEntry]:
        """Entries that the reader's organisation may see, newest first."""
        async with self._database.transaction() as transaction:
            return await store.find(transaction, wanted)

    async def verify(self) -> Verdict:
        """Recomputes the whole chain; names the first entry that was altered, added or is missing."""
        checked, number, previous = 0, 0, FIRST_HASH
        while True:
            async with self._database.transaction() as transaction:
                links = await store.read_links(transaction, number, BATCH)
            for link in links:
                whole = (
                    link.kept.number == number + 1
                    and link.previous == previous
                    and link.hash == entry_hash(link.kept, previous)
                )
                if not whole:
                    return Verdict(checked=checked, broken_number=number + 1)
                checked, number, previous = checked + 1, link.kept.number, link.hash
            if len(links) < BATCH:
                return Verdict(checked=checked, broken_number=None)
