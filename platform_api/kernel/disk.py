"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

DRAFT: Final = ".new"
"""How a file ends that is still being written; one that stays was left by a process that was killed."""


def write_whole(path: Path, data: bytes) -> None:
    """Returns when the bytes and their name are on disk; raises OSError and leaves what was there."""
    with written_whole(path) as stream:
        stream.write(data)


@contextmanager
def written_whole(path: Path, *, draft: Path | None = None) -> Iterator[BinaryIO]:
    """A stream whose bytes and name are on disk after the block; a block that fails leaves what was there.

    Where two may write the same path at once, each names a draft of its own, beside it and ending in DRAFT.
    """
    draft = draft or path.with_name(f"{path.name}{DRAFT}")
    try:
        with draft.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        sync_directory(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte: the kernel may take fewer at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def make_directory(path: Path) -> None:
    """The directory for us alone, durable; may exist."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Makes names in the directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
