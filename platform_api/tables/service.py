"""What a person can do with lists: see what there is, read pages, open one masked value."""

import base64
import binascii
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.audit.model import Detail
from platform_api.db import Actor, Database, Record, Transaction
from platform_api.http import Asker
from platform_api.http.paging import CursorInvalid
from platform_api.kernel.errors import NotFound, Refused
from platform_api.kernel.ids import SERVER_MADE
from platform_api.kernel.sealing import SealBroken, Sealer
from platform_api.tables import store
from platform_api.tables.model import (
    LOGGED_FROM,
    Cell,
    Column,
    ColumnType,
    Question,
    Row,
    RowPage,
    Sort,
    Table,
    TableWrong,
    Total,
)
from platform_api.tables.remembered import Remembered
from platform_api.tables.rules import (
    WHOLE_NUMBERS,
    check_nameless,
    check_question,
    chosen_columns,
    fingerprint,
    open_only,
    sees_whole,
    shown_cell,
    visible_columns,
)

BATCH: Final = 1_000
CURSOR_CONTEXT: Final = "tables.cursor"


class Tables:
    """The lists that domains have registered."""

    def __init__(self, *, database: Database, trail: AuditTrail, sealer: Sealer) -> None:
        self._database = database
        self._trail = trail
        self._sealer = sealer
        self._tables: dict[str, Table] = {}
        self._sizes = Remembered[store.Size]()
        self._expectations = Remembered[store.Expected]()

    def register(self, *tables: Table) -> None:
        """Opens these lists; raises TableWrong for a name that is taken."""
        for table in tables:
            if table.name in self._tables:
                raise TableWrong(f"two tables are called {table.name}")
            self._tables[table.name] = table

    def all(self) -> tuple[Table, ...]:
        """Every list, for the tests that walk them."""
        return tuple(self._tables.values())

    def named(self, name: str) -> Table | None:
        """The list of this name, for those who answer for it themselves."""
        return self._tables.get(name)

    def find(self, asker: Asker, name: str) -> Table:
        """The list of this name; raises NotFound for one that is not there, or not for this asker."""
        table = self._tables.get(name)
        if table is None or not asker.holds(table.permission):
            raise NotFound
        return table

    async def rows(self, asker: Asker, name: str, question: Question, who: Who) -> RowPage:
        """A page of a list as this asker may see it; reading what names persons in care is in the trail."""
        table = self.find(asker, name)
        sort = check_question(table, asker, question)
        columns = chosen_columns(table, asker, question.columns)
        async with self._database.transaction(asker.actor()) as transaction:
            reading = await self._reading(transaction, table, columns, question, sort)
            reading = replace(reading, open_only=open_only(table, asker))
            reading, read, expected = await self._read(transaction, reading, question.limit + 1)
            total = await _total(transaction, reading, read, expected)
            if table.noted or any(column.level >= LOGGED_FROM for column in columns):
                shown = read.first(question.limit)
                self._trail.note(transaction, _viewed(table, who, columns, shown))
        shown, more = read.first(question.limit), len(read.named) > question.limit
        return RowPage(
            columns=columns,
            rows=tuple(self.row(columns, record) for record in shown),
            next_cursor=self._cursor(reading, read.named[question.limit - 1]) if more else None,
            total=total,
        )

    async def count(self, asker: Asker, name: str, question: Question) -> Total:
        """How many rows fit, and nothing of what they are: so it is not in the trail.

        Therefore it tells nothing of a person either: it is asked by columns that name none.
        """
        table = self.find(asker, name)
        sort = check_question(table, asker, question)
        check_nameless(table, question)
        return await self.expected(asker, table, replace(question, sort=sort, cursor=None))

    async def expected(self, asker: Asker, table: Table, question: Question) -> Total:
        """How many rows of it this asker would get."""
        async with self._database.transaction(asker.actor()) as transaction:
            reading = await self._reading(transaction, table, (), question, question.sort or table.sort)
            reading = replace(reading, open_only=open_only(table, asker))
            if store.finding(reading) is not None:
                found = await store.page(transaction, reading, store.Way.FOUND, 1)
                if found is not None and found.fitting is not None:
                    return Total(count=found.fitting, exact=True)
            reading = await _scoped(transaction, reading)
            if store.finding(reading) is None:
                count = await store.count_few(transaction, reading)
                if count <= store.COUNTED_TO:
                    return Total(count=count, exact=True)
            expected = await self._expected(transaction, reading)
            return Total(count=max(round(expected.rows), store.COUNTED_TO + 1), exact=False)

    async def batches(
        self,
        actor: Actor,
        table: Table,
        columns: tuple[Column, ...],
        question: Question,
        whole: frozenset[str],
    ) -> AsyncIterator[tuple[Row, ...]]:
        """All rows that this actor sees, in batches: each row once, as it is when its batch is read."""
        sort = question.sort or table.sort
        after: store.Place | None = None
        while True:
            async with self._database.transaction(actor) as transaction:
                reading = await self._reading(transaction, table, columns, question, sort)
                _, read, _ = await self._read(transaction, replace(reading, after=after), BATCH)
            yield tuple(self.row(columns, record, whole=whole) for record in read.rows)
            if len(read.named) < BATCH:
                return
            last = read.named[-1]
            after = store.Place(value=last["row_sort"], key=last["row_key"])

    async def reveal(self, asker: Asker, name: str, key: str, column_name: str, who: Who) -> Cell:
        """One masked value as it is, for one with the right; it is in the trail before it is seen (PR-03)."""
        table = self.find(asker, name)
        column = next((each for each in visible_columns(table, asker) if each.name == column_name), None)
        if column is None or column.masking is None:
            raise NotFound
        if not sees_whole(column, asker):
            raise Refused
        async with self._database.transaction(asker.actor()) as transaction:
            whole = not open_only(table, asker)
            record = await store.one_cell(transaction, table, column, _key(table, key), open_only=not whole)
            if record is None:
                raise NotFound
            entry = Entry(
                tag=Tag.RECORD_VIEWED,
                who=who,
                target_kind=table.name,
                target=key,
                details={"column": column.name},
            )
            self._trail.note(transaction, entry)
        return self._cell(column, record["c0"], str(record["row_key"]), whole=True)

    def row(self, columns: Iterable[Column], record: Record, *, whole: frozenset[str] = frozenset()) -> Row:
        """A record of the store as it is shown; only the columns of `whole` are not masked."""
        key = str(record["row_key"])
        return Row(
            key=key,
            cells=tuple(
                self._cell(column, record[f"c{number}"], key, whole=column.name in whole)
                for number, column in enumerate(columns)
            ),
            references={
                column.name: record[f"r{number}"]
                for number, column in enumerate(columns)
                if column.type is ColumnType.REFERENCE
                and column.holders is None
                and record[f"r{number}"] is not None
            },
        )

    def _cell(self, column: Column, value: object, key: str, *, whole: bool) -> Cell:
        if column.type is ColumnType.SEALED and isinstance(value, bytes):
            context = (column.context or "").replace("{key}", key)
            value = self._sealer.open(value, context=context).decode()
        return shown_cell(column, value, whole=whole)

    async def _reading(
        self,
        transaction: Transaction,
        table: Table,
        columns: tuple[Column, ...],
        question: Question,
        sort: Sort,
    ) -> store.Reading:
        await store.settle(transaction)
        return store.Reading(
            table=table,
            columns=columns,
            question=question,
            sort=sort,
            after=self._place(table, question, sort),
            open_only=table.open_by is not None,
        )

    async def _read(
        self, transaction: Transaction, reading: store.Reading, limit: int
    ) -> tuple[store.Reading, store.Read, store.Expected | None]:
        """The rows and how they were read, and what was expected if they were not found by a search."""
        searched = store.finding(reading) is not None
        if searched:
            found = await store.page(transaction, reading, store.Way.FOUND, limit)
            if found is not None:
                return reading, found, None
        reading = await _scoped(transaction, reading)
        expected = await self._expected(transaction, reading)
        if searched:  # more than can be sorted, whatever the statistics know of words
            expected = replace(expected, rows=max(expected.rows, store.FOUND_TO))
        way = store.way_of(reading, expected, limit)
        read = await store.page(transaction, reading, way, limit)
        if read is None:
            raise RuntimeError(f"{reading.table.name} was read by no way")
        return reading, read, expected

    async def _expected(self, transaction: Transaction, reading: store.Reading) -> store.Expected:
        """What the statistics say, asked once a minute for each question; they know nothing of who asks."""
        table, question = reading.table, reading.question
        asked = (table.name, question.filters, question.text, reading.sort)
        key = (*asked, reading.organisations, reading.open_only)
        known = self._expectations.get(key)
        if known is not None:
            return known
        size = self._sizes.get(table.name)
        if size is None:
            size = self._sizes.keep(table.name, await store.size_of(transaction, table))
        return self._expectations.keep(key, await store.expected(transaction, reading, size))

    def _cursor(self, reading: store.Reading, last: Record) -> str:
        """Where the page ended. It is sealed: it holds a value of a row, and addresses are written down."""
        mark = fingerprint(reading.table, reading.question, reading.sort)
        value = last["row_sort"]
        text = value.isoformat() if isinstance(value, date) else None if value is None else str(value)
        plain = json.dumps([mark, text, str(last["row_key"])]).encode()
        return base64.urlsafe_b64encode(self._sealer.seal(plain, context=CURSOR_CONTEXT)).decode().rstrip("=")

    def _place(self, table: Table, question: Question, sort: Sort) -> store.Place | None:
        if question.cursor is None:
            return None
        try:
            sealed = base64.urlsafe_b64decode(question.cursor + "=" * (-len(question.cursor) % 4))
            mark, text, key = json.loads(self._sealer.open(sealed, context=CURSOR_CONTEXT))
        except (SealBroken, ValueError, binascii.Error) as error:
            raise CursorInvalid from error
        if mark != fingerprint(table, question, sort):
            raise CursorInvalid
        return store.Place(value=_sort_value(table, sort, text), key=_key(table, key))


