"""The process of background jobs: what the domains bring as `JOBS`, and the recorder's part in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from deploy.launch.stopping import stop_on_signal
from platform_api.app import DOMAINS, build_domains, parts_of, schedules_of, works_of
from platform_api.db import Database
from platform_api.jobs import JobSpec, Progress, Work
from platform_api.jobs.rules import WorkerSettings
from platform_api.jobs.worker import run_worker
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.ids import RecordingId
from platform_api.kernel.keys import load_keys
from platform_api.kernel.sealed_folder import SealedFolders
from platform_api.teaching.jobs import TranscodePart, Transcoding
from recording.store import recording_folder
from recording.transcode import mark_failed, transcode_part


async def run_jobs(options: Options) -> None:
    """The job worker."""
    stop = stop_on_signal()
    settings = options.settings().section("jobs", WorkerSettings)
    dsn = Cluster.of(options).app_dsn
    async with opened(dsn) as database:
        works = all_works(options, database)
        schedules = schedules_of(DOMAINS)
        await run_worker(dsn, works, stop=stop, settings=settings, schedules=schedules)


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Database]:
    """The database for the handlers themselves; the queue has its own connections."""
    database = Database(dsn)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def all_works(options: Options, database: Database) -> dict[type[JobSpec], Work]:
    """Who does the work of each kind: the domains are built as in the front, and none is started."""
    settings = options.settings()
    parts = parts_of(
        settings,
        data_dir=options.data_dir,
        database=database,
        bus=LocalBus(),
        clock=SystemClock(),
        keys=load_keys(options.data_dir, settings),
    )
    build_domains(DOMAINS, parts)
    parts.services.put(transcoding(SealedFolders(options.places.recordings, parts.sealer)))
    return works_of(DOMAINS, parts)


def transcoding(recordings: SealedFolders) -> Transcoding:
    """The recorder's transcoder, on the recordings below this directory."""
    return Transcoding(transcode=transcoder(recordings), mark_failed=giver_up(recordings))


def giver_up(recordings: SealedFolders) -> Callable[[TranscodePart], Awaitable[None]]:
    """Has the replay say that a part cannot be shown, instead of that it is being prepared."""

    async def give_up(spec: TranscodePart) -> None:
        folder = recording_folder(recordings, RecordingId(spec.recording_id))
        if await asyncio.to_thread(folder.path.is_dir):  # it may have been deleted since
            await asyncio.to_thread(mark_failed, folder, spec.part_id)

    return give_up


def transcoder(
    recordings: SealedFolders,
) -> Callable[[TranscodePart, Progress], Awaitable[None]]:
    """Does `recording.transcode` jobs on the recordings below this directory."""

    async def work(spec: TranscodePart, progress: Progress) -> None:
        told: asyncio.Queue[float] = asyncio.Queue(maxsize=1)

        def tell(fraction: float) -> None:
            if told.full():
                told.get_nowait()
            told.put_nowait(fraction)

        async def pass_on() -> None:
            while True:
                await progress(await told.get())

        async with asyncio.TaskGroup() as group:
            passing = group.create_task(pass_on())
            await transcode_part(
                recording_folder(recordings, RecordingId(spec.recording_id)), spec.part_id, tell
            )
            passing.cancel()

    return work
