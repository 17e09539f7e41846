"""When a recording may go: only by the rule, only when complete, never by accident; and that none lies plain.

With `keep_days` 0, the default, nothing is ever deleted.
"""

import shutil
from datetime import datetime, timedelta

from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_folder import SealedFolders
from recording.manifest import Manifest, RecordingState
from recording.repair import read_manifest

_log = get_logger("recording.retention")


def is_due(manifest: Manifest, *, now: datetime, keep_days: int) -> bool:
    """Whether the rule lets this recording go."""
    if keep_days <= 0 or manifest.state is not RecordingState.COMPLETE:
        return False
    ended_ms = manifest.origin_ms + manifest.duration_ms
    return now.timestamp() * 1000 - ended_ms > timedelta(days=keep_days).total_seconds() * 1000


def seal_old(folders: SealedFolders, *, holding: str) -> None:
    """Seals the folders with such a file that a release before sealing left; what fails is told."""
    for left in folders.root.glob("transcode-*"):
        shutil.rmtree(left)
    for folder in folders.all():
        if not folder.is_ready and folder.has(holding):
            try:
                folder.make()
            except OSError:
                _log.exception("folder.not_sealed", folder=folder.name)
            else:
                _log.info("folder.sealed", folder=folder.name)


def delete_due(recordings: SealedFolders, *, now: datetime, keep_days: int) -> tuple[str, ...]:
    """Deletes what is due, its key first, and gives its ids."""
    gone = []
    for folder in recordings.all() if keep_days > 0 else ():
        manifest = read_manifest(folder)
        if manifest is not None and is_due(manifest, now=now, keep_days=keep_days):
            folder.destroy()
            _log.info("recording.deleted", recording=manifest.recording, keep_days=keep_days)
            gone.append(manifest.recording)
    return tuple(gone)
