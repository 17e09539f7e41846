"""The parts of one machine but the front: each runs until it is told to stop."""

import asyncio
import contextlib
import dataclasses
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from deploy.launch.database import Cluster
from deploy.launch.options import Options
from media.app import run_node
from media.config import MediaSettings
from media.remote import RemoteMediaClient
from platform_api.jobs import JobSpec, TranscodePart
from platform_api.jobs.worker import Handler, WorkerSettings, run_worker
from platform_api.kernel.ids import RecordingId
from recording.config import RecorderPlaces, RecordingSettings
from recording.server import run_recorder
from recording.store import recording_dir
from recording.transcode import transcode_part

NODE: Final = "media-1"


def stop_on_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    return stop


async def run_media(options: Options) -> None:
    """One media node."""
    stop = stop_on_signal()
    settings = options.settings().section("media", MediaSettings)
    settings = dataclasses.replace(
        settings, port=options.media_port, control_socket=options.places.media_socket(1)
    )
    await _until(stop, run_node(settings))


async def run_recording(options: Options) -> None:
    """The recorder of this machine; media nodes may come and go."""
    stop = stop_on_signal()
    places = RecorderPlaces(recordings=options.places.recordings, socket=options.places.recorder_socket)
    client = RemoteMediaClient(options.places.media_socket(1))
    await client.start()
    try:
        settings = options.settings().section("recording", RecordingSettings)
        await run_recorder(settings, places, {NODE: client}, stop=stop)
    finally:
        await client.close()


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


async def _until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    running = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if running.done():
        running.result()
        return
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
