"""Bytes and rows agree after a kill -9, and what does not agree is set aside or told."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.files.disk import FileDisk
from platform_api.files.sweep import IN_THE_MAKING, KEPT_ASIDE, Sweep, Swept
from platform_api.kernel.clock import ManualClock, SystemClock
from platform_api.kernel.ids import FileId, new_id
from tests.support.sessions import Stage, ok, picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def sweep(stage: Stage, folder: Path, clock: ManualClock) -> Sweep:
    return Sweep(database=stage.town.platform.database, disk=FileDisk(folder), clock=clock)


async def stored(stage: Stage) -> FileId:
    headers = stage.expert.headers
    file: dict[str, Any] = await ok(
        await stage.town.client.post("/api/v1/files", data=picture(), headers=headers), 201
    )
    return FileId(file["id"])


async def test_DL_01_what_a_killed_upload_left_is_set_aside_and_what_was_answered_for_stays(
    stage: Stage,
    cluster: EmbeddedPostgres,
    database_name: str,
    folder: Path,
    sweep: Sweep,
    clock: ManualClock,
) -> None:
    kept, user = await stored(stage), stage.expert.user
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.upload_child",
        cluster.dsn(role=APP_ROLE, database=database_name),
        str(folder),
        user.id,
        user.organisation,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    orphan = FileId((await asyncio.wait_for(child.stdout.readline(), 30)).decode().strip())
    child.kill()
    await child.wait()
    assert FileDisk(folder).path(orphan).is_file()

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=())
    clock.advance(IN_THE_MAKING.total_seconds() + 60)
    assert await sweep.run() == Swept(orphans=(orphan,), removed=0, missing=())

    assert not FileDisk(folder).path(orphan).exists()
    assert (folder / "aside" / orphan).is_file()
    assert (await stage.expert.get(f"/files/{kept}")).status == 200
    clock.advance(KEPT_ASIDE.total_seconds())
    assert await sweep.run() == Swept(orphans=(), removed=1, missing=())
    assert list((folder / "aside").iterdir()) == []


async def test_a_half_written_file_is_removed(sweep: Sweep, folder: Path, clock: ManualClock) -> None:
    draft = folder / "00" / f"{new_id()}.new"
    draft.parent.mkdir(parents=True)
    draft.write_bytes(b"half")
    foreign = folder / "00" / "not ours"
    foreign.write_bytes(b"")
    before = (clock.now() - IN_THE_MAKING - timedelta(minutes=1)).timestamp()
    for path in (draft, foreign):
        os.utime(path, (before, before))

    assert await sweep.run() == Swept(orphans=(), removed=1, missing=())
    assert [path.name for path in draft.parent.iterdir()] == ["not ours"]


async def test_a_row_whose_bytes_are_gone_is_told(stage: Stage, sweep: Sweep, folder: Path) -> None:
    whole, lost = await stored(stage), await stored(stage)
    await FileDisk(folder).remove(lost)

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=(lost,))
    assert FileDisk(folder).path(whole).is_file()


async def test_files_of_every_organisation_count(stage: Stage, sweep: Sweep, clock: ManualClock) -> None:
    headers = stage.foreigner.headers
    await ok(await stage.town.client.post("/api/v1/files", data=picture(), headers=headers), 201)
    await stored(stage)
    clock.advance(IN_THE_MAKING.total_seconds() + 60)

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=())
