"""Seals columns anew under the master key in use, batch by batch; killed anywhere, it is run again (CR-05).

A value says itself under which key it lies, so the work needs no memory of its own. A value that somebody
writes meanwhile is under the new key already, and is left as it is.
"""

from collections import Counter
from typing import Final

from platform_api.audit import AuditTrail
from platform_api.db import Actor, Database, Transaction
from platform_api.files import Rewrapper, told_resealed
from platform_api.jobs import Progress
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealing import MARKS, SealBroken, Sealer
from platform_api.resealing import store
from platform_api.resealing.model import COLUMNS, ResealColumns, Resealed, SealedColumn

SYSTEM: Final = Actor(subject="system:keys")
BATCH: Final = 200
COLUMNS_SHARE: Final = 0.9


class Resealer:
    """Goes through the sealed columns by their keys, and through finished exports."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        exports: Rewrapper,
        trail: AuditTrail,
        *,
        batch: int = BATCH,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._exports = exports
        self._trail = trail
        self._batch = batch
        self._log = get_logger("keys")

    async def work(self, spec: ResealColumns, progress: Progress) -> None:
        """Does it for whatever key is in use now."""
        async with self._database.transaction(SYSTEM) as transaction:
            counts = [await store.count(transaction, column, self._prefix()) for column in COLUMNS]
        done, total = Resealed(), max(1, sum(counts))
        for column in COLUMNS:
            after: str | None = None
            while (after := await self._step(column, after, done)) is not None:
                await progress(COLUMNS_SHARE * min(1.0, (done.changed + done.broken) / total))

        async def further(fraction: float) -> None:
            await progress(COLUMNS_SHARE + (1 - COLUMNS_SHARE) * fraction)

        exports = await self._exports.work(spec, further)
        self._log.info("keys.resealed", changed=done.changed, broken=done.broken)
        for what, each in (("columns", done), ("exports", exports)):
            entry = told_resealed(self._sealer, what, changed=each.changed, broken=each.broken)
            await self._trail.record(entry)

    async def by_key(self) -> Counter[str]:
        """How many values of columns are under which master key."""
        found: Counter[str] = Counter()
        async with self._database.transaction(SYSTEM) as transaction:
            for column in COLUMNS:
                found.update(await store.by_key(transaction, column))
        return found

    async def _step(self, column: SealedColumn, after: str | None, done: Resealed) -> str | None:
        """One batch in one transaction; the key of its last row, None at the end."""
        async with self._database.transaction(SYSTEM) as transaction:
            rows = await store.stale(transaction, column, self._prefix(), after, self._batch)
            for key, sealed in rows:
                await self._anew(transaction, column, key, sealed, done)
        return rows[-1][0] if len(rows) == self._batch else None

    async def _anew(
        self, transaction: Transaction, column: SealedColumn, key: str, sealed: bytes, done: Resealed
    ) -> None:
        context = column.context_of(key)
        try:
            anew = self._sealer.seal(self._sealer.open(sealed, context=context), context=context)
        except SealBroken:
            done.broken += 1
            self._log.error("keys.unreadable", table=column.table, column=column.column, key=key)
            return
        done.changed += await store.put(transaction, column, key, sealed, anew)

    def _prefix(self) -> bytes:
        """How a value begins that was sealed under the key and with the cipher in use."""
        return self._sealer.current.encode() + MARKS[self._sealer.algorithm]
