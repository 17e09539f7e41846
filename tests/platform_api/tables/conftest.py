"""A platform with a list of people, and who looks at it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from platform_api.app import DOMAINS
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.model import UserRole
from platform_api.kernel.sentences import Language, table
from tests.support.people_list import Patient, PeopleDomain, add_people, make_people, patients
from tests.support.platform import BuildTown, Person, Town
from tests.support.sessions import ok


@dataclass(slots=True)
class Clinic:
    """A hospital with an office and a doctor, a foreign hospital, and their people in care."""

    town: Town
    doctor: Person
    office: Person
    foreigner: Person
    rows: list[Patient]
    add: Callable[[list[Patient]], Awaitable[None]]

    async def ask(self, person: Person, **asked: Any) -> dict[str, Any]:
        """A page of the list."""
        page: dict[str, Any] = await ok(await person.post("/tables/people/rows", asked))
        return page

    async def column(self, person: Person, name: str, **asked: Any) -> list[Any]:
        """One column of a page."""
        page = await self.ask(person, columns=[name], **asked)
        return [row["cells"][0] for row in page["rows"]]


@pytest.fixture
async def clinic(
    build_town: BuildTown, cluster: EmbeddedPostgres, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> Clinic:
    words = {f"table.people.state.{state}": state for state in ("waiting", "seen", "closed")}
    monkeypatch.setitem(table(Language.ZH_CN), "table.people", "患者")
    for code, text in words.items():
        monkeypatch.setitem(table(Language.ZH_CN), code, text)
    await make_people(cluster, database_name)
    town = await build_town(domains=(*DOMAINS, PeopleDomain()))
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    office = await town.signed_in("office", UserRole.OFFICE)
    foreigner = await town.signed_in("foreigner", UserRole.OFFICE, organisation="外省医院")
    here, there = town.organisations["市立医院"].id, town.organisations["外省医院"].id

    async def add(rows: list[Patient]) -> None:
        await add_people(cluster, database_name, town.keys.sealer, rows)

    rows = patients(here, 60)
    await add([*rows, *patients(there, 7)])
    return Clinic(town, doctor, office, foreigner, rows, add)
