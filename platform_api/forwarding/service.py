"""Forwarding things into the inboxes of those who may see them."""

from collections.abc import Awaitable, Callable
from typing import Final

from platform_api.audit import AuditTrail, Entry, Who
from platform_api.db import Actor, Database, Transaction, acting_as
from platform_api.forwarding import store
from platform_api.forwarding.model import ForwardGroup, Thing
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, Receiver, to_holders, to_user
from platform_api.kernel.errors import Conflict
from platform_api.kernel.ids import OrganisationId, UserId

HOUSE: Final = Actor(subject="system:forwarding")
Reader = Callable[[Transaction, Asker, str], Awaitable[Thing]]
"""Describes a thing to this asker; raises NotFound for one who may not see it."""


class Forwarding:
    """To a person, or to a group of an organisation; for all others there are share links."""

    def __init__(self, *, database: Database, trail: AuditTrail, inbox: Inbox) -> None:
        self._database = database
        self._trail = trail
        self._inbox = inbox
        self._readers: dict[str, Reader] = {}

    def register(self, kind: str, reader: Reader) -> None:
        """Makes things of this kind open to forwarding."""
        self._readers[kind] = reader

    async def describe(self, transaction: Transaction, asker: Asker, kind: str, thing: str) -> Thing:
        """A thing for what stands below it; raises NotFound."""
        return await self._readers[kind](transaction, asker, thing)

    async def to_user(self, asker: Asker, kind: str, thing: str, user: UserId, *, address: str) -> None:
        """Into the inbox of somebody who may see it; raises Conflict for one who may not."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self.describe(transaction, asker, kind, thing)
            if user not in await found.audience(transaction, [user]):
                raise Conflict(f"{found.word}.cannot_see")
            await self._put(transaction, asker, found, to_user(user))
            self._note(transaction, asker, found, "user", address)

    async def to_group(
        self,
        asker: Asker,
        kind: str,
        thing: str,
        organisation: OrganisationId,
        group: ForwardGroup,
        *,
        address: str,
    ) -> None:
        """Into the inboxes of all or some at an organisation that may see it; raises Conflict."""
        async with self._database.transaction(asker.actor()) as transaction:
            found = await self.describe(transaction, asker, kind, thing)
            async with acting_as(transaction, HOUSE.subject):
                there = await store.is_there(transaction, organisation)
            if not there or not await found.seen_at(transaction, organisation, group):
                raise Conflict(f"{found.word}.cannot_see")
            await self._put(transaction, asker, found, to_holders(found.permissions[group], organisation))
            self._note(transaction, asker, found, group.value, address)

    # Inside

    async def _put(self, transaction: Transaction, asker: Asker, thing: Thing, receiver: Receiver) -> None:
        await self._inbox.put(
            transaction,
            Item(
                kind=f"{thing.word}.forwarded",
                subject_type=thing.kind,
                subject=thing.id,
                receiver=receiver,
                title=f"{thing.word}.inbox.forwarded",
                params={"name": asker.name, "title": thing.title},
                link=thing.link,
                nature=Nature.NOTICE,
            ),
        )

    def _note(self, transaction: Transaction, asker: Asker, thing: Thing, to: str, address: str) -> None:
        entry = Entry(
            tag=thing.tag,
            who=Who.of(asker, address),
            target_kind=thing.kind,
            target=thing.id,
            details={"organisation": thing.organisation, "to": to},
        )
        self._trail.note(transaction, entry)
