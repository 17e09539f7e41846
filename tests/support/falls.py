"""Parts of the demonstration fall, and what its recording misses of the time after it."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from pathlib import Path

from platform_api.kernel.sealed_folder import SealedFolder
from recording.containers.scan import sample_times
from recording.manifest import Manifest, Track
from tests.support.product import Product
from tests.support.sealed import recording_in

LATE_MS = 150.0
"""A gap up to this is a frame that came late, not a loss."""
JUDGED_MS = 10_000.0


def recording_of(product: Product) -> SealedFolder:
    return recording_in(product.data_dir, str(product.ready["demo"]["recording"]))


def manifest_of(product: Product) -> Manifest:
    return Manifest.model_validate_json(recording_of(product).read("manifest.json"))


def recorder_of(product: Product) -> str:
    """Which of the two records now: the one that holds the lock."""
    inode = (product.data_dir / "run" / "recorder.lock").stat().st_ino
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines() if f":{inode} " in line]
    pid = next(int(fields[4]) for fields in held if fields[1] == "FLOCK")
    return next(part for part in ("recorder", "recorder-standby") if product.pid(part) == pid)


def times_of(folder: SealedFolder, segment: str) -> list[int]:
    """When each sample of a segment is shown, in units of its track."""
    with folder.log(segment) as log:
        return sample_times(log)


def sample_ms(folder: SealedFolder, track: Track) -> list[float]:
    """When each sample of a track is shown, ms on the recording's axis."""
    per_ms = (90_000 if track.kind == "video" else 48_000) / 1_000
    return [
        at / per_ms
        for part in track.parts
        for segment in part.segments
        for at in times_of(folder, segment.name)
    ]


def missing_ms(times: Sequence[float], fell_ms: float, until_ms: float = inf) -> float:
    """How much of the time after a fall no sample stands for, until the next fall; in ms on one axis."""
    end = min(fell_ms + JUDGED_MS, until_ms, times[-1])
    near = [at for at in times if fell_ms - 1_000 < at < end]
    if not near:
        return JUDGED_MS
    gaps = [later - earlier for earlier, later in pairwise([*near, end])]
    return sum(gap for gap in gaps if gap > LATE_MS)
