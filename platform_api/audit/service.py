"""Writing and reading the trail."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from platform_api.audit import store
from platform_api.audit.anchor import AnchorFile, AnchorLost, Head
from platform_api.audit.model import Entry, KeptEntry, Outcome, Tag, Verdict, Who
from platform_api.audit.rules import FIRST_HASH, entry_hash, to_milliseconds
from platform_api.db import Actor, Database, Transaction
from platform_api.kernel.clock import Clock
from platform_api.kernel.digests import digest_of
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

BATCH = 1000
MONTHS_AHEAD = 3
LOOK_S = 10.0
"""How often it is looked whether the anchor lies under the master key in use, if nothing was added here."""
SYSTEM = Actor(subject="system:audit")
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
        self._taken_up: tuple[str, str] | None = None
        self._grown = asyncio.Event()
        self._hearers: dict[Callable[[], None], None] = {}
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
            await store.append(transaction, entry, at, self._anchor.digest)

        async def tell() -> None:
            self._grown.set()
            for hear in tuple(self._hearers):
                hear()

        transaction.before_commit(write)
        transaction.after_commit(tell)

    async def record(self, entry: Entry) -> None:
        """Writes an entry by itself, before it returns: for refusals and for what changes no other row."""
        async with self._database.transaction() as transaction:
            self.note(transaction, entry)

    async def find(self, wanted: store.Filter) -> list[KeptEntry]:
        """Entries that the reader's organisation may see, newest first."""
        reader = Actor(subject="reader", organisation=wanted.reader_organisation)
        async with self._database.transaction(reader) as transaction:
            return await store.find(transaction, wanted)

    async def verify(self) -> Verdict:
        """Recomputes the whole chain and holds it against its anchor.

        Names the first entry that was altered, added or is missing, at the end too.
        """
        async with self._database.transaction(SYSTEM) as transaction:
            newest, _ = await store.newest(transaction)
        try:
            anchor: Head | None = await self._anchor.read()
        except AnchorLost:
            anchor = None
        try:
            end = await self._walk(EMPTY, anchor or EMPTY)
        except ChainBroken as broken:
            return Verdict(checked=broken.checked, broken_number=broken.number)
        short = anchor is None or end.number < newest
        return Verdict(checked=end.number, broken_number=end.number + 1 if short else None)

    async def look_further(self, place: Head, limit: int = BATCH) -> Head:
        """Recomputes so many entries behind a place, and gives the next place: the first again at the end.

        Raises ChainBroken.
        """
        async with self._database.transaction(SYSTEM) as transaction:
            links = await store.read_links(transaction, place.number, limit)
        end = checked(place, links)
        return end if len(links) == limit else EMPTY

    async def look_at_end(self, count: int) -> None:
        """Recomputes the newest entries; raises ChainBroken."""
        newest = await self.newest()
        if newest == 0:
            return
        begin = await self._before(Head(max(newest - count, 0) + 1, b""))
        async with self._database.transaction(SYSTEM) as transaction:
            end = checked(begin, await store.read_links(transaction, begin.number, count + BATCH))
        if end.number < newest:
            raise ChainBroken(end.number + 1, end.number)

    async def following(self, number: int, limit: int) -> list[KeptEntry]:
        """The entries behind a number, oldest first, of all organisations: for the house's own work."""
        async with self._database.transaction(SYSTEM) as transaction:
            return [link.kept for link in await store.read_links(transaction, number, limit)]

    async def about(self, subject: str, before: int | None, limit: int) -> list[KeptEntry]:
        """What others did with a person's own record, or saw of it; newest first. For that person alone."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await store.about(transaction, subject, before, limit)

    async def since(self, moment: datetime, *, actor: str | None = None) -> list[KeptEntry]:
        """All entries from a moment on, oldest first, of all organisations or of one actor alone."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await store.since(transaction, moment, actor)

    async def newest(self) -> int:
        """The number of the newest entry; 0 while there is none."""
        async with self._database.transaction(SYSTEM) as transaction:
            return (await store.newest(transaction))[0]

    async def make_months(self, ahead: int = MONTHS_AHEAD) -> int:
        """Has the table a part for this month and so many more; how many were made now."""
        async with self._database.transaction(SYSTEM) as transaction:
            return await store.make_months(transaction, self._clock.now(), ahead + 1)

    def on_growth(self, hear: Callable[[], None]) -> Callable[[], object]:
        """Has `hear` called after each commit here that grew the trail; gives the call that ends it."""
        self._hearers[hear] = None
        return partial(self._hearers.pop, hear, None)

    async def settle(self) -> None:
        """Moves the anchor to the newest entry; not one step if what it vouched for is no longer there."""
        async with self._moving:
            self._grown.clear()
            if self._head is None:
                return
            try:
                end = await self._walk(await self._before(self._head), self._head)
                if not await self._anchor.is_current() and await self._take_up():
                    end = await self._walk(end, end)
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
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._grown.wait()
            if self._grown.is_set() or not await self._anchor.is_current():
                await self.settle()

    async def _take_up(self) -> bool:
        """Says in the trail, once, that another master key is in use; the anchor comes under it next."""
        seal = self._anchor.seal_in_use
        if seal == self._taken_up:
            return False
        self._taken_up = seal
        key, cipher = seal
        await self.record(
            Entry(tag=Tag.KEY_TAKEN_UP, who=HOUSE, target_kind="key", target=key, details={"cipher": cipher})
        )
        return True

    async def _begin_anchor(self) -> None:
        """An anchor for the trail as it is; if it holds entries already, somebody must see that."""
        self._head = EMPTY
        await self._anchor.write(EMPTY)
        async with self._database.transaction(SYSTEM) as transaction:
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
        async with self._database.transaction(SYSTEM) as transaction:
            links = await store.read_links(transaction, head.number - 1, 1)
        if not links or links[0].kept.number != head.number:
            raise ChainBroken(head.number, head.number - 1)
        return Head(head.number - 1, links[0].previous)

    async def _walk(self, begin: Head, anchor: Head) -> Head:
        """The end of the chain that follows an entry; raises ChainBroken, also before the anchor's number."""
        end = begin
        while True:
            async with self._database.transaction(SYSTEM) as transaction:
                links = await store.read_links(transaction, end.number, BATCH)
            end = checked(end, links, anchor)
            if len(links) < BATCH:
                break
        if end.number < anchor.number:
            raise ChainBroken(end.number + 1, end.number)
        return end


def checked(begin: Head, links: Sequence[store.Link], anchor: Head = EMPTY) -> Head:
    """The last of the links that follow a place; raises ChainBroken for the first that does not fit."""
    end = begin
    for link in links:
        whole = (
            link.kept.number == end.number + 1
            and link.previous == end.hash
            and link.hash == entry_hash(link.kept, end.hash, digest_of(link.hash))
            and (link.kept.number != anchor.number or link.hash == anchor.hash)
        )
        if not whole:
            raise ChainBroken(end.number + 1, end.number)
        end = Head(link.kept.number, link.hash)
    return end
