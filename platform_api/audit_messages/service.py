"""Has the trail delivered, entry by entry in its order, to the receiver that the settings name."""

import asyncio
import socket
from contextlib import suppress
from typing import Final

from platform_api.audit import AuditTrail
from platform_api.audit_messages import store
from platform_api.audit_messages.model import Delivery, SyslogSettings
from platform_api.audit_messages.rules import frame
from platform_api.audit_messages.sender import NotDelivered, deliver
from platform_api.db import Actor, Database
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

HOUSE: Final = Actor(subject="system:audit_messages")


class AuditMessages:
    """The trail is the spool: what has not been confirmed is read from it again."""

    def __init__(
        self, *, database: Database, trail: AuditTrail, clock: Clock, settings: SyslogSettings
    ) -> None:
        self._database = database
        self._trail = trail
        self._clock = clock
        self._settings = settings
        self._host = socket.gethostname()
        self._grown = asyncio.Event()
        self._tasks = TaskOwner("audit_messages")
        self._log = get_logger("audit_messages")
        self._deaf = trail.on_growth(self._grown.set)

    @property
    def is_on(self) -> bool:
        """Whether the settings name a receiver."""
        return bool(self._settings.host)

    async def start(self) -> None:
        """Begins to deliver, if there is a receiver."""
        if self.is_on:
            self._tasks.spawn(self._follow(), name="deliver")

    async def close(self) -> None:
        """Delivers no more; what was under way is delivered again at the next start."""
        self._deaf()
        await self._tasks.close()

    async def state(self) -> Delivery | None:
        """How far the receiver is; None without one."""
        if not self.is_on:
            return None
        receiver = self._settings.receiver
        async with self._database.transaction(HOUSE) as transaction:
            number, delivered_at, failed_at, failure = await store.state(transaction, receiver)
        return Delivery(
            receiver=receiver,
            number=number,
            waiting=await self._trail.newest() - number,
            delivered_at=delivered_at,
            failed_at=failed_at,
            failure=failure,
        )

    async def deliver_batch(self) -> int:
        """How many entries the receiver has read now, of those behind its place; raises NotDelivered."""
        receiver = self._settings.receiver
        async with self._database.transaction(HOUSE) as transaction:
            place = await store.place(transaction, receiver)
        entries = await self._trail.following(place, self._settings.batch)
        if entries:
            frames = [frame(kept, self._settings, self._host) for kept in entries]
            await asyncio.to_thread(deliver, frames, self._settings)
            async with self._database.transaction(HOUSE) as transaction:
                await store.delivered(transaction, receiver, entries[-1].number, self._clock.now())
        return len(entries)

    async def _follow(self) -> None:
        while True:
            self._grown.clear()
            try:
                sent = await self.deliver_batch()
            except NotDelivered as error:
                await self._failed(str(error))
                continue
            except Unavailable:
                self._log.warning("audit_messages.wait", why="database")
                sent = 0
            if sent < self._settings.batch:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._grown.wait(), self._settings.retry_s)

    async def _failed(self, failure: str) -> None:
        self._log.warning("audit_messages.not_delivered", failure=failure)
        with suppress(Unavailable):
            async with self._database.transaction(HOUSE) as transaction:
                await store.failed(transaction, self._settings.receiver, failure, self._clock.now())
        await asyncio.sleep(self._settings.retry_s)
