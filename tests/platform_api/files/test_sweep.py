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
from platform_api.kernel.sealed_file import MAGIC
from tests.support.sessions import Stage, ok, picture, refusal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def disk(stage: Stage, folder: Path) -> FileDisk:
    return FileDisk(folder, stage.town.keys.sealer)


@pytest.fixture
def sweep(stage: Stage, disk: FileDisk, clock: ManualClock) -> Sweep:
    return Sweep(database=stage.town.platform.database, disk=disk, clock=clock)


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
    disk: FileDisk,
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
    assert disk.path(orphan).is_file()

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=())
    clock.advance(IN_THE_MAKING.total_seconds() + 60)
    assert await sweep.run() == Swept(orphans=(orphan,), removed=0, missing=())

    assert not disk.path(orphan).exists()
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


async def test_a_row_whose_bytes_are_gone_is_told(stage: Stage, sweep: Sweep, disk: FileDisk) -> None:
    whole, lost = await stored(stage), await stored(stage)
    await disk.remove(lost)

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=(lost,))
    assert disk.path(whole).is_file()


async def test_files_of_every_organisation_count(stage: Stage, sweep: Sweep, clock: ManualClock) -> None:
    headers = stage.foreigner.headers
    await ok(await stage.town.client.post("/api/v1/files", data=picture(), headers=headers), 201)
    await stored(stage)
    clock.advance(IN_THE_MAKING.total_seconds() + 60)

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=())


async def made_plain(stage: Stage, disk: FileDisk, file: FileId) -> bytes:
    """Lays the file as a release before sealing left it; gives its bytes."""
    data = await (await stage.expert.get(f"/files/{file}")).read()
    disk.path(file).write_bytes(data)
    return data


async def test_CR_plain_files_of_an_earlier_release_are_sealed_once(
    stage: Stage, sweep: Sweep, disk: FileDisk
) -> None:
    old, new = await stored(stage), await stored(stage)
    data = await made_plain(stage, disk, old)
    sealed_before = disk.path(new).read_bytes()

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=(), sealed=1)

    assert disk.plain([old, new]) == []
    assert data not in disk.path(old).read_bytes()
    assert disk.path(new).read_bytes() == sealed_before
    assert await (await stage.expert.get(f"/files/{old}")).read() == data
    assert await sweep.run() == Swept(orphans=(), removed=0, missing=())


async def test_CR_a_plain_file_that_is_not_its_rows_is_told_and_never_answered(
    stage: Stage, sweep: Sweep, disk: FileDisk
) -> None:
    file = await stored(stage)
    planted = await made_plain(stage, disk, file) + b"<script>"
    disk.path(file).write_bytes(planted)

    assert await sweep.run() == Swept(orphans=(), removed=0, missing=(), altered=(file,))

    assert disk.path(file).read_bytes() == planted
    assert await refusal(await stage.expert.get(f"/files/{file}")) == (500, "file.unreadable")


async def test_CR_a_plain_orphan_is_set_aside_sealed(
    sweep: Sweep, disk: FileDisk, folder: Path, clock: ManualClock
) -> None:
    orphan = FileId(new_id())
    disk.path(orphan).parent.mkdir(parents=True)
    disk.path(orphan).write_bytes(b"nobody's")
    clock.advance(IN_THE_MAKING.total_seconds() + 60)

    assert await sweep.run() == Swept(orphans=(orphan,), removed=0, missing=())

    assert (folder / "aside" / orphan).read_bytes().startswith(MAGIC)
