"""Settings of the recorder: the section `recording`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """`keep_days` 0 keeps recordings for ever; `tick_s` is how often what arrived is written."""

    keep_days: int = 0
    tick_s: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderPlaces:
    """Where the recorder of this machine writes, and the socket it listens on."""

    recordings: Path
    socket: Path
