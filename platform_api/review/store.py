"""All SQL of reviews; rows come out as values of the model."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from platform_api.db import Record, Transaction
from platform_api.kernel.ids import OrganisationId, UserId
from platform_api.review.model import (
    Difference,
    Happened,
    Level,
    LevelName,
    LevelRule,
    Node,
    Review,
    ReviewAct,
    ReviewId,
    ReviewState,
)

_READ: Final = (
    "SELECT r.*, (SELECT scopecast_scope()) AS scope FROM reviews r WHERE kind = $1 AND subject_id = $2"
)


async def begin(
    transaction: Transaction,
    review: ReviewId,
    kind: str,
    subject: str,
    organisation: OrganisationId,
    at: datetime,
) -> None:
    """A draft's review, unless it has one."""
    await transaction.execute(
        "INSERT INTO reviews (id, kind, subject_id, organisation_id, moved_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (kind, subject_id) DO NOTHING",
        review,
        kind,
        subject,
        organisation,
        at,
    )


async def get(transaction: Transaction, kind: str, subject: str, *, held: bool = False) -> Review | None:
    """The review; `held` against other moves and changes until the end of the transaction (AZ-05)."""
    row = await transaction.fetchrow(_READ + (" FOR UPDATE OF r" if held else ""), kind, subject)
    return None if row is None else _review(row)


async def save(transaction: Transaction, review: Review, at: datetime) -> None:
    """The review after a move; the database looks at the move once more."""
    await transaction.execute(
        "UPDATE reviews SET state = $2, version = $3, levels = $4, place = $5, submitted_by = $6, "
        "submitted_at = $7, approved_by = $8, unlock_asked_by = $9, unlock_reason = $10, moved_at = $11 "
        "WHERE id = $1",
        review.id,
        review.state.value,
        review.version,
        [asdict(level) for level in review.levels],
        review.place,
        review.submitted_by,
        review.submitted_at,
        list(review.approved_by),
        review.unlock_asked_by,
        review.unlock_reason,
        at,
    )


async def add_act(transaction: Transaction, act: str, review: Review, happened: Happened) -> None:
    """One line of the history, for good."""
    await transaction.execute(
        "INSERT INTO review_acts (id, review_id, organisation_id, act, version, level, user_id, name, at, "
        "note, remarks, content, differences) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        act,
        review.id,
        review.organisation,
        happened.act.value,
        happened.version,
        happened.level,
        happened.user,
        happened.name,
        happened.at,
        happened.note,
        dict(happened.remarks),
        None if happened.content is None else dict(happened.content),
        [asdict(each) for each in happened.differences],
    )


async def history(transaction: Transaction, review: ReviewId) -> tuple[Happened, ...]:
    """What happened, oldest first."""
    rows = await transaction.fetch("SELECT * FROM review_acts WHERE review_id = $1 ORDER BY id", review)
    return tuple(_happened(row) for row in rows)


async def last_content(transaction: Transaction, review: ReviewId) -> dict[str, Any] | None:
    """What was handed in last."""
    content: dict[str, Any] | None = await transaction.fetchval(
        "SELECT content FROM review_acts WHERE review_id = $1 AND act = 'submit' ORDER BY id DESC LIMIT 1",
        review,
    )
    return content


async def level_rules(transaction: Transaction, kind: str) -> tuple[LevelRule, ...]:
    """The levels of a kind, in the order in which they look."""
    rows = await transaction.fetch("SELECT * FROM review_levels WHERE kind = $1 ORDER BY place", kind)
    return tuple(LevelRule(level=LevelName(row["level"]), permission=row["permission"]) for row in rows)


async def is_topmost(transaction: Transaction, organisation: OrganisationId | None) -> bool:
    """Whether nothing stands above this organisation."""
    found: bool = await transaction.fetchval(
        "SELECT EXISTS (SELECT FROM organisations WHERE id = $1 AND parent_id IS NULL)", organisation
    )
    return found


async def set_level_rules(transaction: Transaction, kind: str, levels: Sequence[LevelRule]) -> None:
    """Other levels of a kind, for what is handed in from now on."""
    await transaction.execute("DELETE FROM review_levels WHERE kind = $1", kind)
    await transaction.executemany(
        "INSERT INTO review_levels (kind, place, level, permission) VALUES ($1, $2, $3, $4)",
        [(kind, place, rule.level.value, rule.permission) for place, rule in enumerate(levels)],
    )


async def way_up(transaction: Transaction, organisation: OrganisationId) -> list[Node]:
    """An organisation and all above it, the nearest first."""
    rows = await transaction.fetch(
        "SELECT o.id, o.name, o.kind, o.region_code FROM organisation_paths p "
        "JOIN organisations o ON o.id = p.ancestor_id WHERE p.descendant_id = $1 ORDER BY p.depth",
        organisation,
    )
    return [
        Node(id=OrganisationId(row["id"]), name=row["name"], kind=row["kind"], region_code=row["region_code"])
        for row in rows
    ]


def _review(row: Record) -> Review:
    levels = tuple(
        Level(
            level=LevelName(each["level"]),
            permission=each["permission"],
            organisation=OrganisationId(each["organisation"]),
            organisation_name=each["organisation_name"],
        )
        for each in row["levels"]
    )
    return Review(
        id=ReviewId(row["id"]),
        organisation=OrganisationId(row["organisation_id"]),
        kind=row["kind"],
        subject=row["subject_id"],
        state=ReviewState(row["state"]),
        version=row["version"],
        levels=levels,
        place=row["place"],
        submitted_by=row["submitted_by"] and UserId(row["submitted_by"]),
        submitted_at=row["submitted_at"],
        approved_by=tuple(UserId(user) for user in row["approved_by"]),
        unlock_asked_by=row["unlock_asked_by"] and UserId(row["unlock_asked_by"]),
        unlock_reason=row["unlock_reason"],
        reached=tuple(level.organisation in row["scope"] for level in levels),
    )


def _happened(row: Record) -> Happened:
    return Happened(
        act=ReviewAct(row["act"]),
        version=row["version"],
        level=row["level"],
        user=UserId(row["user_id"]),
        name=row["name"],
        at=row["at"],
        note=row["note"],
        remarks=row["remarks"],
        content=row["content"],
        differences=tuple(Difference(**each) for each in row["differences"]),
    )
