"""Settings of the recorder: the section `recording`."""

from dataclasses import dataclass
from pathlib import Path

from media.control import TapLayers
from platform_api.kernel.sealed_folder import SealedFolders


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """`keep_days` 0 keeps recordings for ever; `tick_s` is how often what arrived is written.

    `layers`: what publishers must send for a recording alone. The best layer is recorded; `all` has the
    others ready should it fail, and keeps every encoder of a recorded room at work.
    """

    keep_days: int = 0
    tick_s: float = 0.5
    layers: TapLayers = TapLayers.BEST


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderPlaces:
    """Where the recorder of this machine writes, and the socket it listens on."""

    recordings: SealedFolders
    socket: Path
