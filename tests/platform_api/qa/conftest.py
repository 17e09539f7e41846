"""The people round a question."""

import pytest

from platform_api.identity.model import UserRole
from tests.support.platform import Person, Town
from tests.support.sessions import Stage, make_stage


@pytest.fixture
async def stage(town: Town) -> Stage:
    return await make_stage(town)


@pytest.fixture
async def administrator(town: Town) -> Person:
    """One who runs the place and takes no part in questions."""
    return await town.signed_in("admin", UserRole.ADMINISTRATOR)


@pytest.fixture
async def town_of_three(town: Town) -> dict[str, Person]:
    """Two county hospitals below one city, somebody of the city, and one apart."""
    await town.organisation("市卫健委")
    for name in ("甲县医院", "乙县医院"):
        await town.organisation(name, parent="市卫健委")
    return {
        "one": await town.signed_in("one", UserRole.DOCTOR, organisation="甲县医院"),
        "two": await town.signed_in("two", UserRole.DOCTOR, organisation="乙县医院"),
        "above": await town.signed_in("above", UserRole.DOCTOR, organisation="市卫健委"),
        "apart": await town.signed_in("apart", UserRole.DOCTOR, organisation="外省医院"),
    }
