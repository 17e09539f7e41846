"""What waits for whom: put and settled by domains, read by people."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.inbox import store
from platform_api.inbox.model import Counts, InboxItemId, InboxState, Item, KeptItem
from platform_api.inbox.rules import check_item, clean_params
from platform_api.inbox.waiting import Waiters
from platform_api.kernel.bus import Bus
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.events import InboxChanged
from platform_api.kernel.ids import UserId, new_id

WAIT_S: Final = 15.0
"""How long a page's question waits; below the 20 s after which the web client gives an answer up."""
MAX_READ_AT_ONCE: Final = 100


class Inbox:
    """The inbox of every user."""

    def __init__(self, *, database: Database, bus: Bus, clock: Clock, wait_s: float = WAIT_S) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._wait_s = wait_s
        self._waiters = Waiters()
        self._unsubscribe = bus.subscribe(InboxChanged, self._wake)

    async def start(self) -> None:
        """Nothing to begin."""

    async def close(self) -> None:
        """Answers all who wait."""
        self._unsubscribe()
        self._waiters.close()

    # For domains, in the transaction of what happened

    async def put(self, transaction: Transaction, item: Item) -> None:
        """Has the item wait for its receiver; an open one of its kind, subject and receiver is renewed."""
        check_item(item)
        kept = replace(item, params=clean_params(item.params))
        await store.put(transaction, InboxItemId(new_id()), kept, self._clock.now())
        receiver = item.receiver
        transaction.after_commit(partial(self._tell, receiver.user, receiver.permission))

    async def done(
        self,
        transaction: Transaction,
        kind: str,
        subject: tuple[str, str],
        *,
        by: str,
        user: UserId | None = None,
    ) -> None:
        """Settles what is open of this kind about `(type, id)`: for all receivers, or for one user."""
        settled = await store.settle(transaction, kind, *subject, by=by, user=user, at=self._clock.now())
        for each, permission in set(settled):
            transaction.after_commit(partial(self._tell, each, permission))

    # For people

    async def items(
        self, asker: Asker, *, state: InboxState, after: tuple[datetime, str] | None, limit: int
    ) -> list[KeptItem]:
        """What waits for the asker, or waited; newest first, one more than asked."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await store.find(
                transaction, asker.subject, _held(asker), state=state, after=after, limit=limit
            )

    async def counts(self, asker: Asker) -> Counts:
        """How many wait for the asker now."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await store.count(transaction, asker.subject, _held(asker))

    async def counts_other_than(self, asker: Asker, known: Counts) -> Counts:
        """The figures as soon as they differ from those the asker knows, or as they are after a while."""
        with self._waiters.entered(asker.subject, asker.permissions) as waiter:
            present = await self.counts(asker)
            if present != known:
                return present
            try:
                async with asyncio.timeout(self._wait_s):
                    await waiter.woken.wait()
            except TimeoutError:
                pass  # another process may have put something: the figures are read once more
        return await self.counts(asker)

    async def mark_read(self, asker: Asker, item: InboxItemId) -> None:
        """The asker has seen it; a notice is done by that. Raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._find(transaction, asker, item)
            await store.mark_read(transaction, [item], self._clock.now())
            transaction.after_commit(partial(self._tell, UserId(asker.subject), None))

    async def mark_unread(self, asker: Asker, item: InboxItemId) -> None:
        """As if the asker had not seen it. Raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            await self._find(transaction, asker, item)
            await store.mark_unread(transaction, item)
            transaction.after_commit(partial(self._tell, UserId(asker.subject), None))

    async def mark_all_read(self, asker: Asker) -> None:
        """The asker has seen the newest hundred."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await store.find(
                transaction,
                asker.subject,
                _held(asker),
                state=InboxState.OPEN,
                after=None,
                limit=MAX_READ_AT_ONCE - 1,
            )
            await store.mark_read(transaction, [each.id for each in found], self._clock.now())
            transaction.after_commit(partial(self._tell, UserId(asker.subject), None))

    async def _find(self, transaction: Transaction, asker: Asker, item: InboxItemId) -> KeptItem:
        found = await store.get(transaction, item)
        if found is None or (found[1] is not None and not asker.holds(found[1])):
            raise NotFound
        return found[0]

    async def _tell(self, user: UserId | None, permission: str | None) -> None:
        await self._bus.publish(InboxChanged(at=self._clock.now(), user=user, permission=permission))

    async def _wake(self, event: InboxChanged) -> None:
        self._waiters.wake(user=event.user, permission=event.permission)


def _held(asker: Asker) -> Sequence[str]:
    return sorted(asker.permissions)
