"""Finished files: sealed on disk in pieces, under names of the server, gone when they expire."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from platform_api.exports.model import ExportId
from platform_api.kernel.disk import make_directory
from platform_api.kernel.ids import SERVER_MADE
from platform_api.kernel.sealing import SealBroken, Sealer, key_id_of

DIRECTORY: Final = "exports"
PIECE_BYTES: Final = 1 << 20
LENGTH_BYTES: Final = 4


class Vault:
    """A directory of sealed exports. Calls block: use a thread."""

    def __init__(self, root: Path, sealer: Sealer) -> None:
        self._root = root
        self._sealer = sealer

    @classmethod
    def below(cls, data_dir: Path, sealer: Sealer) -> "Vault":
        """The one of this data directory."""
        return cls(data_dir / DIRECTORY, sealer)

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

    def sealed_files(self) -> Iterator[str]:
        """The names of all finished files."""
        if self._root.is_dir():
            yield from sorted(path.name for path in self._root.iterdir() if SERVER_MADE.fullmatch(path.name))

    def key_of(self, name: str) -> str:
        """Under which master key a file was sealed; raises SealBroken, FileNotFoundError."""
        return key_id_of(next(self._sealed(ExportId(name)))[0])

    def rewrap(self, name: str) -> bool:
        """Seals a file anew if it is not under the key in use; raises SealBroken, FileNotFoundError.

        The old file is whole until the new one takes its place, and one that was removed meanwhile stays so.
        """
        export = ExportId(name)
        if all(self._sealer.is_current(piece) for piece, _ in self._sealed(export)):
            return False
        path = self._path(export)
        anew = path.with_name(f"{path.name}.anew")
        with anew.open("wb") as target:
            for piece, context in self._sealed(export):
                made = self._sealer.seal(self._sealer.open(piece, context=context), context=context)
                target.write(len(made).to_bytes(LENGTH_BYTES, "big") + made)
            target.flush()
            os.fsync(target.fileno())
        if not path.exists():
            anew.unlink()
            raise FileNotFoundError(path)
        anew.replace(path)
        return True

    def _pieces(self, export: ExportId) -> Iterator[bytes]:
        for piece, context in self._sealed(export):
            yield self._sealer.open(piece, context=context)

    def _sealed(self, export: ExportId) -> Iterator[tuple[bytes, str]]:
        """The pieces as they lie there, each with what it was sealed for; raises SealBroken for none."""
        with self._path(export).open("rb") as sealed:
            number, head = 0, sealed.read(LENGTH_BYTES)
            while head:
                piece = sealed.read(int.from_bytes(head, "big"))
                head = sealed.read(LENGTH_BYTES)
                yield piece, _context(export, number, not head)
                number += 1
            if number == 0:
                raise SealBroken

    def _path(self, export: ExportId) -> Path:
        if SERVER_MADE.fullmatch(export) is None:
            raise ValueError("an export's id is made by the server")
        return self._root / export


def _context(export: ExportId, number: int, last: bool) -> str:
    return f"export:{export}:{number}:{'last' if last else 'more'}"
