"""The demonstration keeps to its own session, whatever else its expert has on air."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.launch.demo.seed import session_on_air
from platform_api.identity.model import UserRole
from platform_api.kernel.ids import OrganisationId, SessionId, UserId
from platform_api.teaching import LiveSessions, Teaching
from platform_api.teaching.model import Asker, Session, SessionState
from tests.support.platform import Town


@pytest.fixture
async def asker(town: Town) -> Asker:
    """The demonstration's expert."""
    user = (await town.person("wang", UserRole.EXPERT)).user
    return Asker(
        at=town.clock.now(),
        subject=user.id,
        name=user.name,
        organisation=OrganisationId((await town.organisation("市立医院")).id),
        user=UserId(user.id),
        permissions=frozenset({"sessions.plan", "sessions.view"}),
    )


async def another_on_air(town: Town, asker: Asker, own: Session) -> Session:
    """A session that the same expert opened by hand, later."""
    town.clock.advance(60)
    plan = replace(own.plan, title="另一场", starts_at=town.clock.now() + timedelta(seconds=5))
    planned = await town.platform.services.get(Teaching).plan(asker, plan)
    return await town.platform.services.get(LiveSessions).open(asker, SessionId(planned.session.id))


async def test_a_restart_finds_its_own_session_among_others(town: Town, asker: Asker, tmp_path: Path) -> None:
    kept = tmp_path / "session.json"
    own = await session_on_air(town.platform, asker, town.clock, kept)
    other = await another_on_air(town, asker, own)

    again = await session_on_air(town.platform, asker, town.clock, kept)
    await town.platform.services.get(LiveSessions).end(asker, SessionId(own.id))
    renewed = await session_on_air(town.platform, asker, town.clock, kept)

    assert (again.id, again.room) == (own.id, own.room)
    assert renewed.id not in (own.id, other.id)
    assert renewed.state is SessionState.OPEN
    assert json.loads(kept.read_text()) == {"session": renewed.id}


async def test_a_session_on_air_before_the_first_start_is_not_taken(
    town: Town, asker: Asker, tmp_path: Path
) -> None:
    first = await session_on_air(town.platform, asker, town.clock, tmp_path / "elsewhere.json")

    own = await session_on_air(town.platform, asker, town.clock, tmp_path / "session.json")

    assert own.id != first.id


async def test_a_start_killed_before_it_opened_opens_the_same_session(
    town: Town, asker: Asker, tmp_path: Path
) -> None:
    model = await session_on_air(town.platform, asker, town.clock, tmp_path / "model.json")
    planned = (await town.platform.services.get(Teaching).plan(asker, model.plan)).session
    (tmp_path / "session.json").write_text(json.dumps({"session": planned.id}))

    own = await session_on_air(town.platform, asker, town.clock, tmp_path / "session.json")

    assert (own.id, own.state) == (planned.id, SessionState.OPEN)
