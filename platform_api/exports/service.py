"""What a person can do with exports: ask, agree or refuse, cancel, take the file."""

import asyncio
from dataclasses import dataclass
from typing import Final

from platform_api.audit import AuditTrail, Entry, Outcome, Tag, Who
from platform_api.db import Actor, Database, Transaction
from platform_api.exports import store
from platform_api.exports.errors import ExportRefused
from platform_api.exports.model import (
    APPROVE,
    Export,
    ExportId,
    ExportSettings,
    ExportState,
    Format,
    WriteExport,
)
from platform_api.exports.rules import (
    CANCELLABLE,
    check_may_decide,
    check_opened,
    clean_purpose,
    needs_approval,
    told_filter,
)
from platform_api.exports.vault import Vault
from platform_api.http import Asker
from platform_api.inbox import Inbox, Item, Nature, to_holders, to_user
from platform_api.jobs import Jobs, Owner
from platform_api.kernel.clock import Clock
from platform_api.kernel.errors import Conflict, Gone, NotFound, Refused, TooMany, Unavailable
from platform_api.kernel.ids import OrganisationId, new_id
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealing import SealBroken
from platform_api.kernel.sentences import Language
from platform_api.tables.model import Question
from platform_api.tables.rules import check_question, chosen_columns
from platform_api.tables.service import Tables

