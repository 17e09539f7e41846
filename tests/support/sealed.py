"""Sealed folders of tests: under a key that every process of a test knows, or under that of a product."""

from base64 import b64encode
from pathlib import Path
from typing import Final

from platform_api.kernel.keys import SEALING_FILE
from platform_api.kernel.sealed_folder import SealedFolder, SealedFolders
from platform_api.kernel.sealing import Sealer

SEALER: Final = Sealer.from_text(f"test:{b64encode(bytes(range(32))).decode()}")


def folders_of(root: Path) -> SealedFolders:
    return SealedFolders(root, SEALER)


def folder_of(path: Path) -> SealedFolder:
    return SealedFolder(path, SEALER)


def made(path: Path) -> SealedFolder:
    """A folder that is there."""
    folder = folder_of(path)
    folder.make()
    return folder


def recording_in(data_dir: Path, recording: str) -> SealedFolder:
    """A recording below the data directory of a product."""
    sealer = Sealer.from_file(data_dir / "secrets" / SEALING_FILE)
    return SealedFolders(data_dir / "recordings", sealer).folder(recording)


def plain_in(root: Path, words: tuple[bytes, ...]) -> list[tuple[str, bytes]]:
    """Which of these words stand in clear in which files below a root."""
    found = []
    for path in sorted(root.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        found += [(str(path.relative_to(root)), word) for word in words if word in data]
    return found
