"""Access in an emergency: a reason, an hour, the organisation told at once, a review (AZ-06)."""

from typing import Any

import pytest

from platform_api.alarms import Alarms
from platform_api.identity.logins import Logins
from platform_api.identity.model import Duty, UserRole
from platform_api.kernel.events import AccessRevoked
from platform_api.kernel.ids import new_id
from tests.support.platform import Person, Town
from tests.support.sessions import PLAN, ok, refusal

REASON = "患者转来我院途中大出血，需看既往内镜"


@pytest.fixture
async def there(town: Town) -> Town:
    """Two hospitals that have nothing to do with each other; `there` has a session of its own."""
    await town.organisation("彼院")
    return town


def node(town: Town) -> str:
    return town.organisations["彼院"].id


async def opened(town: Town, person: Person, minutes: int = 60) -> dict[str, Any]:
    body = {"organisation": node(town), "reason": REASON, "minutes": minutes}
    access: dict[str, Any] = await ok(await person.post("/break-glass", body), 201)
    return access


async def looks(town: Town, person: Person, session: str) -> int:
    headers = {**person.headers, "X-Scopecast-Node": node(town)}
    return (await town.client.get(f"/api/v1/sessions/{session}", headers=headers)).status


async def test_AZ_06_it_lasts_an_hour_at_most_and_lets_one_look_and_nothing_else(there: Town) -> None:
    doctor = await there.signed_in("doctor", UserRole.DOCTOR)
    expert = await there.signed_in("expert", UserRole.EXPERT, organisation="彼院")
    session = (await ok(await expert.post("/sessions", PLAN | {"visibility": "organisation"}), 201))["id"]
    assert await looks(there, doctor, session) == 404
    for body in ({"reason": "急"}, {"minutes": 61}, {"minutes": 0}):
        wrong = {"organisation": node(there), "reason": REASON, "minutes": 60} | body
        assert (await doctor.post("/break-glass", wrong)).status == 422

    access = await opened(there, doctor, 5)

    assert await looks(there, doctor, session) == 200
    assert (await doctor.get(f"/sessions/{session}")).status == 404  # at home nothing has changed
    headers = {**doctor.headers, "X-Scopecast-Node": node(there)}
    me = (await ok(await there.client.get("/api/v1/auth/me", headers=headers)))["user"]
    assert set(me["permissions"]) == {"sessions.view", "recordings.view", "files.view", "qa.view"}
    assert await refusal(
        await doctor.post("/break-glass", {"organisation": node(there), "reason": REASON})
    ) == (
        409,
        "break_glass.open",
    )
    there.clock.advance(299)
    assert await looks(there, doctor, session) == 200
    there.clock.advance(1)
    assert await looks(there, doctor, session) == 404
    await there.platform.services.get(Logins).sweep()
    (mine,) = (await ok(await doctor.get("/break-glass/mine")))["items"]
    assert (mine["id"], mine["closed_at"]) == (access["id"], access["ends_at"])


