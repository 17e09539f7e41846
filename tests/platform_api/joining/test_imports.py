"""Users from a list: every fault by row and column, nothing made before all is right, told once."""

import io
import zipfile
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from platform_api.identity.model import UserRole
from platform_api.joining.imports import EXAMPLE
from platform_api.joining.sheets import MOST_ROWS
from tests.support.platform import Person, Town
from tests.support.sheets import sheet

GOOD = ("王建国", "", "", "专家", "主任医师", "消化内科", "13800138000", "11010519491231002X")


async def check(admin: Person, data: bytes) -> tuple[int, dict[str, Any]]:
    answer = await admin.client.post("/api/v1/users/imports", data=data, headers=admin.headers)
    return answer.status, await answer.json()


async def usernames(admin: Person) -> set[str]:
    return {user["username"] for user in (await (await admin.get("/users")).json())["items"]}


def cells(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def named(found: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(fault["row"], fault["column"], fault["code"].rpartition(".")[2]) for fault in found["faults"]]


async def test_a_good_list_is_made_only_once_accepted_and_told_once(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    second = ("李红", "lihong", "市立医院", "医生、项目办", "", "", "", "")
    status, checked = await check(admin, sheet(GOOD, second))
    before = await usernames(admin)

    accepted = await admin.post(f"/users/imports/{checked['id']}/accept")
    twice = await admin.post(f"/users/imports/{checked['id']}/accept")
    handed = await admin.post(f"/users/imports/{checked['id']}/hand-out")
    again = await admin.post(f"/users/imports/{checked['id']}/hand-out")
    told = cells(await handed.read())
    body = {"token": told[1][3], "new_password": "a-long-enough-one"}
    activated = await (await town.client.post("/api/v1/auth/activate", json=body)).json()

    assert (status, checked["rows"], checked["faults"], before) == (200, 2, [], {"admin"})
    assert checked["preview"][0]["phone"] == "138****8000"
    assert (accepted.status, await accepted.json(), twice.status) == (200, {"made": 2}, 409)
    assert await usernames(admin) == {"admin", "lihong", "wangjianguo"}
    assert (handed.headers["Content-Disposition"].split(";")[0], again.status) == ("attachment", 409)
    assert activated["user"]["username"] == told[1][1]


async def test_every_fault_is_named_by_row_and_column_and_nothing_is_kept(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    rows = [
        ("", "", "", "专家", "", "", "", ""),
        ("甲", "有空格 的", "", "", "", "", "", ""),
        ("乙", "", "不存在的医院", "院长", "", "", "12345", ""),
        ("丙", "", "", "医生", "", "", "", 110105194912310021),
        ("丁", "", "", "医生", "", "", 13800138000, "110105194912310021"),
        ("戊", "", "", "医生", "", "", "", "510106197013011231"),
        ("己", "", "", "医生", "", "", "", "1.10105E+17"),
        ("庚", "admin", "", "医生", "", "", "", "11010519491231"),
        ("辛" * 81, "", "", "医生", "", "", "", ""),
    ]

    status, found = await check(admin, sheet(*rows))

    assert (status, found["id"], found["fault_count"]) == (200, None, 12)
    assert set(named(found)) == {
        (2, "姓名", "missing"),
        (3, "用户名", "username"),
        (3, "角色", "missing"),
        (4, "手机号", "number_phone"),
        (4, "机构", "organisation_unknown"),
        (4, "角色", "role"),
        (5, "身份证号", "number_mangled"),
        (6, "身份证号", "number_check"),
        (7, "身份证号", "number_date"),
        (8, "身份证号", "number_mangled"),
        (9, "身份证号", "number_length"),
        (10, "姓名", "too_long"),
    }
    assert sum("Excel" in fault["message"] for fault in found["faults"]) == 2
    assert await usernames(admin) == {"admin"}


async def test_doubles_in_the_list_and_what_others_have_are_faults(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    _, first = await check(admin, sheet(GOOD))
    await admin.post(f"/users/imports/{first['id']}/accept")
    rows = [
        ("甲", "same", "", "医生", "", "", "", ""),
        ("乙", "same", "", "医生", "", "", "", ""),
        ("丙", "wangjianguo", "", "医生", "", "", "", "110105491231002"),
    ]

    _, found = await check(admin, sheet(*rows))

    assert set(named(found)) == {
        (2, "用户名", "twice"),
        (3, "用户名", "twice"),
        (4, "用户名", "taken"),
        (4, "身份证号", "taken"),
    }


async def test_a_name_taken_meanwhile_makes_nothing_at_all(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    rows = [("甲", "first", "", "医生", "", "", "", ""), ("乙", "second", "", "医生", "", "", "", "")]
    _, checked = await check(admin, sheet(*rows))
    await town.person("second", UserRole.DOCTOR)

    refused = await admin.post(f"/users/imports/{checked['id']}/accept")

    assert (refused.status, (await refused.json())["code"]) == (409, "import.changed")
    assert await usernames(admin) == {"admin", "second"}


async def test_a_checked_list_is_good_for_a_day_and_for_who_uploaded_it(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    other = await town.signed_in("other", UserRole.ADMINISTRATOR)
    _, checked = await check(admin, sheet(GOOD))

    foreign = await other.post(f"/users/imports/{checked['id']}/accept")
    town.clock.advance(24 * 3600)
    await admin.sign_in()
    late = await admin.post(f"/users/imports/{checked['id']}/accept")

    assert (foreign.status, late.status) == (404, 409)


@pytest.mark.parametrize("head", [("姓名", "工号"), ("用户名",), ("姓名", "姓名", "角色")])
async def test_headings_are_known_and_whole(town: Town, head: tuple[str, ...]) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)

    status, found = await check(admin, sheet(("甲",), head=head))

    assert (status, found["id"]) == (200, None)
    assert found["faults"]
    assert {code for _, _, code in named(found)} <= {"heading_unknown", "heading_missing"}


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * 1024 * 1024))
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.not_readable"),
        (b"not a workbook", "import.not_readable"),
        (b"PK\x03\x04" + b"\0" * 100, "import.not_readable"),
        (bomb(), "import.too_large"),
        (sheet(*([GOOD] * (MOST_ROWS + 1))), "import.too_large"),
        (sheet(), "import.empty"),
    ],
    ids=["empty", "text", "broken archive", "bomb", "too many rows", "headings alone"],
)
async def test_UP_01_a_file_that_is_no_list_is_refused(town: Town, data: bytes, code: str) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)

    status, problem = await check(admin, data)

    assert (status, problem["code"]) == (422, code)


async def test_the_template_is_a_list_that_is_right(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    template = await (await admin.get("/users/imports/template")).read()

    status, found = await check(admin, template)

    assert (status, found["rows"], found["faults"]) == (200, len(EXAMPLE), [])
