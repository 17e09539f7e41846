"""Files that are there whole or not at all."""

import os
from pathlib import Path
from typing import Final

DRAFT: Final = ".new"
"""How a file ends that is still being written; one that stays was left by a process that was killed."""


def write_whole(path: Path, data: bytes) -> None:
    """Returns when the bytes and their name are on disk; raises OSError and leaves what was there."""
    draft = path.with_name(f"{path.name}{DRAFT}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
