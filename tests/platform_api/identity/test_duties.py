"""Three separate duties: none holds two, and none can do another's work (AZ-07)."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.launch import appoint, words
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.identity import duty_store, store
from platform_api.identity.model import Duty, UserRole
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import DUTY_PERMISSIONS, PERMISSIONS
from platform_api.kernel.ids import new_id
from tests.support.platform import Town
from tests.support.sessions import ok, refusal

APPOINTS = {"roles.give", "duties.give"}


def test_AZ_07_the_three_duties_share_nothing_by_which_one_does_anothers_work() -> None:
    system, security, audit = (DUTY_PERMISSIONS[duty] for duty in Duty)

    assert not system & (APPOINTS | {"audit.view", "alarms.settle", "users.manage"})
    assert security >= APPOINTS | {"alarms.settle"}
    assert not security & {"audit.view", "operation.view", "jobs.manage"}
    assert "audit.view" in audit
    assert not audit & (APPOINTS | {"alarms.settle", "users.manage", "jobs.manage"})
    assert not system & (security | audit)
    assert security & audit == {"alarms.view"}
    of_duties = {"audit.view", "alarms.settle", "duties.give", "operation.view"}
    assert all(not rights & of_duties for rights in PERMISSIONS.values())


async def test_AZ_07_each_does_the_own_work_and_is_refused_the_others(town: Town) -> None:
    system, security, audit = [await town.signed_in(duty, duty=duty) for duty in Duty]
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    paths = {"/operation": system, "/duties": security, "/audit": audit}

    for path, holder in paths.items():
        for person in (system, security, audit, doctor):
            assert (await person.get(path)).status == (200 if person is holder else 403), (
                path,
                person.user.username,
            )
    for person in (system, audit):
        roles = await person.send("PUT", f"/users/{doctor.user.id}/roles", {"roles": ["administrator"]})
        assert roles.status == 403
    assert (await security.send("PUT", f"/users/{doctor.user.id}/roles", {"roles": ["expert"]})).status == 200


async def test_AZ_07_the_service_refuses_a_second_duty_and_accounts_beside_a_duty(town: Town) -> None:
    security = await town.signed_in("security", duty=Duty.SECURITY)
    admin = await town.signed_in("admin", UserRole.ADMINISTRATOR)
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    path = f"/users/{doctor.user.id}"

    given = await ok(await security.send("PUT", f"{path}/duty", {"duty": "audit"}))

    assert given["duty"] == "audit"
    assert (await doctor.get("/auth/me")).status == 401  # signed in under what it may no longer rely on
    assert "audit.view" in (await ok(await (await doctor.sign_in()).get("/auth/me")))["user"]["permissions"]
    second = await security.send("PUT", f"{path}/duty", {"duty": "system"})
    assert await refusal(second) == (409, "duties.held")
    as_administrator = await security.send("PUT", f"{path}/roles", {"roles": ["administrator"]})
    assert await refusal(as_administrator) == (409, "duties.apart")
    keeper = await security.send("PUT", f"/users/{admin.user.id}/duty", {"duty": "audit"})
    assert await refusal(keeper) == (409, "duties.apart")
    own = await security.send("DELETE", f"/users/{security.user.id}/duty")
    assert await refusal(own) == (403, "users.self")
    for act in ("reset-credentials", "disable"):  # by which an administrator would become the auditor
        assert await refusal(await admin.post(f"{path}/{act}")) == (403, "duties.kept")
    ended = await ok(await security.send("DELETE", f"{path}/duty"))
    assert ended["duty"] is None
    assert (await security.send("DELETE", f"{path}/duty")).status == 404
    listed = await ok(await security.get("/duties"))
    assert [each["username"] for each in listed["items"]] == ["security"]
    assert listed["vacant"] == ["system", "audit"]


async def test_AZ_07_the_database_refuses_a_second_duty_and_accounts_beside_a_duty(
    town: Town, database: Database
) -> None:
    holder, admin = (
        await town.person("holder", duty=Duty.SYSTEM),
        await town.person("a", UserRole.ADMINISTRATOR),
    )
    now = town.clock.now()

    with pytest.raises(asyncpg.UniqueViolationError, match="duties_one_key"):
        async with database.transaction(SYSTEM) as transaction:
            await duty_store.add_duty(transaction, holder.user.id, Duty.AUDIT, "x", now)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction(SYSTEM) as transaction:
            await duty_store.add_duty(transaction, admin.user.id, Duty.AUDIT, "x", now)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction(SYSTEM) as transaction:
            await store.set_roles(transaction, holder.user.id, frozenset({UserRole.ADMINISTRATOR}))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(SYSTEM) as transaction:
            await transaction.execute("UPDATE duties SET duty = 'audit'")


async def test_AZ_02_duties_of_another_organisation_are_neither_seen_nor_given(town: Town) -> None:
    security = await town.signed_in("security", duty=Duty.SECURITY)
    foreign = await town.signed_in("foreign", duty=Duty.SECURITY, organisation="别的医院")
    doctor = await town.person("doctor", UserRole.DOCTOR)

    for method, body in (("PUT", {"duty": "audit"}), ("DELETE", None)):
        for person in (security, doctor):
            user = person.user.id
            assert await refusal(await foreign.send(method, f"/users/{user}/duty", body)) == (
                404,
                "not_found",
            )
        missing = await foreign.send(method, f"/users/{new_id()}/duty", body)
        assert await refusal(missing) == (404, "not_found")
        assert (await town.client.request(method, f"/api/v1/users/{doctor.user.id}/duty")).status == 401

    assert [each["username"] for each in (await ok(await foreign.get("/duties")))["items"]] == ["foreign"]


@pytest.fixture
def line(
    tmp_path: Path, cluster: EmbeddedPostgres, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Parses a command line for the platform of this test."""
    monkeypatch.setenv("SCOPECAST_DATABASE__DSN", cluster.dsn(role=APP_ROLE, database=database_name))

    def parse(*given: str) -> Namespace:
        parser = ArgumentParser()
        words.declare_appoint(parser)
        return parser.parse_args([*given, "--data-dir", str(tmp_path)])

    return parse


async def test_AZ_07_the_operator_appoints_the_first_ones_by_a_command(
    town: Town, line: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(words.DUTIES) == set(Duty)
    await town.person("first", UserRole.DOCTOR)
    await town.person("admin", UserRole.ADMINISTRATOR)

    assert await appoint.run(line("first", "security")) == 0
    assert await appoint.run(line("first", "audit")) == appoint.EXIT_NOT_APPOINTED
    assert await appoint.run(line("admin", "audit")) == appoint.EXIT_NOT_APPOINTED
    assert await appoint.run(line("nobody", "audit")) == appoint.EXIT_NOT_APPOINTED

    said = capsys.readouterr()
    assert said.out == "first (first医生): security\n"
    assert len(said.err.splitlines()) == 3
    async with town.platform.database.transaction(SYSTEM) as transaction:
        user = await store.user_by_name(transaction, "first")
    assert user is not None
    assert user.duty is Duty.SECURITY
