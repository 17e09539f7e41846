"""The process of background jobs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from deploy.launch.stopping import stop_on_signal
from platform_api.app import DOMAINS, lists_of
from platform_api.audit import AuditTrail
from platform_api.audit.anchor import AnchorFile
from platform_api.db import Database
from platform_api.exports import DIRECTORY as EXPORTS
from platform_api.exports import ExportSettings, ExportWriter, Vault
from platform_api.inbox import Inbox
from platform_api.jobs import JobSpec, TranscodePart, WriteExport
from platform_api.jobs.worker import GiveUp, Handler, WorkerSettings, run_worker
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.ids import RecordingId
from platform_api.kernel.keys import load_keys
from platform_api.tables.service import Tables
from recording.store import recording_dir
from recording.transcode import mark_failed, transcode_part


async def run_jobs(options: Options) -> None:
    """The job worker."""
    stop = stop_on_signal()
    settings = options.settings().section("jobs", WorkerSettings)
    recordings = options.places.recordings
    handlers: dict[type[JobSpec], Handler] = {TranscodePart: transcoder(recordings)}
    give_ups: dict[type[JobSpec], GiveUp] = {TranscodePart: giver_up(recordings)}
    dsn = Cluster.of(options).app_dsn
    async with opened(dsn) as database:
        exports = export_writer(options, database)
        handlers[WriteExport] = exports.write
        give_ups[WriteExport] = exports.give_up
        await run_worker(dsn, handlers, stop=stop, give_ups=give_ups, settings=settings)


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Database]:
    """The database for the handlers themselves; the queue has its own connections."""
    database = Database(dsn)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def export_writer(options: Options, database: Database) -> ExportWriter:
    """Does `exports.write` jobs, over the lists of all domains."""
    settings, clock = options.settings(), SystemClock()
    sealer = load_keys(options.data_dir, settings).sealer
    trail = AuditTrail(database, clock, AnchorFile(options.data_dir / "audit" / "anchor", sealer))
    tables = Tables(database=database, trail=trail, sealer=sealer)
    tables.register(*lists_of(DOMAINS))
    return ExportWriter(
        database=database,
        clock=clock,
        trail=trail,
        inbox=Inbox(database=database, bus=LocalBus(), clock=clock),
        tables=tables,
        vault=Vault(options.data_dir / EXPORTS, sealer),
        settings=settings.section("exports", ExportSettings),
    )


def giver_up(recordings: Path) -> Callable[[TranscodePart], Awaitable[None]]:
    """Has the replay say that a part cannot be shown, instead of that it is being prepared."""

    async def give_up(spec: TranscodePart) -> None:
        directory = recording_dir(recordings, RecordingId(spec.recording_id))
        if await asyncio.to_thread(directory.is_dir):  # it may have been deleted since
            await asyncio.to_thread(mark_failed, directory, spec.part_id)

    return give_up


def transcoder(
    recordings: Path,
) -> Callable[[TranscodePart, Callable[[float], Awaitable[None]]], Awaitable[None]]:
    """Does `recording.transcode` jobs on the recordings below this directory."""

    async def work(spec: TranscodePart, progress: Callable[[float], Awaitable[None]]) -> None:
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
                recording_dir(recordings, RecordingId(spec.recording_id)), spec.part_id, tell
            )
            passing.cancel()

    return work
