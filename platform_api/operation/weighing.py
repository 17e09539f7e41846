"""How much lies where, by the names and sizes that a file system tells. Calls block: use a thread.

Nothing is opened. What is removed while it is weighed weighs nothing.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from platform_api.operation.model import Kind, Weight

FOLDERS: Final = {"rooms": Kind.ROOMS, "logs": Kind.LOGS}
"""Folders of the data directory that are weighed whole."""
APART: Final = frozenset({"recordings", "files", "exports", "postgres", *FOLDERS})
"""Folders that are weighed by themselves; all others are `Kind.OTHER`."""


def weigh(folder: Path) -> Weight:
    """All files below a folder; links are not followed. A folder that is not there weighs nothing."""
    total = Weight()
    for entry in entries(folder):
        if entry.is_dir(follow_symlinks=False):
            total += weigh(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            total += Weight(size_of(entry), 1)
    return total


def weigh_others(data_dir: Path) -> Weight:
    """What lies in the data directory beside the folders that are weighed by themselves."""
    total = Weight()
    for entry in entries(data_dir):
        if entry.is_dir(follow_symlinks=False) and entry.name not in APART:
            total += weigh(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            total += Weight(size_of(entry), 1)
    return total


def changed_ns(folder: Path) -> int:
    """When a folder's own entries changed last; 0 for one that is not there."""
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def folder_names(folder: Path) -> list[str]:
    """The names of the folders in a folder."""
    return sorted(entry.name for entry in entries(folder) if entry.is_dir(follow_symlinks=False))


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, if it is there."""
    try:
        with os.scandir(folder) as found:
            yield from found
    except FileNotFoundError:
        return


def size_of(entry: os.DirEntry[str]) -> int:
    """The size of a file; 0 for one that has gone."""
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return 0