def _sort_value(table: Table, sort: Sort, text: str | None) -> object | None:
    """The value that the cursor holds, as the database takes it."""
    column = table.column(sort.column)
    if text is None or column is None or column.sort_by is not None:
        return text
    match column.type:
        case ColumnType.NUMBER:
            if column.cast in WHOLE_NUMBERS:
                return int(text)
            return Decimal(text) if column.cast == "numeric" else float(text)
        case ColumnType.DATE:
            return date.fromisoformat(text)
        case ColumnType.TIME:
            return datetime.fromisoformat(text)
        case ColumnType.BOOLEAN:
            return text == "True"
        case _:
            return int(text) if column.cast == "bigint" else text


def _key(table: Table, text: str) -> object:
    """The key as the database takes it; raises NotFound for what cannot be one."""
    match table.key_type:
        case "uuid" if SERVER_MADE.fullmatch(text):
            return text
        case "bigint" if text.isascii() and text.isdecimal() and len(text) <= 18:
            return int(text)
        case "text" if "\0" not in text:
            return text
    raise NotFound


async def _scoped(transaction: Transaction, reading: store.Reading) -> store.Reading:
    """The reading with the organisations that are seen, if its list tells them apart."""
    if reading.table.organisation is None:
        return reading
    return replace(reading, organisations=await store.scope(transaction))


async def _total(
    transaction: Transaction, reading: store.Reading, read: store.Read, expected: store.Expected | None
) -> Total | None:
    """With the first page; exact when the rows were counted on the way, or are few."""
    if reading.after is not None:
        return None
    if len(read.named) <= reading.question.limit:
        return Total(count=len(read.named), exact=True)
    if read.fitting is not None:
        return Total(count=read.fitting, exact=True)
    rows = 0 if expected is None else round(expected.rows)
    if rows <= store.COUNTED_TO:
        count = await store.count_few(transaction, reading)
        if count <= store.COUNTED_TO:
            return Total(count=count, exact=True)
    return Total(count=max(rows, store.COUNTED_TO), exact=False)


def _viewed(table: Table, who: Who, columns: Iterable[Column], found: Sequence[Record]) -> Entry:
    """Which rows were shown, and which of their columns: what a breach record is made of (PR-05)."""
    details: dict[str, Detail] = {
        "rows": len(found),
        "keys": " ".join(str(record["row_key"]) for record in found),
        "columns": " ".join(column.name for column in columns),
    }
    return Entry(tag=Tag.RECORD_VIEWED, who=who, target_kind=table.name, target="", details=details)
