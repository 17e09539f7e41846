"""Finished files: sealed on disk in pieces, under names of the server, gone when they expire."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from platform_api.exports.model import ExportId
from platform_api.kernel.disk import make_directory
from platform_api.kernel.ids import SERVER_MADE
from platform_api.kernel.sealing import SealBroken, Sealer

DIRECTORY: Final = "exports"
PIECE_BYTES: Final = 1 << 20
LENGTH_BYTES: Final = 4


class Vault:
    """A directory of sealed exports. Calls block: use a thread."""

    def __init__(self, root: Path, sealer: Sealer) -> None:
        self._root = root
        self._sealer = sealer

    def draft(self, export: ExportId) -> Path:
        """A directory of its own, for plain files while one is being written; emptied by `clear`."""
        place = self._root / f"{self._path(export).name}.new"
        self.clear(export)
        make_directory(self._root)
        make_directory(place)
        return place

    def clear(self, export: ExportId) -> None:
        """Removes what is left of a draft."""
        place = self._root / f"{self._path(export).name}.new"
        if place.is_dir():
            for each in place.iterdir():
                each.unlink()
            place.rmdir()

    def keep(self, export: ExportId, plain: Path) -> None:
        """Seals the plain file into its place; a piece says where it belongs, and whether it is the last."""
        size = plain.stat().st_size
        count = max(1, -(-size // PIECE_BYTES))
        path = self._path(export)
        half = path.with_name(f"{path.name}.half")
        with plain.open("rb") as source, half.open("wb") as sealed:
            for number in range(count):
                piece = self._sealer.seal(
                    source.read(PIECE_BYTES), context=_context(export, number, number == count - 1)
                )
                sealed.write(len(piece).to_bytes(LENGTH_BYTES, "big") + piece)
        half.replace(path)

    def read(self, export: ExportId) -> bytes:
        """The plain bytes; raises FileNotFoundError, and SealBroken for a file that was altered or cut."""
        return b"".join(self._pieces(export))

    def remove(self, export: ExportId) -> None:
        """Removes the file if it is there."""
        self._path(export).unlink(missing_ok=True)

    def _pieces(self, export: ExportId) -> Iterator[bytes]:
        with self._path(export).open("rb") as sealed:
            number, head = 0, sealed.read(LENGTH_BYTES)
            while head:
                piece = sealed.read(int.from_bytes(head, "big"))
                head = sealed.read(LENGTH_BYTES)
                yield self._sealer.open(piece, context=_context(export, number, not head))
                number += 1
            if number == 0:
                raise SealBroken

    def _path(self, export: ExportId) -> Path:
        if SERVER_MADE.fullmatch(export) is None:
            raise ValueError("an export's id is made by the server")
        return self._root / export


def _context(export: ExportId, number: int, last: bool) -> str:
    return f"export:{export}:{number}:{'last' if last else 'more'}"
