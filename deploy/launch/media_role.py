"""The process of one media node."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable

from deploy.launch.options import Options
from deploy.launch.ports import media_ports, refuse_taken
from deploy.launch.stopping import stop_on_signal
from media.app import run_node
from media.config import MediaSettings


async def run_media(options: Options) -> None:
    """One media node."""
    stop = stop_on_signal()
    settings = options.settings().section("media", MediaSettings)
    settings = dataclasses.replace(
        settings, port=options.media_port, control_socket=options.places.media_socket(1)
    )
    refuse_taken(media_ports(options))
    await _until(stop, run_node(settings))


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
