"""The chain's anchor: its newest number and hash, outside the database.

A chain shows what was altered inside it, not that its end is gone. So its end is kept in a file beside the
database, sealed under a key that is not in the database, and moved on a moment after each commit. Entries up
to the anchor can then neither be altered nor cut off unseen by somebody who holds the database alone. Who
holds the key and the file too can put an older file back: against that the trail must leave the machine.
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from platform_api.kernel.digests import Digest
from platform_api.kernel.disk import make_directory, write_whole
from platform_api.kernel.sealing import SealBroken, Sealer, key_id_of

CONTEXT = "audit.anchor"


class AnchorLost(Exception):
    """There is no anchor, or it was altered or sealed under another key."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry that the anchor vouches for; number 0: the trail is empty."""

    number: int
    hash: bytes


class AnchorFile:
    """The sealed file; written whole and synced."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self._path = path
        self._sealer = sealer

    @property
    def digest(self) -> Digest:
        """What new links are made with: as the cipher that seals the anchor wants it."""
        return self._sealer.algorithm.digest

    @property
    def seal_in_use(self) -> tuple[str, str]:
        """The master key and the cipher under which it is written next."""
        return self._sealer.current, self._sealer.algorithm.value

    async def is_current(self) -> bool:
        """Whether it lies under the master key and the cipher in use; one that is not there is not old."""
        return await asyncio.to_thread(self._is_current)

    async def read(self) -> Head:
        """What was anchored last; raises AnchorLost."""
        return await asyncio.to_thread(self._read)

    async def write(self, head: Head) -> None:
        """Returns when it is on disk; raises OSError."""
        text = json.dumps({"number": head.number, "hash": head.hash.hex()})
        sealed = self._sealer.seal(text.encode(), context=CONTEXT)
        await asyncio.to_thread(self._write, sealed)

    def key_id(self) -> str | None:
        """Under which master key it lies; None where there is none. Blocks."""
        try:
            return key_id_of(self._path.read_bytes())
        except FileNotFoundError:
            return None

    def _is_current(self) -> bool:
        try:
            return self._sealer.is_current(self._path.read_bytes())
        except (OSError, SealBroken):
            return True

    def _write(self, sealed: bytes) -> None:
        make_directory(self._path.parent)
        write_whole(self._path, sealed)

    def _read(self) -> Head:
        try:
            kept = json.loads(self._sealer.open(self._path.read_bytes(), context=CONTEXT))
        except (OSError, SealBroken) as error:
            raise AnchorLost from error
        return Head(kept["number"], bytes.fromhex(kept["hash"]))
