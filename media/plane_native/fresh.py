"""Whether the built extension belongs to the files beside it; `build.rs` marks it by the same rule."""

import zlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Final

FOLDER: Final = Path(__file__).parent
SEAM: Final = (FOLDER.parent / "plane.py", FOLDER / "_core.pyi", FOLDER / "plane.py")
BUILD: Final = "python -m media.plane_native.build"


class StaleExtensionError(RuntimeError):
    """The extension was built for another seam: it would leave out what it does not know."""


def require_seam(extension: ModuleType) -> None:
    """Raises StaleExtensionError for an extension that does not fit the Python files."""
    built = getattr(extension, "SEAM", "none")
    ours = mark(SEAM)
    if built != ours:
        raise StaleExtensionError(
            f"the native plane was built for another version (seam {built}, not {ours})"
        )


def is_of_sources(extension: ModuleType) -> bool:
    """Whether it was built from the Rust sources beside it; True also where those were not installed."""
    sources = sorted([*(FOLDER / "src").rglob("*.rs"), FOLDER / "Cargo.lock", FOLDER / "Cargo.toml"])
    if not all(path.exists() for path in sources):
        return True
    return bool(getattr(extension, "SOURCES", "none") == mark(sources))


def mark(files: Iterable[Path]) -> str:
    """A checksum of all of them, as text."""
    value = 0
    for path in files:
        value = zlib.crc32(path.read_bytes(), value)
    return f"{value:08x}"
