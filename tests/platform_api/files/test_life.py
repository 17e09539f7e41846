"""Versions of files, and their end: a mark, later the key and the bytes (DL-05, PR-10)."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from platform_api.audit import AuditTrail
from platform_api.files.disk import FileDisk
from platform_api.files.model import FileSettings
from platform_api.files.purge import PurgeFiles, Purger
from platform_api.files.sweep import Sweep
from platform_api.kernel.ids import FileId
from platform_api.kernel.sealed_file import open_sealed
from platform_api.kernel.sealing import SealBroken
from tests.support.sessions import Stage, ok, refusal

CANARY = b"CANARY-of-the-patient-named-Wang"


async def sent(stage: Stage, text: bytes, person: Any = None) -> dict[str, Any]:
    headers = (person or stage.expert).headers
    answer = await stage.town.client.post("/api/v1/files", data=b"%PDF-1.7\n" + text, headers=headers)
    file: dict[str, Any] = await ok(answer, 201)
    return file


def purger(stage: Stage, folder: Path) -> Purger:
    return Purger(
        database=stage.town.platform.database,
        objects=FileDisk(folder / "files", stage.town.keys.sealer),
        clock=stage.town.clock,
        trail=stage.town.platform.services.get(AuditTrail),
        settings=FileSettings(),
    )


async def never(_: float) -> None:
    """Nobody looks at the progress here."""


async def set_retention(stage: Stage, file: str, retention: str) -> None:
    async with stage.town.platform.database.transaction() as transaction:
        await transaction.execute("SELECT set_config('scopecast.actor', 'system:test', true)")
        await transaction.execute("UPDATE files SET retention = $2 WHERE id = $1", file, retention)


async def told_of(stage: Stage, file: str) -> list[tuple[str, Any]]:
    """What the trail says of a file: tag and details."""
    async with stage.town.platform.database.transaction() as transaction:
        await transaction.execute("SELECT set_config('scopecast.actor', 'system:test', true)")
        rows = await transaction.fetch(
            "SELECT tag, details FROM audit_entries WHERE target = $1 ORDER BY number", file
        )
    return [(row["tag"], row["details"]) for row in rows]


async def test_each_version_stays_and_is_found(stage: Stage) -> None:
    first, second, third = [await sent(stage, text) for text in (b"one", b"two", b"three")]
    path = f"/files/{first['id']}/versions"

    await ok(await stage.expert.post(path, {"file": second["id"]}), 201)
    assert await refusal(await stage.expert.post(path, {"file": third["id"]})) == (409, "file.version_taken")
    await ok(await stage.expert.post(f"/files/{second['id']}/versions", {"file": third["id"]}), 201)
    assert await refusal(
        await stage.expert.post(f"/files/{third['id']}/versions", {"file": first["id"]})
    ) == (409, "file.version_taken")

    for file in (first, second, third):
        listed = (await ok(await stage.colleague.get(f"/files/{file['id']}/versions")))["items"]
        assert [(item["version"], item["file"]["id"]) for item in listed] == [
            (3, third["id"]),
            (2, second["id"]),
            (1, first["id"]),
        ]
    assert await (await stage.expert.get(f"/files/{first['id']}")).read() == b"%PDF-1.7\none"
    assert (await stage.colleague.post(path, {"file": second["id"]})).status == 404


async def test_DL_05_a_deleted_file_is_read_by_nobody_and_its_bytes_stay(
    stage: Stage, tmp_path: Path
) -> None:
    file = await sent(stage, CANARY)
    path = f"/files/{file['id']}"

    assert (await stage.expert.post(f"{path}/delete", {"reason": "because"})).status == 422
    assert (await stage.colleague.post(f"{path}/delete", {"reason": "mistake"})).status == 404
    assert (await stage.expert.post(f"{path}/delete", {"reason": "wrong_patient"})).status == 204

    for person in (stage.expert, stage.colleague):
        assert await refusal(await person.get(path)) == (404, "not_found")
    assert (await stage.expert.post(f"{path}/delete", {"reason": "mistake"})).status == 404
    assert (await stage.expert.post(f"{path}/link")).status == 404
    assert FileDisk(tmp_path / "files", stage.town.keys.sealer).path(FileId(file["id"])).is_file()
    assert [(tag, details["reason"]) for tag, details in await told_of(stage, file["id"])] == [
        ("record.deleted", "wrong_patient")
    ]
    assert (await stage.town.platform.services.get(Sweep).run()).missing == ()


async def test_PR_10_a_purged_files_key_is_destroyed_and_its_bytes_are_gone(
    stage: Stage, tmp_path: Path
) -> None:
    kept, gone = await sent(stage, b"kept"), await sent(stage, CANARY * 4_000)
    await ok(await stage.expert.post(f"/files/{gone['id']}/delete", {"reason": "withdrawn"}), 204)
    disk = FileDisk(tmp_path / "files", stage.town.keys.sealer)
    place = disk.path(FileId(gone["id"]))
    copy = tmp_path / "what a disk image would still hold"
    os.link(place, copy)

    await purger(stage, tmp_path).work(PurgeFiles(), never)
    assert place.is_file(), "its time has not come"
    stage.town.clock.advance(timedelta(days=31).total_seconds())
    for _ in range(2):
        await purger(stage, tmp_path).work(PurgeFiles(), never)

    assert not place.exists()
    with pytest.raises(SealBroken), copy.open("rb") as stream:
        open_sealed(stream, name=gone["id"], sealer=stage.town.keys.sealer)
    left = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert [data for data in left if CANARY in data] == []
    assert disk.path(FileId(kept["id"])).is_file()
    entries = await told_of(stage, gone["id"])
    assert [details.get("purged", False) for _, details in entries] == [False, True]
    assert (await stage.town.platform.services.get(Sweep).run()).missing == ()


async def test_DL_05_who_owns_a_file_has_it_kept_for_longer_and_never_shorter(stage: Stage) -> None:
    file = await sent(stage, b"a letter")
    path = f"/files/{file['id']}"

    async def shown(person: Any) -> tuple[str, int, bool]:
        told = await ok(await person.get(f"{path}/versions"))
        return told["retention"], told["kept_days"], told["own"]

    assert await shown(stage.expert) == ("working", 30, True)
    assert (await stage.colleague.post(f"{path}/retention", {"retention": "inpatient"})).status == 404
    for retention in ("outpatient", "inpatient", "inpatient"):
        await ok(await stage.expert.post(f"{path}/retention", {"retention": retention}), 204)

    assert await refusal(await stage.expert.post(f"{path}/retention", {"retention": "outpatient"})) == (
        409,
        "file.kept_longer",
    )
    assert await shown(stage.colleague) == ("inpatient", 10958, False)
    assert [details["retention"] for _, details in await told_of(stage, file["id"])][-1] == "inpatient"


async def test_DL_05_a_medical_record_is_kept_for_fifteen_and_thirty_years(
    stage: Stage, tmp_path: Path
) -> None:
    files = {name: await sent(stage, name.encode()) for name in ("working", "outpatient", "inpatient")}
    for name, file in files.items():
        await set_retention(stage, file["id"], name)
        await ok(await stage.expert.post(f"/files/{file['id']}/delete", {"reason": "outdated"}), 204)
    disk = FileDisk(tmp_path / "files", stage.town.keys.sealer)

    for years, left in ((1, {"outpatient", "inpatient"}), (16, {"inpatient"}), (31, set[str]())):
        stage.town.clock.advance(timedelta(days=366 * years).total_seconds())
        await purger(stage, tmp_path).work(PurgeFiles(), never)
        there = {name for name, file in files.items() if disk.path(FileId(file["id"])).is_file()}
        assert there == left
