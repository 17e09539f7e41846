"""What is to be done on the disk, as values; `perform` does it, in order, in whatever thread it is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from platform_api.kernel.disk import write_whole
from recording.store import append_durably, overwrite


@dataclass(frozen=True, slots=True)
class WriteWhole:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Append:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Patch:
    name: str
    offset: int
    data: bytes


DiskOperation = WriteWhole | Append | Patch


def perform(directory: Path, operations: Sequence[DiskOperation]) -> None:
    """All of them, each durable before the next; raises OSError at the first that the disk refuses."""
    for operation in operations:
        path = directory / operation.name
        if isinstance(operation, WriteWhole):
            write_whole(path, operation.data)
        elif isinstance(operation, Append):
            append_durably(path, operation.data)
        else:
            overwrite(path, operation.offset, operation.data)
