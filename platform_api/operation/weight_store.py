"""All SQL of what is kept and what it weighs; whose it is, is read from the rows that name it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from platform_api.db import Transaction
from platform_api.kernel.ids import OrganisationId
from platform_api.operation.model import OF_ORGANISATIONS, Kind, Storage, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A recording's organisation, and its bytes if its folder changed last then; None: never weighed."""

    organisation: OrganisationId
    bytes: int
    changed_ns: int | None


async def recordings(transaction: Transaction, ids: Sequence[str]) -> dict[str, Known]:
    """Those of these that some row names."""
    rows = await transaction.fetch(
        "SELECT r.id, r.organisation_id, coalesce(w.bytes, 0) AS bytes, w.changed_ns FROM recordings r "
        "LEFT JOIN recording_weights w ON w.recording_id = r.id WHERE r.id = ANY ($1::uuid[])",
        list(ids),
    )
    return {
        row["id"]: Known(
            organisation=OrganisationId(row["organisation_id"]),
            bytes=row["bytes"],
            changed_ns=row["changed_ns"],
        )
        for row in rows
    }


async def keep_recordings(transaction: Transaction, weighed: Mapping[str, tuple[int, int]]) -> None:
    """Bytes, and when the folder had changed; of one that was removed meanwhile nothing is kept."""
    await transaction.execute(
        "INSERT INTO recording_weights (recording_id, bytes, changed_ns) "
        "SELECT w.id, w.bytes, w.changed "
        "FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS w (id, bytes, changed) "
        "JOIN recordings r ON r.id = w.id "
        "ON CONFLICT (recording_id) DO UPDATE SET bytes = excluded.bytes, changed_ns = excluded.changed_ns",
        list(weighed),
        [each[0] for each in weighed.values()],
        [each[1] for each in weighed.values()],
    )


async def owners_of_files(
    transaction: Transaction, ids: Sequence[str]
) -> dict[tuple[bool, str], tuple[Kind, OrganisationId]]:
    """By whether it is under way, and its id: what each of these bytes is, and whose."""
    rows = await transaction.fetch(
        "SELECT id AS name, organisation_id, 'files' AS kind FROM files "
        "WHERE id = ANY ($1::uuid[]) AND purged_at IS NULL "
        "UNION ALL SELECT preview_id, organisation_id, 'previews' FROM files "
        "WHERE preview_id = ANY ($1::uuid[]) "
        "UNION ALL SELECT id, organisation_id, 'uploads' FROM uploads WHERE id = ANY ($1::uuid[])",
        list(ids),
    )
    return {
        (row["kind"] == Kind.UPLOADS, row["name"]): (
            Kind(row["kind"]),
            OrganisationId(row["organisation_id"]),
        )
        for row in rows
    }


async def owners_of_exports(transaction: Transaction, ids: Sequence[str]) -> dict[str, OrganisationId]:
    """Whose exports these are."""
    rows = await transaction.fetch(
        "SELECT id, organisation_id FROM exports WHERE id = ANY ($1::uuid[])", list(ids)
    )
    return {row["id"]: OrganisationId(row["organisation_id"]) for row in rows}


async def database_bytes(transaction: Transaction) -> int:
    """What the server says of this database; its log is not in it."""
    return int(await transaction.fetchval("SELECT pg_database_size(current_database())"))


async def replace(
    transaction: Transaction,
    kinds: Mapping[Kind, Weight],
    organisations: Mapping[OrganisationId, Mapping[Kind, int]],
    at: datetime,
) -> None:
    """These figures instead of those of the last time."""
    await transaction.execute("DELETE FROM storage_kinds")
    await transaction.execute("DELETE FROM organisation_storage")
    await transaction.executemany(
        "INSERT INTO storage_kinds (kind, bytes, items, weighed_at) VALUES ($1, $2, $3, $4)",
        [(kind.value, weight.bytes, weight.items, at) for kind, weight in kinds.items()],
    )
    await transaction.executemany(
        "INSERT INTO organisation_storage (organisation_id, recordings, files, previews, uploads, exports) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (organisation, *(of.get(kind, 0) for kind in OF_ORGANISATIONS))
            for organisation, of in organisations.items()
        ],
    )


async def kept(transaction: Transaction) -> Storage | None:
    """The figures of the last time, the heaviest first; None if nothing was weighed yet."""
    rows = await transaction.fetch("SELECT * FROM storage_kinds ORDER BY bytes DESC, kind")
    if not rows:
        return None
    return Storage(
        weighed_at=rows[0]["weighed_at"],
        kinds=tuple((Kind(row["kind"]), Weight(row["bytes"], row["items"])) for row in rows),
    )
