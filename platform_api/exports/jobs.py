"""Writing the file of an export, in the worker; harmless when run twice."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db import Actor, Database
from platform_api.exports import store
from platform_api.exports.model import (
    Export,
    ExportId,
    ExportSettings,
    ExportState,
    SweepExports,
    WriteExport,
)
from platform_api.exports.rules import house_time, needs_approval, told_filter
from platform_api.exports.service import SUBJECT, SYSTEM, sweep, told, waits
from platform_api.exports.vault import Vault
from platform_api.exports.writers import Heading, Writer, writer_for
from platform_api.http import Parts
from platform_api.inbox import Inbox
from platform_api.jobs import JobKind, Progress, Schedule, Work
from platform_api.kernel.clock import Clock
from platform_api.kernel.sentences import sentence
from platform_api.tables.model import Cell, Column, ColumnType, Row, Table
from platform_api.tables.rules import worded
from platform_api.tables.service import Tables

STARTED: Final = (ExportState.QUEUED, ExportState.RUNNING)
HOURLY: Final = "23 * * * *"
WRITABLE: Final = (*STARTED, ExportState.FAILED)
"""One that failed is asked for again by whoever runs its job again; no other job of it is left."""


class ExportStopped(Exception):
    """It is not to be written any more: taken back, or somebody must agree first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that is whole."""

    rows: int
    size: int
    sha256: str


class ExportWriter:
    """Does `exports.write` jobs."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        inbox: Inbox,
        tables: Tables,
        vault: Vault,
        settings: ExportSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._inbox = inbox
        self._tables = tables
        self._vault = vault
        self._settings = settings

    async def write(self, spec: WriteExport, progress: Progress) -> None:
        """Writes, seals and records; nothing happens for an export that is not to be written."""
        export = await self._taken(ExportId(spec.export))
        if export is None:
            return
        table = self._tables.named(export.table)
        columns = tuple(filter(None, (table.column(name) for name in export.columns))) if table else ()
        if table is None or len(columns) != len(export.columns):
            await self._fail(export)
            return
        draft = await asyncio.to_thread(self._vault.draft, export.id)
        try:
            written = await self._write(export, table, columns, draft, progress)
            await self._finish(export, table, written)
        except ExportStopped:
            return
        finally:
            await asyncio.to_thread(self._vault.clear, export.id)

    async def give_up(self, spec: WriteExport) -> None:
        """Tells the owner that there will be no file."""
        async with self._database.transaction(SYSTEM) as transaction:
            export = await store.get(transaction, ExportId(spec.export))
        if export is not None:
            await self._fail(export)

    async def _taken(self, export_id: ExportId) -> Export | None:
        async with self._database.transaction(SYSTEM) as transaction:
            if not await store.move(transaction, export_id, WRITABLE, ExportState.RUNNING):
                return None
            return await store.get(transaction, export_id)

    async def _write(
        self,
        export: Export,
        table: Table,
        columns: tuple[Column, ...],
        draft: Path,
        progress: Progress,
    ) -> Written:
        path = draft / f"plain.{export.format}"
        writer = await asyncio.to_thread(
            writer_for, export.format, path, heading(export, table, columns, self._clock.now())
        )
        rows = 0
        actor = Actor(subject=export.owner, organisation=export.organisation)
        opened = frozenset(export.opened)
        try:
            async for batch in self._tables.batches(actor, table, columns, export.question, opened):
                rows += len(batch)
                await self._check(export, columns, rows)
                await asyncio.to_thread(_add, writer, batch, export, table, columns)
                await progress(min(rows / max(export.expected, 1), 0.99))
        finally:
            await asyncio.to_thread(writer.close)
        digest = await asyncio.to_thread(_sha256, path)
        await asyncio.to_thread(self._vault.keep, export.id, path)
        return Written(rows=rows, size=path.stat().st_size, sha256=digest)

    async def _check(self, export: Export, columns: tuple[Column, ...], rows: int) -> None:
        """Raises ExportStopped when it was taken back, or has become larger than what nobody agreed to."""
        async with self._database.transaction(SYSTEM) as transaction:
            await store.set_rows(transaction, export.id, rows)
            if await store.state_of(transaction, export.id) is not ExportState.RUNNING:
                raise ExportStopped
            grown = needs_approval(rows, columns, export.opened, self._settings)
            if export.decided_by is None and grown:
                await store.move(transaction, export.id, STARTED, ExportState.WAITING)
                await self._inbox.put(transaction, waits(export))
                stop = True
            else:
                stop = False
        if stop:
            raise ExportStopped
        if rows > self._settings.max_rows:
            await self._fail(export)
            raise ExportStopped

    async def _finish(self, export: Export, table: Table, written: Written) -> None:
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as transaction:
            done = await store.finish(
                transaction,
                export.id,
                rows=written.rows,
                size=written.size,
                sha256=written.sha256,
                at=now,
                until=now + timedelta(hours=self._settings.kept_hours),
            )
            if done:
                self._trail.note(transaction, _exported(export, table, written))
                await self._inbox.put(transaction, told(export, "export.inbox.done"))
        if not done:  # taken back at the last moment
            await asyncio.to_thread(self._vault.remove, export.id)

    async def _fail(self, export: Export) -> None:
        async with self._database.transaction(SYSTEM) as transaction:
            failed = await store.move(
                transaction, export.id, STARTED, ExportState.FAILED, at=self._clock.now()
            )
            if failed:
                await self._inbox.put(transaction, told(export, "export.inbox.failed"))


