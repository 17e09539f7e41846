"""An authenticator bound anew: by password and the present factor or a recovery code, for one login, once."""

from typing import Any

import pyotp

from platform_api.identity.model import UserRole
from tests.support.platform import Person, Town
from tests.support.sessions import ok, refusal

BEGIN, END = "/auth/totp/rebind", "/auth/totp/rebind/confirm"


async def begun(person: Person, **second: str) -> dict[str, Any]:
    person.clock.advance(30)  # a code is used once
    proof = second or {"totp": person.code()}
    made: dict[str, Any] = await ok(await person.post(BEGIN, {"password": person.password} | proof))
    return made


def first_code(person: Person, made: dict[str, Any]) -> dict[str, str]:
    code = pyotp.TOTP(made["secret"]).at(int(person.clock.now().timestamp()))
    return {"ticket": made["ticket"], "code": code}


async def test_AU_02_the_new_authenticator_takes_the_place_of_the_old_and_ends_other_logins(
    town: Town,
) -> None:
    here = await town.signed_in("doctor", UserRole.DOCTOR)
    there = Person(here.user, here.password, here.totp_secret, here.client, here.clock)
    town.clock.advance(30)
    await there.sign_in()
    made = await begun(here)

    await ok(await here.post(END, first_code(here, made)), 204)

    assert ((await here.get("/auth/me")).status, (await there.get("/auth/me")).status) == (200, 401)
    again = await here.post(END, first_code(here, made))
    assert await refusal(again) == (410, "totp.over")
    town.clock.advance(60)
    body = {"username": "doctor", "password": here.password}
    old = await town.client.post("/api/v1/auth/login", json=body | {"totp": here.code()})
    new = {"totp": pyotp.TOTP(made["secret"]).at(int(town.clock.now().timestamp()))}
    assert (await refusal(old))[1] == "auth.totp_invalid"
    assert (await town.client.post("/api/v1/auth/login", json=body | new)).status == 200


async def test_AU_02_a_recovery_code_does_instead_of_a_lost_telephone_once(town: Town) -> None:
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    codes = (await ok(await doctor.post("/auth/recovery-codes", {"password": doctor.password})))["codes"]

    made = await begun(doctor, recovery_code=codes[0])
    await ok(await doctor.post(END, first_code(doctor, made)), 204)

    used = await doctor.post(BEGIN, {"password": doctor.password, "recovery_code": codes[0]})
    assert await refusal(used) == (403, "totp.wrong")


async def test_AU_02_nothing_is_bound_by_wrong_hands(town: Town) -> None:
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    other = await town.signed_in("other", UserRole.DOCTOR)
    town.clock.advance(30)
    good = {"password": doctor.password, "totp": doctor.code()}

    assert await refusal(await doctor.post(BEGIN, good | {"password": "x"})) == (403, "password.wrong")
    assert await refusal(await doctor.post(BEGIN, good | {"totp": "000000"})) == (403, "totp.wrong")
    assert (await doctor.post(BEGIN, {"password": doctor.password})).status == 401
    assert (await town.client.post(f"/api/v1{BEGIN}", json=good)).status == 401
    made = await begun(doctor)
    foreign = await other.post(END, first_code(doctor, made))
    assert await refusal(foreign) == (410, "totp.over")
    forged = first_code(doctor, made) | {"ticket": made["ticket"][:-8] + "AAAAAAA="}
    assert await refusal(await doctor.post(END, forged)) == (410, "totp.over")
    wrong = await doctor.post(END, {"ticket": made["ticket"], "code": "000000"})
    assert await refusal(wrong) == (403, "totp.wrong")
    town.clock.advance(301)
    assert await refusal(await doctor.post(END, first_code(doctor, made))) == (410, "totp.over")
