"""The people round a session."""

import pytest

from platform_api.kernel.sealing import Sealer
from tests.support.platform import Town
from tests.support.sessions import Stage, make_stage


@pytest.fixture
async def stage(town: Town) -> Stage:
    return await make_stage(town)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer.from_text(Sealer.generate_text("k1"))
