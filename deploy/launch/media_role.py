"""The process of one media node."""

import asyncio
import dataclasses
from collections.abc import Awaitable

from deploy.launch.options import Options
from deploy.launch.ports import media_ports, refuse_taken
from deploy.launch.stopping import stop_on_signal
from media.app import run_node
from media.config import MediaSettings
from platform_api.kernel.pulse import beat


async def run_media(options: Options) -> None:
    """One media node."""
    stop = stop_on_signal()
    settings = options.settings().section("media", MediaSettings)
    settings = dataclasses.replace(
        settings, port=options.media_port, control_socket=options.places.media_socket(1)
    )
    refuse_taken(media_ports(options))
    await _until_first(stop.wait(), run_node(settings), beat(options.places.pulse(1)))


async def _until_first(*works: Awaitable[object]) -> None:
    """Ends all with the first that ends; raises what it raised."""
    running = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for each in ended:
            each.result()
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