MAX_OPEN: Final = 5
"""Exports of one person that are not at their end."""
SWEPT_AT_ONCE: Final = 200
SYSTEM: Final = Actor(subject="system:exports")
WAITS: Final = "exports.waits"
TOLD: Final = "exports.told"
SUBJECT: Final = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to take away. `opened`: masked columns to be shown whole."""

    table: str
    format: Format
    purpose: str
    question: Question
    opened: tuple[str, ...]
    language: Language


class Exports:
    """Exports: files that leave the house, on record."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        inbox: Inbox,
        jobs: Jobs,
        tables: Tables,
        vault: Vault,
        settings: ExportSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox
        self._jobs = jobs
        self._tables = tables
        self._vault = vault
        self._settings = settings

    async def start(self) -> None:
        """Removes what expired while nobody looked."""
        try:
            await sweep(self._database, self._clock, self._vault)
        except Unavailable:
            get_logger("exports").warning("exports.unswept")

    async def close(self) -> None:
        """Nothing to end."""

    async def ask(self, asker: Asker, draft: Draft, who: Who) -> Export:
        """Has a list written to a file; many rows, or anything opened, wait for a second person (PR-09)."""
        table = self._tables.find(asker, draft.table)
        if table.exports is None or not asker.holds(table.exports) or asker.organisation is None:
            raise Refused
        purpose = clean_purpose(draft.purpose)
        sort = check_question(table, asker, draft.question)
        columns = chosen_columns(table, asker, draft.question.columns)
        check_opened(asker, columns, draft.opened)
        names = tuple(column.name for column in columns)
        question = Question(
            filters=draft.question.filters, text=draft.question.text, sort=sort, columns=names
        )
        expected = (await self._tables.expected(asker, table, question)).count
        if expected > self._settings.max_rows:
            raise ExportRefused("export.too_many", params={"limit": self._settings.max_rows})
        waits = needs_approval(expected, columns, draft.opened, self._settings)
        async with self._database.transaction(asker.actor()) as transaction:
            if await store.count_open(transaction, asker.subject) >= MAX_OPEN:
                raise TooMany("export.too_many_open", params={"limit": MAX_OPEN})
            export = await store.add(
                transaction,
                self._new(
                    asker, asker.organisation, draft, question, purpose, expected=expected, waits=waits
                ),
            )
            told_question = told_filter(table, question)
            self._note(
                transaction,
                Tag.EXPORT_ASKED,
                who,
                export,
                purpose=purpose,
                filter=told_question,
                expected=expected,
            )
            await self._pass_on(transaction, export)
        return export

    async def decide(
        self, asker: Asker, export_id: ExportId, *, agreed: bool, reason: str, who: Who
    ) -> Export:
        """A second person agrees or refuses, with a reason if refused; nobody decides on the own (PR-09)."""
        if not agreed and not reason:
            raise ExportRefused("export.reason")
        async with self._database.transaction(asker.actor()) as transaction:
            export = await self._find(transaction, export_id)
            check_may_decide(export, asker)
            state = ExportState.QUEUED if agreed else ExportState.REFUSED
            decided = await store.decide(
                transaction,
                export.id,
                state,
                by=asker.subject,
                name=asker.name,
                reason=reason,
                at=self._clock.now(),
            )
            if not decided:
                raise Conflict("export.decided")
            self._note(transaction, Tag.EXPORT_DECIDED, who, export, agreed=agreed)
            await self._inbox.done(transaction, WAITS, (SUBJECT, export.id), by=asker.subject)
            await self._inbox.put(
                transaction, told(export, "export.inbox.agreed" if agreed else "export.inbox.refused")
            )
            decided_export = await self._find(transaction, export_id)
            if agreed:
                await self._jobs.ask(transaction, WriteExport(export=export.id), owner_of(export))
        return decided_export

    async def cancel(self, asker: Asker, export_id: ExportId, who: Who) -> Export:
        """The owner takes it back before it is done; the worker stops at its next batch."""
        async with self._database.transaction(asker.actor()) as transaction:
            export = await self._own(transaction, asker, export_id)
            now = self._clock.now()
            if not await store.move(
                transaction, export.id, tuple(CANCELLABLE), ExportState.CANCELLED, at=now
            ):
                raise Conflict("export.over")
            self._note(transaction, Tag.EXPORT_CANCELLED, who, export)
            await self._inbox.done(transaction, WAITS, (SUBJECT, export.id), by=asker.subject)
            return await self._find(transaction, export_id)

    async def file(self, asker: Asker, export_id: ExportId, who: Who) -> tuple[Export, bytes]:
        """The file for its owner, until it expires and while the right is held; each time on record."""
        async with self._database.transaction(asker.actor()) as transaction:
            export = await self._own(transaction, asker, export_id)
            table = self._tables.find(asker, export.table)
            if table.exports is None or not asker.holds(table.exports):
                raise Refused
            self._check_there(export)
            data = await self._read(export)
            self._note(transaction, Tag.EXPORT_DOWNLOADED, who, export, sha256=export.sha256)
        return export, data

    def _check_there(self, export: Export) -> None:
        over = export.expires_at is not None and self._clock.now() >= export.expires_at
        if over or export.state is ExportState.EXPIRED:
            raise Gone("export.expired")
        if export.state is not ExportState.DONE:
            raise Conflict("export.not_done")

    async def _read(self, export: Export) -> bytes:
        try:
            return await asyncio.to_thread(self._vault.read, export.id)
        except (FileNotFoundError, SealBroken) as error:
            get_logger("exports").error("exports.file_lost", export=export.id, why=type(error).__name__)
            raise Gone("export.lost") from error

    async def _pass_on(self, transaction: Transaction, export: Export) -> None:
        """To the second person, or to the worker."""
        if export.state is ExportState.WAITING:
            await self._inbox.put(transaction, waits(export))
        else:
            await self._jobs.ask(transaction, WriteExport(export=export.id), owner_of(export))

    async def _find(self, transaction: Transaction, export_id: ExportId) -> Export:
        export = await store.get(transaction, export_id)
        if export is None:
            raise NotFound
        return export

    async def _own(self, transaction: Transaction, asker: Asker, export_id: ExportId) -> Export:
        export = await self._find(transaction, export_id)
        if export.owner != asker.subject:
            raise NotFound
        return export

    def _new(
        self,
        asker: Asker,
        organisation: OrganisationId,
        draft: Draft,
        question: Question,
        purpose: str,
        *,
        expected: int,
        waits: bool,
    ) -> Export:
        return Export(
            id=ExportId(new_id()),
            number=0,
            organisation=organisation,
            owner=asker.subject,
            owner_name=asker.name,
            table=draft.table,
            format=draft.format,
            language=draft.language,
            purpose=purpose,
            question=question,
            columns=question.columns,
            opened=draft.opened,
            expected=expected,
            state=ExportState.WAITING if waits else ExportState.QUEUED,
            rows=0,
            size=0,
            sha256=None,
            asked_at=self._clock.now(),
            decided_by=None,
            decided_name=None,
            decided_at=None,
            decision_reason="",
            ended_at=None,
            expires_at=None,
        )

    def _note(
        self, transaction: Transaction, tag: Tag, who: Who, export: Export, **details: str | int | bool | None
    ) -> None:
        said = {"table": export.table, "reference": export.reference, **details}
        outcome = Outcome.OK if details.get("agreed", True) else Outcome.REFUSED
        self._trail.note(
            transaction,
            Entry(tag=tag, who=who, target_kind=SUBJECT, target=export.id, outcome=outcome, details=said),
        )


async def sweep(database: Database, clock: Clock, vault: Vault) -> int:
    """Removes expired files; gives how many."""
    async with database.transaction(SYSTEM) as transaction:
        expired = await store.expire(transaction, clock.now(), SWEPT_AT_ONCE)
    for export in expired:
        await asyncio.to_thread(vault.remove, export)
    return len(expired)


def owner_of(export: Export) -> Owner:
    """Whose work its file is."""
    return Owner(organisation=export.organisation, subject=export.owner, name=export.owner_name)


def waits(export: Export) -> Item:
    """For those who may agree."""
    return Item(
        kind=WAITS,
        subject_type=SUBJECT,
        subject=export.id,
        receiver=to_holders(APPROVE, export.organisation),
        title="export.inbox.waits",
        params={"name": export.owner_name, "reference": export.reference, "rows": export.expected},
        link="/app/exports?waiting=1",
    )


def told(export: Export, title: str) -> Item:
    """For the owner."""
    return Item(
        kind=TOLD,
        subject_type=SUBJECT,
        subject=export.id,
        receiver=to_user(export.owner),
        title=title,
        params={"reference": export.reference},
        link="/app/exports",
        nature=Nature.NOTICE,
    )
