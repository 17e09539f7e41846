"""What is to be done on the disk, as values; `perform` does it, in order, in whatever thread it is called."""

from collections.abc import Sequence
from dataclasses import dataclass

from platform_api.kernel.sealed_folder import SealedFolder


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


def perform(folder: SealedFolder, operations: Sequence[DiskOperation]) -> None:
    """All of them, each durable before the next; raises OSError at the first that the disk refuses."""
    for operation in operations:
        if isinstance(operation, WriteWhole):
            folder.write(operation.name, operation.data)
        elif isinstance(operation, Append):
            folder.append(operation.name, operation.data)
        else:
            folder.change(operation.name, operation.offset, operation.data)
