"""What this machine says of itself, without any program beside."""

import os
import shutil
from pathlib import Path
from typing import Final

from platform_api.operation.model import Machine

MEMORY: Final = Path("/proc/meminfo")
UNIT: Final = 1024


def look_at_machine(data_dir: Path, memory: Path = MEMORY) -> Machine:
    """The figures of now; raises OSError."""
    sizes = dict(
        line.split(":", 1) for line in memory.read_text(encoding="ascii").splitlines() if ":" in line
    )
    disk = shutil.disk_usage(data_dir)
    return Machine(
        load=os.getloadavg(),
        processors=len(os.sched_getaffinity(0)),
        memory_total=_bytes(sizes["MemTotal"]),
        memory_free=_bytes(sizes["MemAvailable"]),
        disk_total=disk.total,
        disk_free=disk.free,
    )


def _bytes(text: str) -> int:
    return int(text.split()[0]) * UNIT
