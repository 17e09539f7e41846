"""The trail as a list: asked by who acted, how it ended, and from where."""

from typing import Any

from platform_api.identity.model import Duty, UserRole
from tests.support.platform import Person, Town
from tests.support.sessions import ok

COLUMNS = ["tag", "outcome", "actor", "address"]


async def asked(auditor: Person, **filters: str) -> list[list[Any]]:
    conditions = [{"column": name, "operator": "is", "values": [value]} for name, value in filters.items()]
    answer = await auditor.post("/tables/audit/rows", {"filters": conditions, "columns": COLUMNS})
    return [row["cells"] for row in (await ok(answer))["rows"]]


async def test_AD_01_the_trail_is_asked_by_person_outcome_and_address(town: Town) -> None:
    auditor = await town.signed_in("auditor", duty=Duty.AUDIT)
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    assert (await doctor.get("/users")).status == 403

    (refused,) = await asked(auditor, actor=doctor.user.id, outcome="refused")
    of_doctor = await asked(auditor, actor=doctor.user.id)
    here = await asked(auditor, address=refused[3], actor=doctor.user.id)

    assert refused[:3] == ["access.refused", "refused", doctor.user.name]
    assert here == of_doctor
    assert {cells[0] for cells in of_doctor} >= {"login", "access.refused"}
    assert await asked(auditor, address="192.0.2.254") == []
    assert (await doctor.post("/tables/audit/rows", {})).status == 404
