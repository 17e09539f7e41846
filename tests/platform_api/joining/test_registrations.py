"""Asking for an account: the same answer for everybody, the organisation decides, numbers stay sealed."""

import subprocess
from typing import Any

from platform_api.db.embedded import EmbeddedPostgres, wheel_binaries
from platform_api.identity.model import Duty, UserRole
from tests.support.platform import Person, Town

PATH = "/api/v1/registrations"
PHONE = "13987654321"


async def ask(town: Town, organisation: str = "市立医院", **more: Any) -> tuple[int, dict[str, Any]]:
    where = await town.organisation(organisation)
    draft = {
        "organisation": where.id,
        "name": "王建国",
        "phone": f"+86 {PHONE}",
        "title": "主任医师",
        "speciality": "消化内科",
        "reason": "参加内镜教学",
    }
    answer = await town.client.post(PATH, json=draft | more)
    return answer.status, await answer.json()


async def waiting(admin: Person) -> list[dict[str, Any]]:
    """What waits, as the list shows it, with the ids of rows and organisations."""
    columns = ["name", "phone_sealed", "same_phone", "organisation_id"]
    asked = {
        "columns": columns,
        "filters": [{"column": "state", "operator": "is", "values": ["waiting"]}],
    }
    page = await (await admin.post("/tables/registrations/rows", asked)).json()
    return [
        dict(zip(columns, row["cells"], strict=True))
        | {"id": row["key"], "organisation": row["references"]["organisation_id"]}
        for row in page["rows"]
    ]


def reveal_path(registration: str) -> str:
    return f"/tables/registrations/rows/{registration}/reveal"


async def look(town: Town, code: str) -> dict[str, Any]:
    found: dict[str, Any] = await (await town.client.get(f"{PATH}/by-code/{code}")).json()
    return found


