"""The process of background jobs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from deploy.launch.stopping import stop_on_signal
from platform_api.jobs import JobSpec, TranscodePart
from platform_api.jobs.worker import Handler, WorkerSettings, run_worker
from platform_api.kernel.ids import RecordingId
from recording.store import recording_dir
from recording.transcode import transcode_part


async def run_jobs(options: Options) -> None:
    """The job worker."""
    stop = stop_on_signal()
    settings = options.settings().section("jobs", WorkerSettings)
    handlers: dict[type[JobSpec], Handler] = {TranscodePart: transcoder(options.places.recordings)}
    await run_worker(Cluster.of(options).app_dsn, handlers, stop=stop, settings=settings)


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
