"""The tree as its administrators keep it: each in the own node and below, nobody anywhere else."""

from typing import Final

from platform_api.audit import AuditTrail
from platform_api.db import Actor, Database, Transaction, UniqueBroken
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.organisations import store
from platform_api.organisations.errors import (
    BelowItself,
    ChangedMeanwhile,
    CodeTaken,
    IsClosed,
    NameTaken,
    NotEmpty,
)
from platform_api.organisations.model import (
    Change,
    ChangeKind,
    Draft,
    Facts,
    Found,
    MoveForecast,
    Node,
    Shown,
)
from platform_api.organisations.record import Recorder, found, held, held_below, own
from platform_api.organisations.rules import (
    check_draft,
    check_place,
    draft_of,
    facts_of,
    place_of,
    what_changed,
)
from platform_api.search import ask

SYSTEM = Actor(subject="system:organisations")
AT_ONCE = 500
OPEN: Final[Facts] = {"state": "open"}
CLOSED: Final[Facts] = {"state": "closed"}


class Organisations:
    """Reading the tree, and changing one node of it at a time."""

    def __init__(self, database: Database, clock: Clock, trail: AuditTrail) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail

    async def start(self) -> None:
        """Makes findable by their names those that were there before names were indexed."""
        while True:
            async with self._database.transaction(SYSTEM) as transaction:
                rest = await store.unsearchable(transaction, AT_ONCE)
                for organisation, draft in rest:
                    await store.index_words(transaction, organisation, draft)
            if not rest:
                return

    async def close(self) -> None:
        """There is nothing to close."""

    # Reading

    async def flat(self, asker: Asker, after: str | None, limit: int) -> list[Node]:
        """The asker's node and all open ones below it, in order of id."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await store.flat(transaction, own(asker), after, limit)

    async def top(self, asker: Asker, limit: int, *, closed: bool) -> tuple[Node, list[Node]]:
        """The asker's own node and the first of those directly below it."""
        async with self._database.transaction(asker.actor()) as transaction:
            node = await found(transaction, asker, own(asker))
            return node, await store.children(transaction, node.id, None, limit, closed=closed)

    async def children(
        self,
        asker: Asker,
        parent: OrganisationId | None,
        after: tuple[str, str] | None,
        limit: int,
        *,
        closed: bool,
    ) -> list[Node]:
        """Those directly below a node, or the asker's own node alone; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            if parent is None:
                return [await found(transaction, asker, own(asker))]
            node = await found(transaction, asker, parent)
            return await store.children(transaction, node.id, after, limit, closed=closed)

    async def search(self, asker: Asker, words: str, limit: int) -> list[Found]:
        """By name, sound, short name, other names or code; without words those that stand highest."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await store.search(transaction, own(asker), ask(words) if words else None, limit)

    async def show(self, asker: Asker, organisation: OrganisationId) -> Shown:
        """An organisation's page; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await self._shown(transaction, asker, organisation)

    async def by_code(self, asker: Asker, authority: str, code: str) -> Shown:
        """Whose code it is now, after all mergers; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            organisation = await store.by_code(transaction, authority, code)
            if organisation is None:
                raise NotFound("organisations.unknown")
            return await self._shown(transaction, asker, organisation)

    async def history(
        self, asker: Asker, organisation: OrganisationId, after: str | None, limit: int
    ) -> list[Change]:
        """What was done to it, the newest first; raises NotFound."""
        async with self._database.transaction(asker.actor()) as transaction:
            await found(transaction, asker, organisation)
            return await store.changes(transaction, organisation, after, limit)

    # Changing

    async def add(self, asker: Asker, parent: OrganisationId, draft: Draft, *, address: str) -> Shown:
        """A new one below one of the asker's; raises NotFound and what is wrong with the draft."""
        made, checked, now = OrganisationId(new_id()), check_draft(draft), self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            above = await held(transaction, asker, parent)
            await self._may_stand(transaction, checked.name, above, None)
            check_place(checked.kind, above.kind)
            await store.add(transaction, made, above.id, checked, now)
            await self._keep_codes(transaction, made, checked)
            after = facts_of(checked) | place_of(above.id, above.name)
            recorder = Recorder(self._trail, transaction, asker, address)
            await recorder.write(made, ChangeKind.CREATED, now, before={}, after=after)
            return await self._shown(transaction, asker, made)

    async def change(
        self,
        asker: Asker,
        organisation: OrganisationId,
        draft: Draft,
        *,
        version: int,
        reason: str,
        address: str,
    ) -> Shown:
        """Other names, kind, region or codes; raises NotFound, ChangedMeanwhile and what is wrong with it."""
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            node = await held(transaction, asker, organisation)
            if not node.is_open:
                raise IsClosed
            if node.version != version:
                raise ChangedMeanwhile
            checked = check_draft(draft, region_before=node.region_code)
            await self._may_become(transaction, node, checked)
            old = facts_of(draft_of(node, await store.codes(transaction, node.id)))
            await store.change(transaction, node.id, checked)
            await self._keep_codes(transaction, node.id, checked)
            kept = facts_of(draft_of(node, await store.codes(transaction, node.id)))
            before, after = what_changed(old, facts_of(checked) | {"codes": kept["codes"]})
            if after:
                recorder = Recorder(self._trail, transaction, asker, address)
                await recorder.write(
                    node.id, ChangeKind.CHANGED, now, before=before, after=after, reason=reason
                )
            return await self._shown(transaction, asker, node.id)

    async def forecast_move(
        self, asker: Asker, organisation: OrganisationId, parent: OrganisationId
    ) -> MoveForecast:
        """What a move would take along; raises what the move itself would."""
        async with self._database.transaction(asker.actor()) as transaction:
            node, above = await self._movable(transaction, asker, organisation, parent)
            organisations, users = await store.weight(transaction, node.id)
            paths = await store.paths_of(transaction, own(asker), [node.id, above.id])
            return MoveForecast(
                node=node,
                before=paths[node.id][:-1],
                after=paths[above.id],
                organisations=organisations,
                users=users,
                names=tuple(await store.names_below(transaction, node.id)),
            )

    async def move(
        self,
        asker: Asker,
        organisation: OrganisationId,
        parent: OrganisationId,
        *,
        reason: str,
        address: str,
    ) -> Shown:
        """Puts it with all below it below another; raises what the forecast would."""
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            await store.hold_tree(transaction)
            node, above = await self._movable(transaction, asker, organisation, parent)
            old = await store.kind_and_name(transaction, node.parent)
            await store.move(transaction, node.id, above.id)
            before = place_of(node.parent, old[1] if old else None)
            recorder = Recorder(self._trail, transaction, asker, address)
            await recorder.write(
                node.id,
                ChangeKind.MOVED,
                now,
                before=before,
                after=place_of(above.id, above.name),
                reason=reason,
            )
            return await self._shown(transaction, asker, node.id)

    async def shut(self, asker: Asker, organisation: OrganisationId, *, reason: str, address: str) -> Shown:
        """Closes it: nobody is put there any more; raises NotFound, OwnNode, NotEmpty, IsClosed."""
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            node = await held_below(transaction, asker, organisation)
            if not node.is_open:
                raise IsClosed
            below, users = await store.left_in(transaction, node.id)
            if below or users:
                raise NotEmpty(params={"below": below, "users": users})
            await store.set_closed(transaction, node.id, now)
            recorder = Recorder(self._trail, transaction, asker, address)
            await recorder.write(node.id, ChangeKind.CLOSED, now, before=OPEN, after=CLOSED, reason=reason)
            return await self._shown(transaction, asker, node.id)

    async def reopen(self, asker: Asker, organisation: OrganisationId, *, reason: str, address: str) -> Shown:
        """Opens what was closed; what was merged stays merged. Raises NotFound, OwnNode, IsClosed."""
        now = self._clock.now()
        async with self._database.transaction(asker.actor()) as transaction:
            node = await held_below(transaction, asker, organisation)
            above = await found(transaction, asker, node.parent) if node.parent else None
            if node.is_open or node.merged_into is not None or (above is not None and not above.is_open):
                raise IsClosed
            await store.set_closed(transaction, node.id, None)
            recorder = Recorder(self._trail, transaction, asker, address)
            await recorder.write(node.id, ChangeKind.REOPENED, now, before=CLOSED, after=OPEN, reason=reason)
            return await self._shown(transaction, asker, node.id)

    async def _movable(
        self,
        transaction: Transaction,
        asker: Asker,
        organisation: OrganisationId,
        parent: OrganisationId,
    ) -> tuple[Node, Node]:
        node = await held_below(transaction, asker, organisation)
        above = await found(transaction, asker, parent)
        if not node.is_open:
            raise IsClosed
        if await store.is_within(transaction, node.id, above.id):
            raise BelowItself
        if above.id != node.parent:
            await self._may_stand(transaction, node.name, above, node.id)
        check_place(node.kind, above.kind)
        return node, above

    async def _may_stand(
        self, transaction: Transaction, name: str, above: Node, but: OrganisationId | None
    ) -> None:
        if not above.is_open:
            raise IsClosed
        if await store.is_named_below(transaction, above.id, name, but):
            raise NameTaken

    async def _may_become(self, transaction: Transaction, node: Node, draft: Draft) -> None:
        """Whether its name is free and its kind fits above and below, where either changes."""
        if draft.name != node.name and await store.is_named_below(
            transaction, node.parent, draft.name, node.id
        ):
            raise NameTaken
        if draft.kind == node.kind:
            return
        above = await store.kind_and_name(transaction, node.parent)
        check_place(draft.kind, above[0] if above else None)
        for kind in await store.kinds_below(transaction, node.id):
            check_place(kind, draft.kind)

    async def _keep_codes(self, transaction: Transaction, organisation: OrganisationId, draft: Draft) -> None:
        try:
            await store.set_codes(transaction, organisation, draft.codes, self._clock.now())
        except UniqueBroken as error:
            raise CodeTaken from error

    async def _shown(self, transaction: Transaction, asker: Asker, organisation: OrganisationId) -> Shown:
        node = await found(transaction, asker, organisation)
        paths = await store.paths_of(transaction, own(asker), [node.id])
        into = await store.kind_and_name(transaction, node.merged_into)
        return Shown(
            node=node,
            codes=await store.codes(transaction, node.id),
            path=paths[node.id],
            merged_into_name=into[1] if into else None,
            is_own=node.id == own(asker),
        )
