"""Saved views: how somebody likes to look at a list."""

from dataclasses import replace
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Database
from platform_api.http import Asker
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, NotFound, Refused
from platform_api.kernel.ids import new_id
from platform_api.tables import view_store
from platform_api.tables.model import Question, SavedView, Table
from platform_api.tables.rules import check_question, chosen_columns

SHARE: Final = "tables.share"
MAX_VIEWS: Final = 50
"""Of one person on one list."""


class Views:
    """Views of lists that the asker may see."""

    def __init__(self, *, database: Database, clock: Clock, trail: AuditTrail) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail

    async def all(self, asker: Asker, table: Table) -> list[SavedView]:
        """The own views and those that colleagues share, by name."""
        async with self._database.transaction(asker.actor()) as transaction:
            return await view_store.of_table(transaction, table.name)

    async def save(
        self, asker: Asker, table: Table, *, name: str, shared: bool, question: Question, who: Who
    ) -> SavedView:
        """Keeps a view under a name of one's own; the same name again is the view changed."""
        if asker.organisation is None or (shared and not asker.holds(SHARE)):
            raise Refused
        check_question(table, asker, question)
        chosen_columns(table, asker, question.columns)
        view = SavedView(
            id=new_id(),
            organisation=asker.organisation,
            owner=asker.subject,
            owner_name=asker.name,
            table=table.name,
            name=name,
            shared=shared,
            question=question,
            changed_at=self._clock.now(),
        )
        async with self._database.transaction(asker.actor()) as transaction:
            if await view_store.count_own(transaction, asker.subject, table.name) >= MAX_VIEWS:
                raise Conflict("table.too_many_views", params={"limit": MAX_VIEWS})
            kept = await view_store.keep(transaction, view)
            if shared:
                self._trail.note(
                    transaction,
                    Entry(tag=Tag.RECORD_CHANGED, who=who, target_kind="table_view", target=kept),
                )
        return replace(view, id=kept)

    async def remove(self, asker: Asker, table: Table, view: str) -> None:
        """Removes one's own view; a colleague's is not there to remove."""
        async with self._database.transaction(asker.actor()) as transaction:
            if not await view_store.remove(transaction, view, asker.subject, table.name):
                raise NotFound