async def test_AZ_06_the_organisation_is_told_at_once_and_somebody_else_reviews_it(there: Town) -> None:
    doctor = await there.signed_in("doctor", UserRole.DOCTOR)
    security = await there.signed_in("security", UserRole.DOCTOR, duty=Duty.SECURITY, organisation="彼院")
    keeper = await there.signed_in("keeper", UserRole.ADMINISTRATOR, organisation="彼院")
    auditor = await there.signed_in("auditor", duty=Duty.AUDIT, organisation="彼院")
    elsewhere = await there.signed_in("elsewhere", duty=Duty.SECURITY)
    revoked: list[AccessRevoked] = []

    async def hear(event: AccessRevoked) -> None:
        revoked.append(event)

    there.bus.subscribe(AccessRevoked, hear)
    access = await opened(there, doctor)
    await there.platform.services.get(Alarms).look()

    told = {item["kind"]: item["title"] for item in (await ok(await security.get("/inbox")))["items"]}
    assert told["emergency.opened"] == "doctor医生 紧急访问了彼院的记录，请复核"
    assert told["alarms.raised"] == "doctor医生紧急访问了本机构的记录"
    assert [item["kind"] for item in (await ok(await keeper.get("/inbox")))["items"]] == ["emergency.told"]
    (listed,) = (await ok(await security.get("/break-glass")))["items"]
    wanted = ["user_id", "organisation_id", "reason", "verdict", "reviewer_name"]
    asked = {"columns": wanted, "filters": [{"column": "verdict", "operator": "is", "values": ["waiting"]}]}
    (row,) = (await ok(await security.post("/tables/emergency_accesses/rows", asked)))["rows"]
    assert row["cells"] == ["doctor医生", "彼院", REASON, "waiting", None]
    assert (row["key"], row["references"]["user_id"]) == (listed["id"], doctor.user.id)
    assert (await doctor.post("/tables/emergency_accesses/rows", asked)).status == 404
    assert (listed["reason"], listed["user_name"], listed["user_organisation"]) == (
        REASON,
        "doctor医生",
        "市立医院",
    )
    verdict = {"justified": False, "remark": "未见转诊记录"}
    assert (await ok(await elsewhere.get("/break-glass")))["items"] == []
    assert (await ok(await elsewhere.post("/tables/emergency_accesses/rows", {})))["rows"] == []
    assert (await elsewhere.post(f"/break-glass/{access['id']}/review", verdict)).status == 404
    assert (await keeper.post(f"/break-glass/{access['id']}/review", verdict)).status == 403

    reviewed = await ok(await security.post(f"/break-glass/{access['id']}/review", verdict))

    assert (reviewed["justified"], reviewed["reviewed_by"]) == (False, "security医生")
    assert (await ok(await security.post("/tables/emergency_accesses/rows", asked)))["rows"] == []
    (row,) = (await ok(await security.post("/tables/emergency_accesses/rows", {"columns": wanted})))["rows"]
    assert row["cells"][3:] == ["unjustified", "security医生"]
    assert reviewed["closed_at"] is not None
    assert [event.subject for event in revoked] == [doctor.user.id]
    assert await looks(there, doctor, new_id()) == 404
    again = await security.post(f"/break-glass/{access['id']}/review", verdict)
    assert await refusal(again) == (409, "break_glass.reviewed")
    kinds = {item["kind"] for item in (await ok(await security.get("/inbox")))["items"]}
    assert "emergency.opened" not in kinds
    assert (await ok(await keeper.get("/inbox")))["items"] == []
    entries = (await ok(await auditor.get("/audit?limit=100")))["items"]
    assert "break_glass.reviewed" in {entry["tag"] for entry in entries}


async def test_AZ_02_strangers_neither_open_what_is_none_nor_close_what_is_not_theirs(there: Town) -> None:
    doctor = await there.signed_in("doctor", UserRole.DOCTOR)
    other = await there.signed_in("other", UserRole.DOCTOR)
    admin = await there.signed_in("admin", UserRole.ADMINISTRATOR)
    access = await opened(there, doctor)

    for organisation in (new_id(), doctor.user.organisation):
        refused = await other.post("/break-glass", {"organisation": organisation, "reason": REASON})
        assert refused.status in (404, 409)
    for known in (access["id"], new_id()):
        assert (await other.post(f"/break-glass/{known}/close")).status == 404
    assert (await ok(await other.get("/break-glass/mine")))["items"] == []
    assert (await admin.post("/break-glass", {"organisation": node(there), "reason": REASON})).status == 403
    for path in ("/break-glass", f"/break-glass/{access['id']}/close", f"/break-glass/{access['id']}/review"):
        assert (await there.client.post(f"/api/v1{path}", json={})).status == 401
    closed = await ok(await doctor.post(f"/break-glass/{access['id']}/close"))
    assert closed["closed_at"] is not None
    assert (await doctor.post(f"/break-glass/{access['id']}/close")).status == 404
