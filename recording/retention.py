"""When a recording may go: only by the rule, only when complete, never by accident.

With `keep_days` 0, the default, nothing is ever deleted.
"""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from platform_api.kernel.disk import sync_directory
from platform_api.kernel.log import get_logger
from recording.manifest import Manifest, RecordingState
from recording.repair import read_manifest

_log = get_logger("recording.retention")


def is_due(manifest: Manifest, *, now: datetime, keep_days: int) -> bool:
    """Whether the rule lets this recording go."""
    if keep_days <= 0 or manifest.state is not RecordingState.COMPLETE:
        return False
    ended_ms = manifest.origin_ms + manifest.duration_ms
    return now.timestamp() * 1000 - ended_ms > timedelta(days=keep_days).total_seconds() * 1000


def delete_due(root: Path, *, now: datetime, keep_days: int) -> tuple[str, ...]:
    """Deletes what is due and gives its ids."""
    gone = []
    for directory in sorted(root.iterdir()) if root.is_dir() else ():
        manifest = read_manifest(directory) if directory.is_dir() else None
        if manifest is not None and is_due(manifest, now=now, keep_days=keep_days):
            shutil.rmtree(directory)
            _log.info("recording.deleted", recording=manifest.recording, keep_days=keep_days)
            gone.append(manifest.recording)
    if gone:
        sync_directory(root)
    return tuple(gone)
