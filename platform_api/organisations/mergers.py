"""Two organisations become one: the first stays as history, all else goes on under the second."""

from collections.abc import Sequence
from datetime import datetime

from platform_api.audit import AuditTrail
from platform_api.db import Database, Transaction
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import OrganisationId
from platform_api.organisations import store
from platform_api.organisations.errors import BelowItself, IsClosed, NotAlike
from platform_api.organisations.model import ChangeKind, MergeForecast, Node
from platform_api.organisations.record import Recorder, held, held_below
from platform_api.organisations.rules import draft_of, place_of


class Mergers:
    """Foretells a merger and does it."""

    def __init__(self, database: Database, clock: Clock, trail: AuditTrail) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail

    async def forecast(self, asker: Asker, source: OrganisationId, target: OrganisationId) -> MergeForecast:
        """What would go on under the other; raises what the merger itself would."""
        async with self._database.transaction(asker.actor()) as transaction:
            one, other = await self._mergeable(transaction, asker, source, target)
            below = await store.names_below(transaction, one.id)
            there = set(await store.names_below(transaction, other.id))
            return MergeForecast(
                source=one,
                target=other,
                holdings=await store.holdings(transaction, one.id),
                children=tuple(below),
                codes=await store.codes(transaction, one.id),
                same_names=tuple(name for name in below if name in there),
            )

    async def merge(
        self,
        asker: Asker,
        source: OrganisationId,
        target: OrganisationId,
        *,
        reason: str,
        address: str,
    ) -> Node:
        """Gives the organisation that goes on; raises NotFound, OwnNode, BelowItself, NotAlike, IsClosed."""
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            await store.hold_tree(transaction)
            one, other = await self._mergeable(transaction, asker, source, target)
            old = await store.kind_and_name(transaction, one.parent)
            lifted = await store.lift_children(transaction, one.id, other.id)
            await store.point_on(transaction, one.id, other.id)
            if one.parent != other.id:
                await store.move(transaction, one.id, other.id)
            await store.set_closed(transaction, one.id, now, merged_into=other.id)
            await store.hand_over_codes(transaction, one.id, other.id)
            codes = await store.codes(transaction, other.id)
            await store.index_words(transaction, other.id, draft_of(other, codes))
            await store.index_words(transaction, one.id, draft_of(one, ()))
            stayed = await store.hand_over(transaction, one.id, other.id)
            recorder = Recorder(self._trail, transaction, asker, address)
            parent = place_of(one.parent, old[1] if old else None)
            await recorder.write(
                one.id,
                ChangeKind.MERGED,
                now,
                before=parent,
                after={"into": other.id, "into_name": other.name, "stayed": list(stayed)},
                reason=reason,
            )
            await self._write_other_side(recorder, one, other, lifted, now, reason)
            kept = await store.node(transaction, other.id, other.id)
            return kept if kept is not None else other

    async def _write_other_side(
        self,
        recorder: Recorder,
        one: Node,
        other: Node,
        lifted: Sequence[OrganisationId],
        now: datetime,
        reason: str,
    ) -> None:
        taken = {"from": one.id, "from_name": one.name}
        await recorder.write(other.id, ChangeKind.ABSORBED, now, before={}, after=taken, reason=reason)
        before, after = place_of(one.id, one.name), place_of(other.id, other.name)
        for each in lifted:
            await recorder.write(each, ChangeKind.MOVED, now, before=before, after=after, reason=reason)

    async def _mergeable(
        self, transaction: Transaction, asker: Asker, source: OrganisationId, target: OrganisationId
    ) -> tuple[Node, Node]:
        one = await held_below(transaction, asker, source)
        other = await held(transaction, asker, target)
        if not one.is_open or not other.is_open:
            raise IsClosed
        if await store.is_within(transaction, one.id, other.id):
            raise BelowItself
        if one.kind != other.kind:
            raise NotAlike
        return one, other
