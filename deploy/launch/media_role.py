"""The process of one media node."""

import dataclasses

from deploy.launch.options import Options
from deploy.launch.ports import media_ports, refuse_taken
from deploy.launch.stopping import stop_on_signal
from media.app import run_node
from media.config import MediaSettings
from platform_api.kernel.pulse import beat
from platform_api.kernel.tasks import until_first


async def run_media(options: Options) -> None:
    """One media node."""
    stop = stop_on_signal()
    settings = options.settings().section("media", MediaSettings)
    settings = dataclasses.replace(
        settings, port=options.media_port, control_socket=options.places.media_socket(1)
    )
    refuse_taken(media_ports(options))
    await until_first(stop.wait(), run_node(settings), beat(options.places.pulse(1)))
