"""The database's own rules: what a forgotten check in the service would still not do (AZ-01)."""

from platform_api.db import Actor
from tests.support.sessions import Stage


async def test_AZ_01_no_row_is_written_for_another_organisation(stage: Stage) -> None:
    session = await stage.plan(visibility="everyone_signed_in")
    foreigner = stage.foreigner.user
    actor = Actor(subject=foreigner.id, organisation=foreigner.organisation)

    async with stage.town.platform.database.transaction(actor) as transaction:
        changed = await transaction.execute("UPDATE sessions SET title = 'x' WHERE id = $1", session["id"])

    assert changed == 0
