"""What raises an alarm, who is told of it within a minute, and that it is raised once (AD-05)."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from platform_api.alarms import Alarms
from platform_api.alarms.jobs import check_work
from platform_api.alarms.model import AlarmSettings, CheckTrail
from platform_api.alarms.rules import is_night
from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.http import Parts
from platform_api.identity.model import Duty, UserRole
from platform_api.kernel.ids import new_id
from tests.support.platform import BuildTown, Person, Town
from tests.support.sessions import ok

WITHIN_S = 60


def viewed(person: Person, target: str) -> Entry:
    who = Who(
        subject=person.user.id,
        name=person.user.name,
        organisation=person.user.organisation,
        address="192.0.2.1",
    )
    return Entry(tag=Tag.RECORD_VIEWED, who=who, target_kind="people", target=target)


async def until_told(guard: Person, count: int = 1) -> list[dict[str, Any]]:
    """What waits in the inbox of who guards, once so much of it is an alarm."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            guard.clock.advance(1)
            items = (await ok(await guard.get("/inbox")))["items"]
            alarms = [item for item in items if item["kind"] == "alarms.raised"]
            if len(alarms) >= count:
                return alarms


async def listed(guard: Person, settled: str) -> list[list[Any]]:
    """The alarms in the list, by whether somebody saw to them."""
    asked = {
        "columns": ["target", "actor", "count", "settled", "settled_by"],
        "filters": [{"column": "settled", "operator": "is", "values": [settled]}],
    }
    return [row["cells"] for row in (await ok(await guard.post("/tables/alarms/rows", asked)))["rows"]]


async def test_AD_05_ten_refused_reads_of_others_raise_an_alarm_once(town: Town) -> None:
    guard = await town.signed_in("guard", duty=Duty.SECURITY)
    elsewhere = await town.signed_in("elsewhere", duty=Duty.SECURITY, organisation="别的医院")
    nosy = await town.signed_in("nosy", UserRole.DOCTOR)
    for _ in range(9):
        assert (await nosy.get(f"/sessions/{new_id()}")).status == 404
    await town.platform.services.get(Alarms).look()
    assert (await ok(await guard.get("/alarms")))["items"] == []

    for _ in range(5):
        assert (await nosy.get(f"/sessions/{new_id()}")).status == 404
    (told,) = await until_told(guard)

    assert told["title"] == "nosy医生访问他人记录被拒 10 次"
    (alarm,) = (await ok(await guard.get("/alarms")))["items"]
    assert (alarm["kind"], alarm["actor"], alarm["settled_by"]) == ("refused_reads", nosy.user.id, None)
    assert (await ok(await elsewhere.get("/alarms")))["items"] == []
    assert await listed(guard, "false") == [["refused_reads", "nosy医生", 10, False, None]]
    assert (await elsewhere.post(f"/alarms/{alarm['number']}/settle")).status == 404
    await ok(await guard.post(f"/alarms/{alarm['number']}/settle"), 204)
    assert (await ok(await guard.get("/inbox")))["items"] == []
    (settled,) = (await ok(await guard.get("/alarms")))["items"]
    assert settled["settled_by"] == "guard医生"
    assert await listed(guard, "true") == [["refused_reads", "nosy医生", 10, True, "guard医生"]]
    assert (await listed(guard, "false"), await listed(elsewhere, "true")) == ([], [])
    assert (await nosy.post("/tables/alarms/rows", {})).status == 404
    assert (await guard.post(f"/alarms/{alarm['number']}/settle")).status == 409


async def test_AD_05_fifty_records_within_five_minutes_raise_an_alarm(town: Town) -> None:
    guard = await town.signed_in("guard", duty=Duty.SECURITY)
    fast, slow = await town.signed_in("fast", UserRole.DOCTOR), await town.signed_in("slow", UserRole.DOCTOR)
    trail = town.platform.services.get(AuditTrail)
    for number in range(50):
        await trail.record(viewed(fast, f"p{number}"))
        await trail.record(viewed(slow, f"p{number % 25}"))
    (told,) = await until_told(guard)

    assert told["title"] == "fast医生在数分钟内查看 50 份记录"
    town.clock.advance(301)
    for number in range(49):
        await trail.record(viewed(slow, f"q{number}"))
    await town.platform.services.get(Alarms).look()
    assert len((await ok(await guard.get("/alarms")))["items"]) == 1


async def test_AD_05_an_export_at_night_raises_an_alarm_even_if_nobody_watched_then(
    town: Town, build_town: BuildTown
) -> None:
    guard = await town.signed_in("guard", duty=Duty.SECURITY)
    thief = await town.signed_in("thief", UserRole.OFFICE)
    exported = Entry(
        tag=Tag.EXPORT_DOWNLOADED, who=viewed(thief, "").who, target_kind="export", target=new_id()
    )
    trail = town.platform.services.get(AuditTrail)
    await trail.record(exported)  # 16:00 in China
    await town.platform.services.get(Alarms).look()
    assert (await ok(await guard.get("/alarms")))["items"] == []
    await town.platform.services.get(Alarms).close()
    town.clock.advance(7 * 3600)
    await trail.record(exported)  # 23:00

    await build_town()  # the next start: it looks at what happened meanwhile

    guard = await guard.sign_in()
    (alarm,) = (await ok(await guard.get("/alarms")))["items"]
    assert (alarm["kind"], alarm["actor"]) == ("night_export", thief.user.id)


async def test_AD_05_a_chain_that_breaks_raises_an_alarm_by_the_watch_and_by_the_daily_check(
    town: Town, cluster: EmbeddedPostgres, database_name: str
) -> None:
    guard = await town.signed_in("guard", duty=Duty.AUDIT)
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    await superuser.execute("UPDATE audit_entries SET address = 'nowhere' WHERE number = 1")
    await superuser.close()

    (told,) = await until_told(guard)

    assert told["title"] == "审计记录在第 1 条处不完整"
    await check_work(_parts(town)).do(CheckTrail(), _unheard)
    assert len((await ok(await guard.get("/alarms")))["items"]) == 1


def _parts(town: Town) -> Parts:
    """What the work is made from: of it the services alone are used."""
    found = Parts.__new__(Parts)
    object.__setattr__(found, "services", town.platform.services)
    return found


async def _unheard(_: float) -> None:
    """Nobody looks how far it is."""


@pytest.mark.parametrize(
    ("hour", "night"), [(13, False), (14, True), (18, True), (21, True), (22, False), (4, False)]
)
def test_night_is_told_by_the_zone_of_the_house(hour: int, night: bool) -> None:
    assert is_night(datetime(2026, 11, 29, hour, tzinfo=UTC), AlarmSettings()) is night
