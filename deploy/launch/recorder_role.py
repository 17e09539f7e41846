"""The process of the recorder."""

from typing import Final

from deploy.launch.options import Options
from deploy.launch.stopping import stop_on_signal
from media.remote import RemoteMediaClient
from platform_api.kernel.keys import load_keys
from platform_api.kernel.sealed_folder import SealedFolders
from recording.config import RecorderPlaces, RecordingSettings
from recording.server import run_recorder

NODE: Final = "media-1"


async def run_recording(options: Options) -> None:
    """The recorder of this machine; media nodes may come and go."""
    stop = stop_on_signal()
    sealer = load_keys(options.data_dir, options.settings()).sealer
    places = RecorderPlaces(
        recordings=SealedFolders(options.places.recordings, sealer), socket=options.places.recorder_socket
    )
    client = RemoteMediaClient(options.places.media_socket(1))
    await client.start()
    try:
        settings = options.settings().section("recording", RecordingSettings)
        await run_recorder(settings, places, {NODE: client}, stop=stop)
    finally:
        await client.close()
