"""The whole platform: every door has a lock, and what it starts it also closes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from platform_api.app import DOMAINS, build_platform, lists_of
from platform_api.db import Database
from platform_api.http import GUEST_OR_USER, PUBLIC, SIGNED_IN
from platform_api.identity.catalogue import CATALOGUE, DOORS, MODULE_WORDS, RIGHTS, ROOM, Module
from platform_api.identity.model import Duty, UserRole
from platform_api.identity.rules import DUTY_PERMISSIONS, EMERGENCY_PERMISSIONS, PERMISSIONS
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.keys import load_keys
from signaling.messages import REQUESTS
from tests.support.platform import Person, Town

WORDS = tuple(entry.name for entry in DOORS)
OPEN = {
    "qa_begin_kiosk",
    "qa_kiosk_answers",
    "qa_kiosk_ask",
    "qa_kiosk_question",
    "qa_kiosk_questions",
    "qa_leave_kiosk",
    "qa_look_at_guest_invitation",
    "qa_look_at_link",
    "qa_open_link",
    "qa_redeem_guest_invitation",
    "qa_show_kiosk",
    "identity_log_in",
    "identity_refresh",
    "files_follow_link",
    "identity_activate",
    "identity_begin_passkey_sign_in",
    "identity_sign_in_by_passkey",
    "identity_begin_passkey_second",
    "identity_show_ways_in",
    "joining_find_organisations",
    "joining_ask_to_register",
    "joining_show_registration",
    "joining_begin_activation",
    "joining_show_user_invitation",
    "joining_join",
    "patients_ask_for_code",
    "patients_sign_in_by_phone",
    "identity_sign_in_by_certificate",
    "teaching_look_at_invitation",
    "teaching_show_invitation",
    "teaching_redeem_invitation",
    "teaching_look_at_share",
    "teaching_show_share",
    "teaching_open_share",
}
"""What anybody may call: a new one is added here on purpose."""
JUNK: tuple[Any, ...] = ({}, {"a": 1}, [], None, "x" * 100, {"limit": -1})
ID = "01900000-0000-7000-8000-000000000000"


def test_AZ_03_every_permission_is_held_by_a_role_or_is_a_known_word_and_every_open_write_has_a_rate() -> (
    None
):
    held = frozenset().union(*PERMISSIONS.values(), *DUTY_PERMISSIONS.values())
    for domain in DOMAINS:
        for route in domain.ROUTES:
            assert route.permission.name in held or route.permission.name in WORDS, route.name
            assert route.permission != PUBLIC or route.name in OPEN, route.name
            if route.permission in (PUBLIC, GUEST_OR_USER, SIGNED_IN) and route.method != "GET":
                assert route.rate.count <= 300, route.name


def test_AZ_03_every_route_list_and_socket_event_names_a_right_of_the_catalogue() -> None:
    named = {route.permission.name for domain in DOMAINS for route in domain.ROUTES}
    named |= {name for table in lists_of(DOMAINS) for name in (table.permission, table.exports) if name}
    named |= {request.permission for request in REQUESTS.values()}
    named |= frozenset().union(*PERMISSIONS.values(), *DUTY_PERMISSIONS.values(), EMERGENCY_PERMISSIONS)

    assert named - set(CATALOGUE) == set()
    assert len(CATALOGUE) == len((*RIGHTS, *DOORS, *ROOM))
    for entry in CATALOGUE.values():
        assert entry.zh.strip(), entry.name
        assert entry.en.strip(), entry.name
        assert entry.zh != entry.en, entry.name
    assert set(MODULE_WORDS) == set(Module)


async def test_AZ_03_nobody_and_the_wrong_people_stay_outside_every_door(town: Town) -> None:
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    document = await (await town.client.get("/api/openapi.json")).json()
    walked = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            place = path.replace("{id}", ID).replace("{", "").replace("}", "")
            if operation["x-permission"] == "public":
                continue
            nobody = await town.client.request(method, place)
            forged = await town.client.request(method, place, headers={"Authorization": "Bearer a.b.c"})
            assert (nobody.status, forged.status) == (401, 401), operation["operationId"]
            if operation["x-permission"] not in {*WORDS, *PERMISSIONS[UserRole.DOCTOR]}:
                wrong = await town.client.request(method, place, headers=doctor.headers)
                assert wrong.status == 403, operation["operationId"]
            walked += 1
    assert walked > 20


async def test_OP_08_no_operation_answers_a_fault_to_junk(town: Town) -> None:
    admin = await town.signed_in("admin", *UserRole)
    holders: dict[str, Person] = {}
    for duty in Duty:
        holders |= dict.fromkeys(DUTY_PERMISSIONS[duty], await town.signed_in(duty, duty=duty))
    holders |= dict.fromkeys(frozenset().union(*PERMISSIONS.values()), admin)
    document = await (await town.client.get("/api/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] == "identity_log_out":
                continue
            place = path.replace("{id}", ID).replace("{", "").replace("}", "")
            person = holders.get(operation["x-permission"], admin)
            for body in JUNK:
                answer = await town.client.request(method, place, json=body, headers=person.headers)
                assert answer.status < 500, f"{operation['operationId']} {body!r}: {await answer.text()}"


async def test_a_platform_without_its_database_does_not_start(tmp_path: Path) -> None:
    settings = Settings({}, {})
    platform = build_platform(
        settings,
        data_dir=tmp_path,
        database=Database(f"postgresql://x@/x?host={tmp_path}"),
        bus=LocalBus(),
        clock=SystemClock(),
        keys=load_keys(tmp_path, settings),
    )

    before = asyncio.all_tasks()
    with pytest.raises(Unavailable):
        await platform.start()
    assert asyncio.all_tasks() == before
    await platform.close()


async def test_ready_means_that_the_database_answers(town: Town) -> None:
    assert (await (await town.client.get("/readyz")).json())["parts"]["db"] == "ok"

    await town.platform.database.close()
    answer = await town.client.get("/readyz")
    assert (answer.status, (await answer.json())["parts"]["db"]) == (503, "away")
    shut = await town.client.post("/api/v1/auth/login", json={"username": "a", "password": "b"})
    assert (shut.status, (await shut.json())["code"]) == (503, "database.unavailable")
    assert shut.headers["Retry-After"] == "2"
