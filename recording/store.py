"""Where recordings lie on the disk, and the few ways in which files there are changed.

Every name is made here or checked against what the server makes: nothing that a person wrote becomes a
path (UP-02). A file that is replaced is replaced whole: written beside, fsynced, renamed, directory
fsynced.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from platform_api.kernel.disk import sync_directory

MANIFEST: Final = "manifest.json"
RUN_FILE: Final = "recorder.json"
JOURNAL: Final = "journal.jsonl"
EVENTS: Final = "events.json"
MIN_FREE_PART: Final = 0.05
RESUME_FREE_PART: Final = 0.06
_RECORDING = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,95}")


class NameRefused(ValueError):
    """The text is no name that the server makes."""


def recording_dir(root: Path, recording: str) -> Path:
    """The directory of a recording; raises NameRefused for anything but a server-made id."""
    if _RECORDING.fullmatch(recording) is None:
        raise NameRefused(recording)
    return root / recording


def room_dir(root: Path, room: str) -> Path:
    """The directory of a room without a recording: a digest, because rooms may be named by people."""
    return root / hashlib.sha256(room.encode()).hexdigest()[:32]


def free_part(path: Path) -> float:
    """How much of the file system is free to us, 0..1."""
    figures = os.statvfs(path)
    return figures.f_bavail / max(1, figures.f_blocks)


def append_durably(path: Path, data: bytes) -> None:
    """Adds to the end, fsynced; a refused write leaves the file as long as it was."""
    new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        before = os.fstat(descriptor).st_size
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)
    if new:
        sync_directory(path.parent)


def write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte: the kernel may take fewer at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def overwrite(path: Path, offset: int, data: bytes) -> None:
    """Corrects bytes in place, fsynced; only for fields that are right before and after."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, data, offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
