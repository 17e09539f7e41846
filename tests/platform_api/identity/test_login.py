"""Signing in: two factors, few guesses, each code once."""

import asyncio
import time
from datetime import datetime

import asyncpg
import pyotp
import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.http.settings import HttpSettings
from platform_api.identity.model import UserRole
from tests.support.platform import BuildTown, Person, Town

LOGIN = "/api/v1/auth/login"


async def attempt(
    person: Person, *, password: str | None = None, totp: str | None = None, **headers: str
) -> tuple[int, str]:
    body = {"username": person.user.username, "password": password or person.password}
    answer = await person.client.post(LOGIN, json=body | ({"totp": totp} if totp else {}), headers=headers)
    found = await answer.json()
    return answer.status, found.get("code", "")


async def test_AU_02_a_password_alone_opens_nothing(town: Town) -> None:
    person = await town.person("expert", UserRole.EXPERT)

    assert await attempt(person) == (401, "auth.totp_required")
    assert await attempt(person, totp="000000") == (401, "auth.totp_invalid")
    assert await attempt(person, totp=person.code()) == (200, "")


async def test_AU_02_nobody_can_switch_the_second_factor_off(town: Town) -> None:
    admin, person = await town.signed_in("admin", UserRole.ADMINISTRATOR), await town.person("expert")
    document = await (await town.client.get("/api/openapi.json")).json()
    changes = [path for path, methods in document["paths"].items() if set(methods) - {"get"}]

    reset = await (await admin.post(f"/users/{person.user.id}/reset-credentials")).json()
    answer = await town.client.post(
        LOGIN, json={"username": "expert", "password": reset["one_time_password"]}
    )
    person.access = (await answer.json())["access_token"]
    refused = await person.get("/sessions")

    assert (refused.status, (await refused.json())["code"]) == (403, "auth.incomplete")
    assert sorted(path for path in changes if "totp" in path) == [
        "/api/v1/auth/totp/confirm",
        "/api/v1/auth/totp/enrol",
        "/api/v1/auth/totp/rebind",  # the old factor counts until the new one is proven
        "/api/v1/auth/totp/rebind/confirm",
    ]


