"""What operators see of a running house, part by part, and what a part that is away leaves of it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from platform_api.db import Database
from platform_api.identity.model import Duty, UserRole
from platform_api.jobs import Jobs
from platform_api.jobs.store import beat
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import new_id
from platform_api.operation import Operation
from platform_api.operation.machine import look_at_machine
from tests.support.jobs import TESTER
from tests.support.platform import Town
from tests.support.sessions import ok


async def live(database: Database, age_s: int) -> None:
    worker = new_id()
    async with database.transaction(TESTER) as transaction:
        await beat(transaction, worker, "host-1", age_s + 100)
        await transaction.execute(
            "UPDATE job_workers SET seen_at = now() - make_interval(secs => $2) WHERE id = $1", worker, age_s
        )


async def test_an_operator_sees_every_part_and_nobody_else_does(town: Town) -> None:
    admin = await town.signed_in("root", duty=Duty.SYSTEM)
    doctor = await town.signed_in("doctor", UserRole.DOCTOR)
    operation = town.platform.services.get(Operation)

    async def facts() -> dict[str, float]:
        return {"rooms": 2, "connections": 31}

    async def away() -> dict[str, float]:
        await asyncio.Event().wait()
        return {}

    operation.attend("media-1", facts)
    operation.attend("media-2", away)
    operation.certify("https", lambda: town.clock.now() + timedelta(days=20, hours=1))
    await live(town.platform.database, 3)
    await live(town.platform.database, 60)

    seen = await ok(await admin.get("/operation"))

    assert (await doctor.get("/operation")).status == 403
    assert [(node["name"], node["up"], node["connections"]) for node in seen["nodes"]] == [
        ("media-1", True, 31),
        ("media-2", False, 0),
    ]
    assert seen["parts"] == {"db": True}
    assert [worker["lives"] for worker in seen["workers"]] == [True, False]
    assert [(each["name"], each["days"]) for each in seen["certificates"]] == [("https", 20)]
    assert seen["database"]["connections"] >= 1
    assert 0 < seen["machine"]["disk_free"] <= seen["machine"]["disk_total"]
    assert 0 < seen["machine"]["memory_free"] <= seen["machine"]["memory_total"]
    assert seen["delivery"] is None
    assert seen["office"] == "absent"


async def test_what_is_ready_is_told_by_part(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    operation, jobs = town.platform.services.get(Operation), town.platform.services.get(Jobs)
    await operation.check_storage()
    await operation.check_certificates()
    with pytest.raises(Unavailable):
        await jobs.check()
    await live(town.platform.database, 1)
    await jobs.check()

    operation.certify("old", lambda: town.clock.now() + timedelta(hours=3))
    with pytest.raises(Unavailable):
        await operation.check_certificates()
    monkeypatch.setattr("platform_api.operation.service.FREE_LEAST", 2**80)
    with pytest.raises(Unavailable):
        await operation.check_storage()


def test_a_machine_is_read_from_the_kernel_s_own_words(tmp_path: Path) -> None:
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal:       2048 kB\nMemFree:  1 kB\nMemAvailable:    512 kB\n", encoding="ascii")

    machine = look_at_machine(tmp_path, memory)

    assert (machine.memory_total, machine.memory_free) == (2**21, 2**19)
