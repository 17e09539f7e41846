"""The people round a session, and the way of a worker to its queue."""

import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from tests.support.platform import Town
from tests.support.sessions import Stage, make_stage


@pytest.fixture
async def stage(town: Town) -> Stage:
    return await make_stage(town)


@pytest.fixture
def dsn(cluster: EmbeddedPostgres, database_name: str) -> str:
    return cluster.dsn(role=APP_ROLE, database=database_name)
