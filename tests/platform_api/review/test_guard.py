"""What PostgreSQL itself refuses, whatever the application does."""

import itertools
from typing import Any

import asyncpg
import pytest

from platform_api.db import Actor
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import OWNER_ROLE
from platform_api.kernel.ids import new_id
from platform_api.review.model import ReviewState
from platform_api.review.rules import MOVES
from tests.support.platform import Person, Town
from tests.support.sessions import Stage, make_stage

TABLES = """
    CREATE TABLE findings (
        id uuid PRIMARY KEY, organisation_id uuid NOT NULL REFERENCES organisations (id), words text NOT NULL,
        reads integer NOT NULL DEFAULT 0
    );
    CREATE TABLE finding_parts (
        id integer PRIMARY KEY, finding_id uuid NOT NULL REFERENCES findings (id), words text NOT NULL
    );
    SELECT review_guard('findings', 'test.finding', 'id', 'reads');
    SELECT review_guard('finding_parts', 'test.finding', 'finding_id');
    GRANT SELECT, INSERT, UPDATE, DELETE ON findings, finding_parts TO scopecast_app;
"""
Frozen = asyncpg.RestrictViolationError
LEVELS = [{"level": "own", "permission": "x.review", "organisation": new_id(), "organisation_name": "x"}]


@pytest.fixture
async def stage(town: Town) -> Stage:
    return await make_stage(town)


@pytest.fixture
async def finding(stage: Stage, cluster: EmbeddedPostgres, database_name: str) -> str:
    """A row with a part in tables of a later module, and its draft's review."""
    owner = await asyncpg.connect(cluster.dsn(role=OWNER_ROLE, database=database_name))
    await owner.execute(TABLES)
    await owner.close()
    made = new_id()
    home = stage.expert.user.organisation
    await run(stage, stage.expert, "INSERT INTO findings VALUES ($1, $2, 'a')", made, home)
    await run(stage, stage.expert, "INSERT INTO finding_parts VALUES (1, $1, 'a')", made)
    await run(
        stage,
        stage.expert,
        "INSERT INTO reviews (id, organisation_id, kind, subject_id, moved_at) "
        "VALUES ($1, $2, 'test.finding', $3, now())",
        new_id(),
        stage.expert.user.organisation,
        made,
    )
    return made


async def run(stage: Stage, person: Person, sql: str, *values: object) -> int:
    """One statement as the application's role, for this person; how many rows it touched."""
    actor = Actor(subject=person.user.id, organisation=person.user.organisation)
    async with stage.town.platform.database.transaction(actor) as transaction:
        return await transaction.execute(sql, *values)


