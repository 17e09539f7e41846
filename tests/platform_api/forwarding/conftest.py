"""The people round a thing that is forwarded."""

import pytest

from tests.support.platform import Town
from tests.support.sessions import Stage, make_stage


@pytest.fixture
async def stage(town: Town) -> Stage:
    return await make_stage(town)
