"""Writing and reading the trail."""

import asyncio

from platform_api.audit import store
from platform_api.audit.anchor import AnchorFile, AnchorLost, Head
from platform_api.audit.model import Entry, KeptEntry, Outcome, Tag, Verdict, Who
from platform_api.audit.rules import FIRST_HASH, entry_hash, to_milliseconds
from platform_api.db import Database, Transaction
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

BATCH = 1000
EMPTY = Head(0, FIRST_HASH)
HOUSE = Who(subject="system:audit", name="", organisation=None, address="")


class ChainBroken(Exception):
    """What the anchor vouches for is not what the database holds; `number` is the first wrong entry."""

    def __init__(self, number: int, checked: int) -> None:
        super().__init__(number)
        self.number = number
        self.checked = checked


class AuditTrail:
    """The trail: it only grows. Its anchor follows from `start` to `close`."""

    def __init__(self, database: Database, clock: Clock, anchor: AnchorFile) -> None:
        self._database = database
        self._clock = clock
        self._anchor = anchor
        self._head: Head | None = None
        self._grown = asyncio.Event()
        self._moving = asyncio.Lock()
        self._tasks = TaskOwner("audit")
        self._log = get_logger("audit")

    async def start(self) -> None:
        """Takes up the anchor; one that is lost is made anew, and that stands in the trail for good."""
        try:
            self._head = await self._anchor.read()
        except AnchorLost:
            await self._begin_anchor()
        await self.settle()
        self._tasks.spawn(self._follow(), name="anchor")

    async def close(self) -> None:
        """Moves the anchor to the end."""
        await self._tasks.close()
        await self.settle()

    def note(self, transaction: Transaction, entry: Entry) -> None:
        """Has the entry written as the last thing of the transaction: kept with it or not at all."""
        at = to_milliseconds(self._clock.now())

        async def write() -> None:
            await store.append(transaction, entry, at)

        async def tell() -> None:
            self._grown.set()

        transaction.before_commit(write)
        transaction.after_commit(tell)

    async def record(self, entry: Entry) -> None:
        """Writes an entry by itself, before it returns: for refusals and for what changes no other row."""
        async with self._database.transaction() as transaction:
            self.note(transaction, entry)

    async def find(self, wanted: store.Filter) -> list[KeptEntry]:
        """Entries that the reader's organisation may see, newest first."""
        async with self._database.transaction() as transaction:
            return await store.find(transaction, wanted)

    async def verify(self) -> Verdict:
        """Recomputes the whole chain and holds it against its anchor.

        Names the first entry that was altered, added or is missing, at the end too.
        """
        try:
            anchor: Head | None = await self._anchor.read()
        except AnchorLost:
            anchor = None
        try:
            end = await self._walk(EMPTY, anchor or EMPTY)
        except ChainBroken as broken:
            return Verdict(checked=broken.checked, broken_number=broken.number)
        return Verdict(checked=end.number, broken_number=None if anchor else end.number + 1)

    async def settle(self) -> None:
        """Moves the anchor to the newest entry; not one step if what it vouched for is no longer there."""
        async with self._moving:
            self._grown.clear()
            if self._head is None:
                return
            try:
                end = await self._walk(await self._before(self._head), self._head)
                if end != self._head:
                    await self._anchor.write(end)
                    self._head = end
            except ChainBroken as broken:
                self._log.error("audit.chain_broken", number=broken.number)
            except Unavailable:
                self._log.warning("audit.anchor_waits", why="database")
            except OSError as error:
                self._log.error("audit.anchor_unwritten", error_type=type(error).__name__)

    async def _follow(self) -> None:
        while True:
            await self._grown.wait()
            await self.settle()

    async def _begin_anchor(self) -> None:
        """An anchor for the trail as it is; if it holds entries already, somebody must see that."""
        self._head = EMPTY
        await self._anchor.write(EMPTY)
        async with self._database.transaction() as transaction:
            links = await store.read_links(transaction, 0, 1)
        if links:
            self._log.error("audit.anchor_lost")
            await self.record(
                Entry(tag=Tag.ANCHOR_LOST, who=HOUSE, target_kind="audit", target="", outcome=Outcome.FAILED)
            )

    async def _before(self, head: Head) -> Head:
        """The entry before this one, so that this one is looked at again; itself if it is gone."""
        if head.number == 0:
            return EMPTY
        async with self._database.transaction() as transaction:
            links = await store.read_links(transaction, head.number - 1, 1)
        if not links or links[0].kept.number != head.number:
            raise ChainBroken(head.number, head.number - 1)
        return Head(head.number - 1, links[0].previous)

    async def _walk(self, begin: Head, anchor: Head) -> Head:
        """The end of the chain that follows an entry; raises ChainBroken, also before the anchor's number."""
        checked = begin
        while True:
            async with self._database.transaction() as transaction:
                links = await store.read_links(transaction, checked.number, BATCH)
            for link in links:
                whole = (
                    link.kept.number == checked.number + 1
                    and link.previous == checked.hash
                    and link.hash == entry_hash(link.kept, checked.hash)
                    and (link.kept.number != anchor.number or link.hash == anchor.hash)
                )
                if not whole:
                    raise ChainBroken(checked.number + 1, checked.number)
                checked = Head(link.kept.number, link.hash)
            if len(links) < BATCH:
                break
        if checked.number < anchor.number:
            raise ChainBroken(checked.number + 1, checked.number)
        return checked
