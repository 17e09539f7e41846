"""Accounts as a list: found by pinyin and user name, told apart by standing, within the asker's scope."""

import json
from pathlib import Path
from typing import Any

import asyncpg

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.identity.listing import UserWords
from platform_api.identity.model import UserRole
from platform_api.identity.tables import USERS
from tests.support.platform import Person, Town
from tests.support.sessions import ok

OTHER = "外省医院"
WORDS = Path(__file__).resolve().parents[3] / "web/src/features/identity/messages"


async def listed(person: Person, **asked: Any) -> list[list[Any]]:
    columns = ["username", "standing"]
    page = await ok(await person.post("/tables/users/rows", {"columns": columns, **asked}))
    return [row["cells"] for row in page["rows"]]


async def hired(admin: Person, name: str, username: str) -> None:
    draft = {
        "organisation": admin.user.organisation,
        "username": username,
        "name": name,
        "title": "",
        "roles": ["doctor"],
    }
    await ok(await admin.post("/users", draft), 201)


async def test_AZ_02_accounts_are_found_within_the_scope(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    foreign = await town.signed_in("foreign", UserRole.ADMINISTRATOR, organisation=OTHER)
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    await hired(admin, "单小明", "shanxm")
    await hired(admin, "赵敏", "zhaomin")

    for text in ("小明", "sxm", "shanxiao", "ＳＨＡＮＸＭ", "xm"):
        assert await listed(admin, text=text) == [["shanxm", "invited"]], text
        assert await listed(foreign, text=text) == [], text
    invited = {"column": "standing", "operator": "is", "values": ["invited"]}
    assert [row[0] for row in await listed(admin, filters=[invited])] == ["shanxm", "zhaomin"]
    assert {row[0] for row in await listed(admin)} == {"admin", "doctor", "shanxm", "zhaomin"}
    assert [row[0] for row in await listed(foreign)] == ["foreign"]
    assert (await doctor.post("/tables/users/rows", {})).status == 404


async def test_accounts_from_before_are_found_after_the_next_start(
    town: Town, cluster: EmbeddedPostgres, database_name: str
) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    await hired(admin, "赵敏", "zhaomin")
    owner = await asyncpg.connect(cluster.dsn(database=database_name))
    await owner.execute("UPDATE users SET name_key = '', search_tokens = '{}', search_text = ''")
    await owner.close()
    assert await listed(admin, text="zm") == []

    await UserWords(town.platform.database).start()

    assert await listed(admin, text="zm") == [["zhaomin", "invited"]]


def test_whoever_was_seen_reads_each_column_in_words() -> None:
    for language in ("zh-CN", "en"):
        said = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))["sights"]["field"]

        seen = {column.name for column in USERS.columns if not column.asked_alone}
        assert seen <= set(said), language