async def test_AU_02_a_new_account_must_make_both_factors_its_own(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    draft = {
        "organisation": admin.user.organisation,
        "username": "New.Doctor",
        "name": "李医生",
        "roles": ["doctor"],
    }
    made = await (await admin.post("/users", draft)).json()
    person = Person(admin.user, "", "", town.client, town.clock)
    login = {"username": "new.doctor", "password": made["one_time_password"]}
    tokens = await (await town.client.post(LOGIN, json=login)).json()
    assert (tokens["must_change_password"], tokens["must_enrol_totp"]) == (True, True)
    person.access = tokens["access_token"]

    shut = await person.get("/jobs")
    assert (shut.status, (await shut.json())["code"]) == (403, "auth.incomplete")

    change = {"current": made["one_time_password"], "new": "内镜示教-2026-很长"}
    assert (await person.post("/auth/password", change)).status == 204
    enrolment = await (await person.post("/auth/totp/enrol")).json()
    assert enrolment["qr_svg"].startswith("<svg")
    assert f"secret={enrolment['secret']}" in enrolment["uri"]
    code = pyotp.TOTP(enrolment["secret"]).at(int(town.clock.now().timestamp()))
    assert (await person.post("/auth/totp/confirm", {"code": "12345"})).status == 401
    assert (await person.post("/auth/totp/confirm", {"code": code})).status == 204

    refused = await person.get("/users")
    assert (refused.status, (await refused.json())["code"]) == (
        403,
        "refused",
    )  # complete, but no administrator
    assert (await person.post("/auth/totp/enrol")).status == 409
    assert (await (await person.get("/auth/me")).json())["user"]["username"] == "new.doctor"
    again = await town.client.post(LOGIN, json={**login, "password": change["new"]})
    assert (await again.json())["code"] == "auth.totp_required"


async def test_an_activation_serves_once_and_sets_the_password(town: Town) -> None:
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    draft = {
        "organisation": admin.user.organisation,
        "username": "nurse",
        "name": "护士",
        "roles": ["office"],
    }
    made = await (await admin.post("/users", draft)).json()
    path, token = "/api/v1/auth/activate", made["activation_token"]

    weak = await town.client.post(path, json={"token": token, "new_password": "1234567890"})
    assert (weak.status, (await weak.json())["code"]) == (422, "password.common")
    body = {"token": token, "new_password": "a-long-enough-one"}
    answers = await asyncio.gather(*(town.client.post(path, json=body) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [410] * 7
    old = await town.client.post(LOGIN, json={"username": "nurse", "password": made["one_time_password"]})
    assert old.status == 401


async def test_AU_03_five_guesses_an_account_are_judged_and_no_more(town: Town) -> None:
    person = await town.person("expert", UserRole.EXPERT)

    answers = await asyncio.gather(
        *(
            attempt(person, password=f"guess-number-{n}", **{"X-Forwarded-For": f"203.0.113.{n}"})
            for n in range(30)
        )
    )
    assert sorted(answers) == [(401, "auth.failed")] * 5 + [(423, "auth.locked")] * 25
    assert await attempt(person, totp=person.code()) == (423, "auth.locked")

    body = {"username": "expert", "password": "x"}
    locked = await town.client.post(LOGIN, json=body)
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    town.clock.advance(901)
    assert await attempt(person, totp=person.code()) == (200, "")


async def test_AU_03_twenty_guesses_an_address_are_judged_and_no_more(build_town: BuildTown) -> None:
    town = await build_town()
    people = [await town.person(f"doctor{n}", UserRole.DOCTOR) for n in range(8)]
    answers = []
    for person in people:
        answers += [
            await attempt(person, password="not the one", **{"X-Forwarded-For": "198.51.100.7"})
            for _ in range(4)
        ]

    assert answers == [(401, "auth.failed")] * 20 + [(429, "rate.exceeded")] * 12


async def test_a_whole_hospital_signs_in_from_one_address(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only failures count against an address, on a clock that never shows the same moment twice."""
    person = await town.person("expert", UserRole.EXPERT)
    still = town.clock.now

    def now() -> datetime:
        town.clock.advance(0.001)
        return still()

    monkeypatch.setattr(town.clock, "now", now)

    answers = [await attempt(person) for _ in range(25)]

    assert answers == [(401, "auth.totp_required")] * 25


async def test_AU_03_codes_are_counted_apart_from_passwords(town: Town) -> None:
    person = await town.person("expert", UserRole.EXPERT)

    answers = [await attempt(person, totp=f"{n:06d}") for n in range(8)]
    assert answers == [(401, "auth.totp_invalid")] * 5 + [(423, "auth.locked")] * 3
    assert await attempt(person) == (401, "auth.totp_required")


def test_AU_03_forwarding_headers_are_believed_of_our_proxies_alone() -> None:
    assert not HttpSettings().trusts("127.0.0.1")
    assert HttpSettings(trusted_proxies=("10.0.0.0/8",)).trusts("10.1.2.3")


async def test_AU_04_a_code_is_taken_once_even_by_twenty_at_once(town: Town) -> None:
    person = await town.person("expert", UserRole.EXPERT)
    code = person.code()

    answers = await asyncio.gather(*(attempt(person, totp=code) for _ in range(20)))
    assert sum(status == 200 for status, _ in answers) == 1
    town.clock.advance(901)
    assert (await attempt(person, totp=code))[0] == 401
    fresh = person.code()
    assert await attempt(person, totp=fresh) == (200, "")
    town.clock.jump(-3600)
    assert (await attempt(person, totp=fresh))[0] == 401  # a clock set back revives no code


async def test_AU_06_passwords_are_long_uncommon_and_kept_as_argon2id(
    town: Town, cluster: EmbeddedPostgres, database_name: str
) -> None:
    person = await town.signed_in("expert", UserRole.EXPERT)

    async def change(new: str) -> tuple[int, str]:
        answer = await person.post("/auth/password", {"current": person.password, "new": new})
        return answer.status, (await answer.json())["code"] if answer.status != 204 else ""

    assert await change("short") == (422, "password.too_short")
    assert await change("Password123") == (422, "password.common")
    assert await change("aaaaaaaaaaaa") == (422, "password.common")
    assert await change(person.password) == (422, "password.same")
    assert await change("x" * 129) == (422, "password.too_long")
    assert await change("一个相当长的新密码喔") == (204, "")
    superuser = await asyncpg.connect(cluster.dsn(database=database_name))
    kept = await superuser.fetchval("SELECT password_hash FROM users WHERE username = 'expert'")
    await superuser.close()
    assert kept.startswith("$argon2id$")


async def test_AU_06_a_hundred_logins_at_once_leave_the_server_well(build_town: BuildTown) -> None:
    town = await build_town({"identity": {}})  # real cost of a password
    people = [await town.person(f"doctor{n}", UserRole.DOCTOR) for n in range(3)]

    flood = [asyncio.ensure_future(attempt(people[n % 3], password="not the right one")) for n in range(100)]
    slowest = 0.0
    while not all(item.done() for item in flood):
        began = time.perf_counter()
        assert (await town.client.get("/healthz")).status == 200
        slowest = max(slowest, time.perf_counter() - began)
        await asyncio.wait(flood, timeout=0.02)
    assert slowest < 1.0
    assert {status for status, _ in await asyncio.gather(*flood)} <= {401, 423, 429, 503}


async def test_a_failed_login_does_not_tell_whether_the_name_exists(town: Town) -> None:
    person = await town.person("expert", UserRole.EXPERT)
    wrong = await attempt(person, password="not the one")

    missing = await town.client.post(LOGIN, json={"username": "nobody", "password": "not the one"})
    assert (missing.status, (await missing.json())["code"]) == wrong


@pytest.mark.parametrize("value", ["", "12345", "1234567", "１２３４５６", "abcdef", "12 456"])
async def test_a_malformed_code_is_just_wrong(town: Town, value: str) -> None:
    person = await town.person("expert", UserRole.EXPERT)

    assert (await attempt(person, totp=value))[0] == 401
