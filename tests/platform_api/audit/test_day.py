"""One scripted day: each event once, complete, and nothing secret inside (AD-01)."""

from collections import Counter
from datetime import timedelta

from platform_api.identity import Invitations
from platform_api.identity.logins import Logins
from platform_api.identity.model import Duty, UserRole
from platform_api.kernel.ids import SessionId, new_id
from tests.support.platform import Person, Town

NEW_PASSWORD = "a-much-better-password"


async def live_a_day(town: Town, admin: Person) -> list[str]:
    """What happens; gives the secrets that were in play."""
    expert = await town.signed_in("expert", UserRole.EXPERT)
    wrong = {"username": "expert", "password": "mistyped-password"}
    await town.client.post("/api/v1/auth/login", json=wrong)
    assert (await expert.get("/users")).status == 403
    assert (
        await expert.post("/auth/password", {"current": expert.password, "new": NEW_PASSWORD})
    ).status == 204
    logins, invitations = town.platform.services.get(Logins), town.platform.services.get(Invitations)
    asker = await logins.authenticate(expert.access)
    session = SessionId(new_id())
    made = await invitations.invite(
        asker,
        session=session,
        name="张教授",
        title="",
        hospital="",
        expires_at=town.clock.now() + timedelta(hours=1),
        address="192.0.2.7",
    )
    await invitations.redeem(made.url_code, made.one_time_code, "", address="192.0.2.8")
    await invitations.revoke(asker, session, made.invitation.id, address="192.0.2.7")
    await expert.post("/auth/logout")
    draft = {"organisation": admin.user.organisation, "username": "li", "name": "李", "roles": ["doctor"]}
    li = await (await admin.post("/users", draft)).json()
    await admin.send("PUT", f"/users/{li['user']['id']}/roles", {"roles": ["office"]})
    await admin.post(f"/users/{li['user']['id']}/disable")
    await admin.post(f"/users/{li['user']['id']}/reset-credentials")
    return [
        expert.password,
        expert.totp_secret,
        expert.access,
        expert.refresh,
        "mistyped-password",
        NEW_PASSWORD,
        made.url_code,
        made.one_time_code,
        li["one_time_password"],
        li["activation_token"],
    ]


async def test_AD_01_a_day_leaves_each_event_once_and_no_secret(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    auditor = await town.signed_in("auditor", duty=Duty.AUDIT)
    secrets = await live_a_day(town, admin)
    answer = await auditor.get("/audit?limit=100")
    text = await answer.text()
    entries = (await answer.json())["items"]

    assert Counter((entry["tag"], entry["outcome"]) for entry in entries) == {
        ("login", "ok"): 3,
        ("login", "failed"): 1,
        ("access.refused", "refused"): 1,
        ("credentials.changed", "ok"): 2,
        ("invitation.made", "ok"): 1,
        ("invitation.redeemed", "ok"): 1,
        ("invitation.revoked", "ok"): 1,
        ("logout", "ok"): 1,
        ("record.created", "ok"): 1,
        ("permission.changed", "ok"): 2,
    } | {("login.ended", "ok"): Counter(entry["tag"] for entry in entries)["login.ended"]}
    for secret in secrets:
        assert secret not in text
    for entry in entries:
        assert entry["actor"], entry
        assert entry["organisation"], entry
        assert entry["address"], entry
        assert entry["at"].endswith("Z"), entry
    again = await (await auditor.get("/audit?tag=record.viewed")).json()
    assert [entry["details"] for entry in again["items"]] == [{"rows": len(entries)}]
    assert (await (await auditor.get("/audit/verdict")).json())["whole"] is True


async def test_another_hospitals_trail_does_not_exist(town: Town) -> None:
    await town.signed_in("here", UserRole.EXPERT)
    there = await town.signed_in("there", duty=Duty.AUDIT, organisation="别的医院")

    names = {entry["actor_name"] for entry in (await (await there.get("/audit?limit=100")).json())["items"]}
    assert names == {"there医生"}
    assert (await there.get("/audit?cursor=xx")).status == 400


async def test_the_trail_is_paged_and_sought(town: Town) -> None:
    admin = await town.signed_in("admin", duty=Duty.AUDIT)
    for _ in range(5):
        await admin.get("/audit")

    first = await (await admin.get("/audit?limit=4&tag=record.viewed")).json()
    second = await (await admin.get(f"/audit?limit=4&tag=record.viewed&cursor={first['next_cursor']}")).json()
    numbers = [entry["number"] for entry in first["items"] + second["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers) >= 5
