"""The process of background jobs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from deploy.launch.stopping import stop_on_signal
from platform_api.jobs import JobSpec, TranscodePart
from platform_api.jobs.worker import GiveUp, Handler, WorkerSettings, run_worker
from platform_api.kernel.ids import RecordingId
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
    await run_worker(dsn, handlers, stop=stop, give_ups=give_ups, settings=settings)


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
