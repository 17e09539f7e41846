from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.live import Live, running


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with running(tmp_path) as made:
        yield made
