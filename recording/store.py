"""Where recordings lie on the disk, and under which names.

Every name is made here or checked against what the server makes: nothing that a person wrote becomes a
path (UP-02). All files of a recording are sealed as they are written, under one key (decision 120).
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from platform_api.kernel.sealed_folder import SealedFolder, SealedFolders

MANIFEST: Final = "manifest.json"
RUN_FILE: Final = "recorder.json"
JOURNAL: Final = "journal.jsonl"
EVENTS: Final = "events.json"
MIN_FREE_PART: Final = 0.05
RESUME_FREE_PART: Final = 0.06
_RECORDING = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,95}")


class NameRefused(ValueError):
    """The text is no name that the server makes."""


def recording_folder(recordings: SealedFolders, recording: str) -> SealedFolder:
    """The folder of a recording; raises NameRefused for anything but a server-made id."""
    if _RECORDING.fullmatch(recording) is None:
        raise NameRefused(recording)
    return recordings.folder(recording)


def room_folder(rooms: SealedFolders, room: str) -> SealedFolder:
    """The folder of a room without a recording: a digest, because rooms may be named by people."""
    return rooms.folder(hashlib.sha256(room.encode()).hexdigest()[:32])


def free_part(path: Path) -> float:
    """How much of the file system is free to us, 0..1."""
    figures = os.statvfs(path)
    return figures.f_bavail / max(1, figures.f_blocks)
