"""A person sees who looked at the own record, and nothing about anybody else's (PR-05)."""

from platform_api.audit import AuditTrail, Entry, Tag, Who
from platform_api.identity.model import UserRole
from platform_api.kernel.ids import new_id
from tests.support.platform import Town
from tests.support.sessions import ok


async def test_who_saw_or_changed_my_record_is_shown_to_me_alone(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    li, wang = await town.signed_in("li", UserRole.DOCTOR), await town.signed_in("wang", UserRole.DOCTOR)
    assert (await ok(await li.get("/audit/mine")))["items"] == []

    await ok(await admin.get("/users"))
    await ok(await admin.post(f"/users/{wang.user.id}/disable"))
    await ok(await admin.post(f"/users/{wang.user.id}/enable"))

    (seen,) = (await ok(await li.get("/audit/mine")))["items"]
    assert (seen["who"], seen["what"], seen["tag"]) == ("admin医生", "查看记录", "record.viewed")
    assert seen["fields"] == ["name", "roles", "title", "username"]
    assert {"address", "details", "actor", "keys"}.isdisjoint(seen)
    english = await town.client.get("/api/v1/audit/mine", headers={**li.headers, "Accept-Language": "en"})
    assert (await ok(english))["items"][0]["what"] == "Record viewed"
    # the administrator's own looking is no sight of the administrator by somebody else
    assert (await ok(await admin.get("/audit/mine")))["items"] == []
    wang = await wang.sign_in()
    assert len((await ok(await wang.get("/audit/mine")))["items"]) == 3


async def test_the_list_goes_on_by_its_cursor(town: Town) -> None:
    li = await town.signed_in("li", UserRole.DOCTOR)
    trail = town.platform.services.get(AuditTrail)
    who = Who(subject=new_id(), name="王医生", organisation=li.user.organisation, address="192.0.2.1")
    for number in range(5):
        keys = f"{new_id()} {li.user.id}" if number % 2 else li.user.id
        await trail.record(
            Entry(tag=Tag.RECORD_VIEWED, who=who, target_kind="user", target="", details={"keys": keys})
        )
    first = await ok(await li.get("/audit/mine?limit=3"))
    second = await ok(await li.get(f"/audit/mine?limit=3&cursor={first['next_cursor']}"))

    numbers = [item["number"] for item in first["items"] + second["items"]]
    assert len(numbers) == 5
    assert numbers == sorted(numbers, reverse=True)
    assert second["next_cursor"] is None
