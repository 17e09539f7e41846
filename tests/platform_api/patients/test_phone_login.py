"""The phone code: six digits, five minutes, five tries, once; a patient is never one of the staff."""

import asyncio
import subprocess
from typing import Any

import pytest

from platform_api.db.embedded import EmbeddedPostgres, wheel_binaries
from platform_api.identity.model import UserRole
from platform_api.notify import Messages
from platform_api.notify.sms import LogSender
from tests.support.platform import BuildTown, Town

BASE = "/api/v1"
PHONE = "13987654321"
ID = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
async def town(build_town: BuildTown) -> Town:
    return await build_town({"notify": {"sms": "log"}})


def sent(town: Town) -> list[str]:
    sender = town.platform.services.get(Messages).sender
    assert isinstance(sender, LogSender)
    return [message.params["code"] for message in sender.kept]


async def ask(town: Town, phone: str = PHONE) -> tuple[int, dict[str, Any]]:
    answer = await town.client.post(f"{BASE}/self/code", json={"phone": phone})
    return answer.status, await answer.json()


async def redeem(town: Town, code_id: str, code: str) -> tuple[int, dict[str, Any]]:
    answer = await town.client.post(f"{BASE}/self/login", json={"id": code_id, "code": code})
    return answer.status, await answer.json()


async def signed_in(town: Town, phone: str = PHONE) -> dict[str, str]:
    _, asked = await ask(town, phone)
    _, tokens = await redeem(town, asked["id"], sent(town)[-1])
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_code_opens_the_account_and_makes_it_at_the_first_time(town: Town) -> None:
    _, asked = await ask(town, "+86 139 8765 4321")
    status, first = await redeem(town, asked["id"], sent(town)[0])
    town.clock.advance(60)
    _, again = await ask(town)
    _, second = await redeem(town, again["id"], sent(town)[1])

    headers = {"Authorization": f"Bearer {second['access_token']}"}
    seen = await (await town.client.get(f"{BASE}/self", headers=headers)).json()

    assert (status, first["patient"]) == (200, second["patient"])
    assert seen == {"phone": "139****4321"}


async def test_AU_04_a_code_serves_once_also_for_many_at_once(town: Town) -> None:
    _, asked = await ask(town)
    code = sent(town)[0]

    answers = await asyncio.gather(*(redeem(town, asked["id"], code) for _ in range(5)))

    assert sorted(status for status, _ in answers) == [200] + [410] * 4


async def test_five_tries_are_judged_and_no_more(town: Town) -> None:
    _, asked = await ask(town)
    code = sent(town)[0]

    guesses = [await redeem(town, asked["id"], other_than(code)) for _ in range(5)]
    right = await redeem(town, asked["id"], code)

    assert {(status, found["code"]) for status, found in guesses} == {(401, "phone_code.wrong")}
    assert (right[0], right[1]["code"]) == (410, "phone_code.over")


async def test_a_code_is_over_after_five_minutes_and_is_no_other_numbers(town: Town) -> None:
    _, asked = await ask(town)
    _, other = await ask(town, "13800138000")
    first, second = sent(town)

    if first != second:
        assert (await redeem(town, other["id"], first))[0] == 401
    town.clock.advance(300)

    assert (await redeem(town, asked["id"], first))[0] == 410


async def test_one_number_gets_a_code_a_minute_and_ten_a_day(town: Town) -> None:
    at_once = [(await ask(town))[0] for _ in range(2)]
    later = []
    for _ in range(10):
        town.clock.advance(3600)
        later.append((await ask(town))[0])

    assert at_once == [200, 429]
    assert later == [200] * 9 + [429]


async def test_one_address_asks_for_twenty_an_hour(town: Town) -> None:
    answers = [(await ask(town, f"138001380{n:02}"))[0] for n in range(21)]

    assert answers == [200] * 20 + [429]


async def test_AZ_01_a_patient_passes_no_door_of_the_staff_nor_they_the_patients(town: Town) -> None:
    everything = await town.signed_in("everything", *UserRole)
    patient = await signed_in(town)
    document = await (await town.client.get("/api/openapi.json")).json()
    open_doors = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["x-permission"] in ("public", "anyone_known"):
                continue
            place = (
                path.replace("{id}", "01900000-0000-7000-8000-000000000000").replace("{", "").replace("}", "")
            )
            if (await town.client.request(method, place, headers=patient)).status != 403:
                open_doors.add(operation["operationId"])

    assert open_doors == {"patients_show_self"}
    assert (await everything.get("/self")).status == 403


async def test_AU_05_signing_out_ends_the_patients_login(town: Town) -> None:
    patient = await signed_in(town)

    ended = await town.client.post(f"{BASE}/auth/logout", json={}, headers=patient)
    after = await town.client.get(f"{BASE}/self", headers=patient)

    assert (ended.status, after.status) == (204, 401)


async def test_a_patients_refresh_token_renews_the_patient_alone(town: Town) -> None:
    _, asked = await ask(town)
    _, tokens = await redeem(town, asked["id"], sent(town)[0])

    body = {"refresh_token": tokens["refresh_token"]}
    renewed = await (await town.client.post(f"{BASE}/auth/refresh", json=body)).json()

    assert renewed["patient"] == tokens["patient"]
    assert (renewed["user"], renewed["guest"]) == (None, None)


async def test_PR_03_no_telephone_number_and_no_code_is_in_the_database(
    town: Town, cluster: EmbeddedPostgres, database_name: str
) -> None:
    await signed_in(town)
    code = sent(town)[0]

    dump = subprocess.run(
        [str(wheel_binaries() / "pg_dump"), "--inserts", f"--dbname={cluster.dsn(database=database_name)}"],
        capture_output=True,
        check=True,
    ).stdout

    assert b"INSERT INTO public.patient_accounts" in dump
    assert [dump.count(canary.encode()) for canary in (PHONE, PHONE.encode().hex())] == [0, 0]
    assert f"'{code}'".encode() not in dump


async def test_where_nothing_can_be_sent_the_page_is_told_so(build_town: BuildTown) -> None:
    town = await build_town()

    status, problem = await ask(town)

    assert (status, problem["code"]) == (503, "sms.off")
