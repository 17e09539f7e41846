"""The transcoder's jobs as the worker does them, on real recordings, with FFmpeg killed and input spoilt."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.launch.options import Options
from deploy.launch.worker_role import all_works, transcoding
from platform_api.db import Actor, Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE
from platform_api.jobs import JobSpec, Work, store
from platform_api.jobs.model import Job, JobState
from platform_api.jobs.rules import WorkerSettings
from platform_api.jobs.worker import run_worker
from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from platform_api.teaching.jobs import TranscodePart
from recording.manifest import Part, PartState
from recording.repair import read_manifest
from tests.support.jobs import ask_for
from tests.support.packetise import Sender, encode_video
from tests.support.recordings import Stage, shown, track_of
from tests.support.sealed import folders_of

SETTINGS = WorkerSettings(heartbeat_s=1, poll_s=0.2, max_attempts=2, retry_delay_s=0)
ACTOR = Actor(subject="system:test")


@pytest.fixture
async def recording(tmp_path: Path) -> SealedFolder:
    """A recording whose only part is VP8."""
    stage = Stage(tmp_path)
    await stage.start()
    sender = Sender("VP8")
    hand = await stage.publish("p1", Source.HAND, sender)
    await stage.play([(hand, sender, encode_video("VP8", 150, gop=75))])
    (_,) = track_of(await stage.stop(), hand).parts
    return stage.folder()


def part_of(recording: SealedFolder) -> Part:
    manifest = read_manifest(recording)
    assert manifest is not None
    return manifest.tracks[0].parts[0]


@asynccontextmanager
async def working(
    cluster: EmbeddedPostgres, database_name: str, recordings: Path, part: Part
) -> AsyncIterator[Database]:
    """The worker of the launcher, which has one job."""
    dsn, stop = cluster.dsn(role=APP_ROLE, database=database_name), asyncio.Event()
    database = Database(dsn)
    await database.open()
    await ask_for(database, TranscodePart(recording_id="rec", part_id=part.id))
    work = transcoding(folders_of(recordings))
    works: dict[type[JobSpec], Work] = {TranscodePart: Work(do=work.transcode, give_up=work.mark_failed)}
    worker = run_worker(dsn, works, stop=stop, settings=SETTINGS)
    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(worker)
            yield database
            stop.set()
    finally:
        await database.close()


async def ended(database: Database) -> Job:
    while True:
        async with database.transaction(ACTOR) as transaction:
            (job,) = await store.newest(transaction, state=None, after=None, limit=1, scoped=False)
        if job.state in (JobState.DONE, JobState.FAILED):
            return job
        await asyncio.sleep(0.02)


def ffmpeg() -> int | None:
    """The child of ours that encodes."""
    for task in Path("/proc/self/task").glob("*/children"):
        for pid in task.read_text().split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
            except FileNotFoundError:
                continue
            if b"libx264" in words:
                return int(pid)
    return None


async def test_a_part_that_cannot_be_read_is_said_so_once_the_job_gives_up(
    recording: SealedFolder, cluster: EmbeddedPostgres, database_name: str
) -> None:
    part = part_of(recording)
    for row in part.segments:
        recording.write(row.name, recording.read(row.name)[:100] + bytes(400))

    async with working(cluster, database_name, recording.path.parent, part) as database:
        job = await ended(database)

    assert (job.state, job.attempts, job.error_code) == (JobState.FAILED, 2, "fault.TranscodeFailed")
    assert part_of(recording).state is PartState.FAILED


async def test_a_recording_deleted_meanwhile_is_no_harm(
    recording: SealedFolder, cluster: EmbeddedPostgres, database_name: str
) -> None:
    part = part_of(recording)
    recording.remove(part.segments[0].name)

    async with working(cluster, database_name, recording.path.parent, part) as database:
        shutil.rmtree(recording.path)
        assert (await ended(database)).state in (JobState.DONE, JobState.FAILED)


async def test_a_job_whose_ffmpeg_is_killed_runs_again_and_loses_no_frame(
    recording: SealedFolder, cluster: EmbeddedPostgres, database_name: str
) -> None:
    async with working(cluster, database_name, recording.path.parent, part_of(recording)) as database:
        while (pid := ffmpeg()) is None:
            await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        job = await ended(database)

    after = part_of(recording)
    assert (job.state, job.attempts, after.state) == (JobState.DONE, 2, PartState.READY)
    assert [each.counter for each in shown(recording, after)] == list(range(150))
    assert {path.name for path in recording.path.parent.iterdir()} == {"rec"}


async def test_a_part_that_was_given_up_is_made_playable_when_its_job_is_run_again(
    recording: SealedFolder, cluster: EmbeddedPostgres, database_name: str
) -> None:
    part = part_of(recording)
    kept = {row.name: recording.read(row.name) for row in part.segments}
    for name, data in kept.items():
        recording.write(name, data[:100] + bytes(400))

    async with working(cluster, database_name, recording.path.parent, part) as database:
        failed = await ended(database)
        for name, data in kept.items():
            recording.write(name, data)
        async with database.transaction(ACTOR) as transaction:
            assert await store.run_again(transaction, failed.id, failed.queued_at)
        job = await ended(database)

    after = part_of(recording)
    assert (job.state, job.attempts, after.state) == (JobState.DONE, 1, PartState.READY)
    assert [each.counter for each in shown(recording, after)] == list(range(150))


async def test_the_worker_does_the_work_of_every_domain(database: Database, tmp_path: Path) -> None:
    options = Options(
        data_dir=tmp_path, config=None, host="127.0.0.1", port=1, https_port=2, media_port=3, demo=False
    )

    works = all_works(options, database)

    shown = {"files.preview", "recording.transcode", "exports.write"}
    assert {spec.kind for spec in works} >= shown | {"files.purge", "files.rewrap"}
    assert all(work.give_up is not None for spec, work in works.items() if spec.kind in shown)