def export_work(parts: Parts) -> Work:
    """`exports.write`, over the lists of all domains."""
    services = parts.services
    writer = ExportWriter(
        database=parts.database,
        clock=parts.clock,
        trail=services.get(AuditTrail),
        inbox=services.get(Inbox),
        tables=services.get(Tables),
        vault=Vault.below(parts.data_dir, parts.sealer),
        settings=parts.settings.section("exports", ExportSettings),
    )
    return Work(do=writer.write, give_up=writer.give_up)


def sweep_work(parts: Parts) -> Work:
    """`exports.sweep`: the files whose time is over."""
    vault = Vault.below(parts.data_dir, parts.sealer)
    database, clock = parts.database, parts.clock

    async def work(_spec: SweepExports, _progress: Progress) -> None:
        await sweep(database, clock, vault)

    return Work(do=work)


JOBS = (JobKind(spec=WriteExport, work=export_work), JobKind(spec=SweepExports, work=sweep_work))
SCHEDULES = (Schedule(spec=SweepExports(), cron=HOURLY),)


def heading(export: Export, table: Table, columns: tuple[Column, ...], now: datetime) -> Heading:
    """What stands on the file."""
    language = export.language
    watermark = sentence(
        "export.watermark",
        language,
        {"name": export.owner_name, "time": house_time(now), "reference": export.reference},
    )
    return Heading(
        title=sentence(table.label, language),
        labels=tuple(sentence(table.label_of(column), language) for column in columns),
        watermark=watermark,
        taken_by=export.owner_name,
        taken_at=now,
        reference=export.reference,
    )


def file_cell(export: Export, table: Table, column: Column, cell: Cell) -> Cell:
    """A cell in the words of a person."""
    if cell is None:
        return None
    match column.type:
        case ColumnType.ENUM:
            return sentence(table.label_of(column, str(cell)), export.language)
        case ColumnType.BOOLEAN:
            return sentence("table.yes" if cell else "table.no", export.language)
        case ColumnType.TIME:
            return house_time(datetime.fromisoformat(str(cell)))
        case _:
            return worded(column, cell, export.language)


def _add(
    writer: Writer, batch: tuple[Row, ...], export: Export, table: Table, columns: tuple[Column, ...]
) -> None:
    writer.write(
        [
            [file_cell(export, table, column, cell) for column, cell in zip(columns, row.cells, strict=True)]
            for row in batch
        ]
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _exported(export: Export, table: Table, written: Written) -> Entry:
    who = Who(subject=export.owner, name=export.owner_name, organisation=export.organisation, address="")
    return Entry(
        tag=Tag.RECORD_EXPORTED,
        who=who,
        target_kind=SUBJECT,
        target=export.id,
        details={
            "table": export.table,
            "reference": export.reference,
            "purpose": export.purpose,
            "filter": told_filter(table, export.question),
            "columns": " ".join(export.columns),
            "opened": " ".join(export.opened),
            "rows": written.rows,
            "sha256": written.sha256,
            "decided_by": export.decided_by,
        },
    )
