"""Inviting somebody to an account: a link, once, to this node with these roles."""

import asyncio
from typing import Any

from platform_api.identity.model import UserRole
from tests.support.platform import Person, Town

DAY = 24 * 3600
JOINING = {"name": "李红", "password": "a-long-enough-one", "title": "护士长", "phone": "13800138000"}


async def invite(admin: Person, **more: Any) -> tuple[int, dict[str, Any]]:
    draft = {"organisation": admin.user.organisation, "roles": ["office"], "name": "李红"}
    answer = await admin.post("/users/invitations", draft | more)
    return answer.status, await answer.json()


async def listed(admin: Person) -> list[str]:
    page = await (await admin.post("/tables/user_invitations/rows", {})).json()
    return [row["key"] for row in page["rows"]]


def api(link: str) -> str:
    return "/api/v1/join/" + link.rpartition("/")[2]


async def test_the_invited_joins_with_an_own_password_and_binds_an_authenticator_next(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, made = await invite(admin)
    path = api(made["link"])

    facts = await (await town.client.get(path)).json()
    weak = await town.client.post(path, json=JOINING | {"password": "1234567890"})
    joined = await town.client.post(path, json=JOINING)
    found = await joined.json()

    assert (facts["organisation"], facts["roles"], facts["name"]) == ("市立医院", ["office"], "李红")
    assert (weak.status, joined.status) == (422, 201)
    assert (found["user"]["username"], found["user"]["roles"]) == ("lihong", ["office"])
    assert (found["must_change_password"], found["must_enrol_totp"]) == (False, True)


async def test_AU_04_a_link_makes_one_account_also_for_many_at_once(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    path = api((await invite(admin))[1]["link"])

    answers = await asyncio.gather(*(town.client.post(path, json=JOINING) for _ in range(6)))
    users = (await (await admin.get("/users")).json())["items"]

    assert sorted(answer.status for answer in answers) == [201] + [410] * 5
    assert sorted(user["username"] for user in users) == ["admin", "lihong"]


async def test_a_link_that_is_over_withdrawn_or_unknown_opens_nothing(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    over, withdrawn = (await invite(admin, days=1))[1], (await invite(admin, days=3))[1]
    revoke = f"/users/invitations/{withdrawn['invitation']['id']}/revoke"
    revoked = [(await admin.post(revoke)).status for _ in range(2)]
    town.clock.advance(DAY)

    paths = (api(over["link"]), api(withdrawn["link"]), "/api/v1/join/" + "x" * 32)
    answers = [await town.client.post(path, json=JOINING) for path in paths]

    assert revoked == [204, 404]
    assert [answer.status for answer in answers] == [410, 410, 404]


async def test_AZ_02_nobody_invites_into_a_foreign_organisation(town: Town) -> None:
    foreign = await town.organisation("别的医院")
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    other = await town.signed_in("other", UserRole.ADMINISTRATOR, organisation="别的医院")
    _, made = await invite(admin)

    assert (await invite(admin, organisation=foreign.id))[0] == 404
    assert [await listed(each) for each in (admin, other)] == [[made["invitation"]["id"]], []]
    assert (await other.post(f"/users/invitations/{made['invitation']['id']}/revoke")).status == 404
