"""What every use case of the tree does: find within the asker's scope, and write down what was done."""

from datetime import datetime

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Transaction
from platform_api.http import Asker
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.organisations import store
from platform_api.organisations.errors import OwnNode
from platform_api.organisations.model import Change, ChangeKind, Facts, Node


def own(asker: Asker) -> OrganisationId:
    """The asker's node; raises NotFound for somebody without one."""
    if asker.organisation is None:
        raise NotFound
    return asker.organisation


async def found(transaction: Transaction, asker: Asker, organisation: OrganisationId) -> Node:
    """An organisation of the asker's scope; raises NotFound."""
    node = await store.node(transaction, own(asker), organisation)
    if node is None:
        raise NotFound("organisations.unknown")
    return node


async def held(transaction: Transaction, asker: Asker, organisation: OrganisationId) -> Node:
    """The same, kept from others until the transaction ends."""
    node = await store.lock_node(transaction, own(asker), organisation)
    if node is None:
        raise NotFound("organisations.unknown")
    return node


async def held_below(transaction: Transaction, asker: Asker, organisation: OrganisationId) -> Node:
    """One that stands below the asker's own; raises NotFound or OwnNode."""
    node = await held(transaction, asker, organisation)
    if node.id == own(asker):
        raise OwnNode
    return node


class Recorder:
    """Writes what was done into the history and into the audit trail, in the transaction that does it."""

    def __init__(self, trail: AuditTrail, transaction: Transaction, asker: Asker, address: str) -> None:
        self._trail = trail
        self._transaction = transaction
        self._asker = asker
        self._address = address

    async def write(
        self,
        organisation: OrganisationId,
        kind: ChangeKind,
        now: datetime,
        *,
        before: Facts,
        after: Facts,
        reason: str = "",
    ) -> None:
        """One line of each; the trail names what was changed, the history also from what to what and why."""
        change = Change(
            id=new_id(),
            organisation=organisation,
            kind=kind,
            at=now,
            actor=self._asker.subject,
            actor_name=self._asker.name,
            reason=reason,
            before=before,
            after=after,
        )
        await store.add_change(self._transaction, change)
        tag = Tag.RECORD_CREATED if kind is ChangeKind.CREATED else Tag.RECORD_CHANGED
        entry = Entry(
            tag=tag,
            who=Who.of(self._asker, self._address),
            target_kind="organisation",
            target=organisation,
            details={"change": kind.value, "change_id": change.id, "fields": ",".join(sorted(after))},
        )
        self._trail.note(self._transaction, entry)