async def put(stage: Stage, person: Person, finding: str, **columns: Any) -> int:
    """Columns of the review, set by this person."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
    return await run(
        stage,
        person,
        f"UPDATE reviews SET {sets} WHERE subject_id = $1",  # noqa: S608 - names of the test
        finding,
        *columns.values(),
    )


async def hand_in(stage: Stage, finding: str) -> None:
    await put(
        stage,
        stage.expert,
        finding,
        state="submitted",
        version=1,
        levels=LEVELS,
        submitted_by=stage.expert.user.id,
    )


async def lock(stage: Stage, finding: str) -> None:
    await hand_in(stage, finding)
    await put(stage, stage.office, finding, state="locked", approved_by=[stage.office.user.id])


CHANGES = (
    "UPDATE findings SET words = 'b' WHERE id = $1",
    "UPDATE findings SET words = 'b', reads = reads + 1 WHERE id = $1",
    "UPDATE finding_parts SET words = 'b' WHERE finding_id = $1",
    "DELETE FROM finding_parts WHERE finding_id = $1",
    "INSERT INTO finding_parts VALUES (2, $1, 'b')",
    "DELETE FROM findings WHERE id = $1",
)


async def test_DL_locked_rows_refuse_the_application_role_in_the_database_itself(
    stage: Stage, finding: str
) -> None:
    assert await run(stage, stage.expert, "UPDATE findings SET words = 'aa' WHERE id = $1", finding) == 1

    await hand_in(stage, finding)
    for change in CHANGES:
        with pytest.raises(Frozen, match="submitted and does not change"):
            await run(stage, stage.expert, change, finding)
    await put(stage, stage.office, finding, state="locked", approved_by=[stage.office.user.id])
    for person, change in itertools.product((stage.expert, stage.office, stage.foreigner), CHANGES):
        with pytest.raises(Frozen, match="locked and does not change"):
            await run(stage, person, change, finding)

    async with stage.town.platform.database.transaction() as transaction:
        assert await transaction.fetchval("SELECT current_user") == "scopecast_app"
    assert await run(stage, stage.expert, "UPDATE findings SET reads = 7 WHERE id = $1", finding) == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(stage, stage.expert, "ALTER TABLE findings DISABLE TRIGGER review_frozen")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(stage, stage.expert, "DELETE FROM reviews WHERE subject_id = $1", finding)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(stage, stage.expert, "UPDATE review_acts SET note = 'x'")


async def test_AZ_05_the_database_knows_the_same_moves_as_the_rules(stage: Stage, finding: str) -> None:
    """From each state every other is tried by a raw statement of the role of the application."""
    await hand_in(stage, finding)
    walk: list[tuple[ReviewState, Person, dict[str, Any]]] = [
        (ReviewState.SUBMITTED, stage.office, {"approved_by": [stage.office.user.id]}),
        (ReviewState.LOCKED, stage.expert, {}),
        (
            ReviewState.UNLOCK_ASKED,
            stage.office,
            {"unlock_asked_by": None, "unlock_reason": None},
        ),
        (ReviewState.UNLOCKED, stage.expert, {"version": 2, "approved_by": []}),
    ]
    onward: dict[ReviewState, dict[str, Any]] = {
        ReviewState.SUBMITTED: {"state": "locked"},
        ReviewState.LOCKED: {
            "state": "unlock_asked",
            "unlock_asked_by": stage.expert.user.id,
            "unlock_reason": "x",
        },
        ReviewState.UNLOCK_ASKED: {"state": "unlocked"},
    }
    for state, person, more in walk:
        reached = {target for (origin, _), target in MOVES.items() if origin is state} - {state}
        for target in set(ReviewState) - reached - {state}:
            with pytest.raises(asyncpg.CheckViolationError):
                await put(stage, person, finding, state=target.value, **more)
        if state in onward:
            assert await put(stage, person, finding, **{**more, **onward[state]}) == 1


async def test_AZ_05_the_database_keeps_four_eyes(stage: Stage, finding: str) -> None:
    await hand_in(stage, finding)
    own = {"state": "locked", "approved_by": [stage.expert.user.id]}
    with pytest.raises(asyncpg.CheckViolationError, match="another person"):
        await put(stage, stage.expert, finding, **own)
    with pytest.raises(asyncpg.CheckViolationError, match="another person"):
        await put(stage, stage.colleague, finding, **own)  # in the name of somebody else
    await put(stage, stage.office, finding, state="locked", approved_by=[stage.office.user.id])
    asked = {"state": "unlock_asked", "unlock_asked_by": stage.office.user.id, "unlock_reason": "x"}
    with pytest.raises(asyncpg.CheckViolationError, match="no move"):
        await put(stage, stage.expert, finding, **asked)  # in the name of somebody else
    await put(stage, stage.office, finding, **asked)
    granted = {"state": "unlocked", "unlock_asked_by": None, "unlock_reason": None}
    with pytest.raises(asyncpg.CheckViolationError, match="another person"):
        await put(stage, stage.office, finding, **granted)

    assert await put(stage, stage.foreigner, finding, **granted) == 0
    assert await put(stage, stage.expert, finding, **granted) == 1
    with pytest.raises(asyncpg.CheckViolationError, match="begins as a draft"):
        await run(
            stage,
            stage.expert,
            "INSERT INTO reviews (id, organisation_id, kind, subject_id, state, moved_at) "
            "VALUES ($1, $2, 'test.finding', $1, 'unlocked', now())",
            new_id(),
            stage.expert.user.organisation,
        )


async def test_a_merger_leaves_what_is_locked_where_it_is(stage: Stage, finding: str) -> None:
    """The house hands over what one organisation owns: a locked row is no reason to hand over nothing."""
    await lock(stage, finding)
    town, source = stage.town, stage.expert.user.organisation
    target = new_id()
    async with town.platform.database.transaction(Actor(subject="system:test")) as transaction:
        await transaction.execute(
            "INSERT INTO organisations (id, name, kind, created_at) VALUES ($1, $2, 'hospital', now())",
            target,
            "合并后医院",
        )
        await transaction.execute("UPDATE organisations SET parent_id = $2 WHERE id = $1", source, target)
        stayed = await transaction.fetchval("SELECT organisation_hand_over($1, $2)", source, target)
        kept = await transaction.fetchval("SELECT organisation_id FROM findings WHERE id = $1", finding)
        moved = await transaction.fetchval("SELECT count(*) FROM users WHERE organisation_id = $1", target)

    assert {"findings", "reviews"} <= set(stayed)
    assert kept == source
    assert moved > 0