async def test_E51_an_applicant_is_approved_and_sets_the_own_password(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, made = await ask(town)
    code = made["code"]
    before = await look(town, code)
    listed = await waiting(admin)
    told = (await (await admin.get("/inbox")).json())["items"]

    approval = {"organisation": listed[0]["organisation"], "roles": ["expert"]}
    approved = await admin.post(f"/registrations/{listed[0]['id']}/approve", approval)
    activation = await (await town.client.post(f"{PATH}/by-code/{code.upper()}/activation")).json()
    body = {"token": activation["activation_token"], "new_password": "a-long-enough-one"}
    signed_in = await (await town.client.post("/api/v1/auth/activate", json=body)).json()
    after = await look(town, code)
    again = await town.client.post(f"{PATH}/by-code/{code}/activation")

    assert (before["state"], before["organisation"], before["username"]) == ("waiting", "市立医院", "")
    assert (approved.status, activation["username"]) == (204, "wangjianguo")
    assert (signed_in["user"]["roles"], signed_in["must_enrol_totp"]) == (["expert"], True)
    assert (after["state"], after["activated"], again.status) == ("approved", True, 409)
    assert [item["kind"] for item in told] == ["account.registration"]
    assert (await (await admin.get("/inbox")).json())["items"] == []
    assert await waiting(admin) == []


async def test_what_one_may_join_is_found_by_sound_with_what_stands_above(town: Town) -> None:
    await town.organisation("浙江省")
    await town.organisation("杭州市", "浙江省")
    await town.organisation("人民医院", "杭州市")

    async def found(words: str) -> list[tuple[str, list[str]]]:
        answer = await (await town.client.get(f"{PATH}/organisations", params={"q": words})).json()
        return [(item["name"], item["above"]) for item in answer["items"]]

    assert await found("rmyy") == [("人民医院", ["浙江省", "杭州市"])]
    assert await found("浙江") == [("浙江省", [])]
    assert (await town.client.get(f"{PATH}/organisations", params={"q": "人"})).status == 422


async def test_a_refusal_tells_the_applicant_why(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, made = await ask(town)
    path = f"/registrations/{(await waiting(admin))[0]['id']}/refuse"

    answers = [
        await admin.post(path, {"answer": text}) for text in ("", "请由科室统一申请", "请由科室统一申请")
    ]
    found = await look(town, made["code"])

    assert [answer.status for answer in answers] == [422, 204, 409]
    assert (found["state"], found["answer"], found["username"]) == ("refused", "请由科室统一申请", "")
    assert (await town.client.post(f"{PATH}/by-code/{made['code']}/activation")).status == 409


async def test_the_answer_never_tells_who_has_an_account(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    first = await ask(town)
    item = (await waiting(admin))[0]
    approval = {"organisation": item["organisation"], "roles": ["doctor"]}
    await admin.post(f"/registrations/{item['id']}/approve", approval)

    known = await ask(town)
    unknown = await ask(town, name="从没来过", phone="13700000000")
    second = await waiting(admin)

    assert [sorted(answer[1]) for answer in (first, known, unknown)] == [["code"]] * 3
    assert {status for status, _ in (first, known, unknown)} == {201}
    assert [item["same_phone"] for item in second] == [1, 0]


async def test_two_of_one_name_get_two_user_names(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    codes = [(await ask(town, phone=f"1380000000{n}"))[1]["code"] for n in range(2)]
    for item in await waiting(admin):
        approval = {"organisation": item["organisation"], "roles": ["doctor"]}
        assert (await admin.post(f"/registrations/{item['id']}/approve", approval)).status == 204

    assert [(await look(town, code))["username"] for code in codes] == ["wangjianguo", "wangjianguo2"]


async def test_AZ_02_a_foreign_organisation_neither_sees_nor_answers(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    foreign = await town.signed_in("foreign", UserRole.ADMINISTRATOR, organisation="别的医院")
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    await ask(town)
    item = (await waiting(admin))[0]
    approval = {"organisation": item["organisation"], "roles": ["expert"]}
    elsewhere = {"organisation": foreign.user.organisation, "roles": ["expert"]}

    assert await waiting(foreign) == []
    for path, body in (("approve", approval), ("refuse", {"answer": "不行的"})):
        assert (await foreign.post(f"/registrations/{item['id']}/{path}", body)).status == 404, path
        assert (await doctor.post(f"/registrations/{item['id']}/{path}", body)).status == 403, path
    for person in (foreign, doctor):
        assert (await person.post(reveal_path(item["id"]), {"column": "phone_sealed"})).status == 404
    assert (await admin.post(f"/registrations/{item['id']}/approve", elsewhere)).status == 404


async def test_many_from_one_address_are_too_many(town: Town) -> None:
    answers = [(await ask(town, phone=f"138000000{n:02}"))[0] for n in range(11)]

    assert answers == [201] * 10 + [429]


async def test_organisations_are_found_by_part_of_their_name(town: Town) -> None:
    for name in ("市立医院", "市立第二医院", "县医院"):
        await town.organisation(name)

    found = await town.client.get(f"{PATH}/organisations", params={"q": "市立"})
    short = await town.client.get(f"{PATH}/organisations", params={"q": "市"})
    nowhere = await ask(town, organisation="县医院") + await ask(
        town, **{"organisation": "县医院"} | {"name": ""}
    )

    assert {item["name"] for item in (await found.json())["items"]} == {"市立医院", "市立第二医院"}
    assert (short.status, nowhere[0], nowhere[2]) == (422, 201, 422)


async def test_a_wrong_code_shows_nothing(town: Town) -> None:
    await ask(town)

    answer = await town.client.get(f"{PATH}/by-code/aaaa-bbbb-cccc-dddd")

    assert (answer.status, (await answer.json())["code"]) == (404, "registration.unknown")


async def test_PR_03_a_telephone_number_is_masked_revealed_with_an_entry_and_sealed_at_rest(
    town: Town, cluster: EmbeddedPostgres, database_name: str
) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    await ask(town)
    item = (await waiting(admin))[0]
    approval = {"organisation": item["organisation"], "roles": ["expert"]}
    await admin.post(f"/registrations/{item['id']}/approve", approval)

    revealed = await (await admin.post(reveal_path(item["id"]), {"column": "phone_sealed"})).json()
    auditor = await town.signed_in("auditor", duty=Duty.AUDIT)
    trail = (await (await auditor.get("/audit?tag=record.viewed")).json())["items"]
    dump = subprocess.run(
        [str(wheel_binaries() / "pg_dump"), f"--dbname={cluster.dsn(database=database_name)}"],
        capture_output=True,
        check=True,
    ).stdout

    assert (item["phone_sealed"], revealed["value"]) == ("139****4321", PHONE)
    assert [entry["target"] for entry in trail if entry["target"]] == [item["id"]]
    assert b"COPY public.user_contacts" in dump
    assert dump.count(PHONE.encode()) == 0
    assert dump.count(PHONE.encode().hex().encode()) == 0
