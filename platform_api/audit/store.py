"""The SQL of the trail: append and read, for there is nothing else."""

from dataclasses import dataclass
from datetime import datetime

from platform_api.audit.model import Entry, KeptEntry, Outcome, Tag, Who
from platform_api.audit.rules import entry_hash
from platform_api.db import Record, Transaction
from platform_api.db.organisations import BELOW
from platform_api.kernel.digests import Digest

COLUMNS = (
    "number, at, tag, outcome, actor, actor_name, organisation_id, address, target_kind, target, details, "
    "previous_hash, hash"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries a reader asks for, newest first."""

    reader_organisation: str
    before: int | None
    actor: str | None
    tag: Tag | None
    target: str | None
    since: datetime | None
    until: datetime | None
    limit: int


@dataclass(frozen=True, slots=True)
class Link:
    """An entry with its hashes."""

    kept: KeptEntry
    previous: bytes
    hash: bytes


async def append(transaction: Transaction, entry: Entry, at: datetime, digest: Digest) -> None:
    """Adds the next link; the head is locked until the end of the transaction, so this comes last in it."""
    newest = await transaction.fetchrow("SELECT number, hash FROM audit_head_locked()")
    if newest is None:
        raise LookupError("the trail has no head")
    number, previous = newest["number"] + 1, newest["hash"]
    kept = KeptEntry(number=number, at=at, entry=entry)
    await transaction.execute(
        f"INSERT INTO audit_entries ({COLUMNS}) "  # noqa: S608 - constants
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        number,
        at,
        entry.tag,
        entry.outcome,
        entry.who.subject,
        entry.who.name,
        entry.who.organisation,
        entry.who.address,
        entry.target_kind,
        entry.target,
        dict(entry.details),
        previous,
        entry_hash(kept, previous, digest),
    )


async def find(transaction: Transaction, wanted: Filter) -> list[KeptEntry]:
    """Entries of the reader's organisation and those below it; nobody's entries only for the topmost."""
    rows = await transaction.fetch(
        f"""
        {BELOW}
        SELECT {COLUMNS} FROM audit_entries
        WHERE (organisation_id IN (SELECT id FROM mine)
               OR (organisation_id IS NULL
                   AND EXISTS (SELECT 1 FROM organisations WHERE id = $1 AND parent_id IS NULL)))
          AND ($2::bigint IS NULL OR number < $2)
          AND ($3::text IS NULL OR actor = $3)
          AND ($4::text IS NULL OR tag = $4)
          AND ($5::text IS NULL OR target = $5)
          AND ($6::timestamptz IS NULL OR at >= $6)
          AND ($7::timestamptz IS NULL OR at < $7)
        ORDER BY number DESC LIMIT $8
        """,  # noqa: S608 - constants
        wanted.reader_organisation,
        wanted.before,
        wanted.actor,
        wanted.tag,
        wanted.target,
        wanted.since,
        wanted.until,
        wanted.limit,
    )
    return [_kept(row) for row in rows]


async def newest(transaction: Transaction) -> tuple[int, bytes]:
    """The number and hash that the database says are the last."""
    row = await transaction.fetchrow("SELECT number, hash FROM audit_head")
    if row is None:
        raise LookupError("the trail has no head")
    return row["number"], row["hash"]


async def make_months(transaction: Transaction, first: datetime, months: int) -> int:
    """How many of these months had no part of the table yet and have one now."""
    return int(await transaction.fetchval("SELECT audit_make_months($1, $2)", first, months))


async def read_links(transaction: Transaction, after: int, limit: int) -> list[Link]:
    """The links that follow a number, oldest first."""
    rows = await transaction.fetch(
        f"SELECT {COLUMNS} FROM audit_entries WHERE number > $1 ORDER BY number LIMIT $2",  # noqa: S608 - constants
        after,
        limit,
    )
    return [Link(_kept(row), row["previous_hash"], row["hash"]) for row in rows]


async def about(transaction: Transaction, subject: str, before: int | None, limit: int) -> list[KeptEntry]:
    """What others did with a person's own record, or saw of it in a list; the newest first."""
    rows = await transaction.fetch(
        f"SELECT {COLUMNS} FROM audit_entries "  # noqa: S608 - constants
        "WHERE (target = $1 OR (details ? 'keys' AND string_to_array(details ->> 'keys', ' ') @> ARRAY[$1])) "
        "AND actor <> $1 AND outcome = 'ok' AND ($2::bigint IS NULL OR number < $2) "
        "ORDER BY number DESC LIMIT $3",
        subject,
        before,
        limit,
    )
    return [_kept(row) for row in rows]


async def since(transaction: Transaction, moment: datetime, actor: str | None) -> list[KeptEntry]:
    """Entries from a moment on, oldest first."""
    rows = await transaction.fetch(
        f"SELECT {COLUMNS} FROM audit_entries "  # noqa: S608 - constants
        "WHERE at >= $1 AND ($2::text IS NULL OR actor = $2) ORDER BY number",
        moment,
        actor,
    )
    return [_kept(row) for row in rows]


def _kept(row: Record) -> KeptEntry:
    who = Who(
        subject=row["actor"],
        name=row["actor_name"],
        organisation=row["organisation_id"],
        address=row["address"],
    )
    entry = Entry(
        tag=Tag(row["tag"]),
        who=who,
        target_kind=row["target_kind"],
        target=row["target"],
        outcome=Outcome(row["outcome"]),
        details=row["details"],
    )
    return KeptEntry(number=row["number"], at=row["at"], entry=entry)
