"""After a new master key: the heads of all files sealed under it, by a job that may be killed (CR-05).

A file whose head was sealed anew is known by its head, so the work needs no memory of its own: run again it
passes over what is done. The files themselves are not enciphered again, for their own keys do not change.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from platform_api.audit import Entry, Outcome, Tag, Who
from platform_api.files.objects import Heads
from platform_api.jobs import JobSpec, Name, Progress
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealing import SealBroken, Sealer

BATCH: Final = 50
HOUSE: Final = Who(subject="system:keys", name="", organisation=None, address="")


class RewrapFiles(JobSpec):
    """All files under this master key."""

    kind: ClassVar[str] = "files.rewrap"

    master_key: Name


@dataclass(slots=True, kw_only=True)
class Rewrapped:
    """How many files were looked at, how many heads were sealed anew, and which files do not open."""

    seen: int = 0
    changed: int = 0
    broken: int = 0


def told_resealed(sealer: Sealer, what: str, *, changed: int, broken: int) -> Entry:
    """That so many of these came under the master key in use, for the trail."""
    return Entry(
        tag=Tag.KEY_RESEALED,
        who=HOUSE,
        target_kind="key",
        target=sealer.current,
        outcome=Outcome.FAILED if broken else Outcome.OK,
        details={"what": what, "changed": changed, "broken": broken},
    )


class Rewrapper:
    """Goes through the places of sealed files, a batch at a time in a thread."""

    def __init__(self, *places: Heads) -> None:
        self._places = places
        self._log = get_logger("files")

    async def work(self, _: JobSpec, progress: Progress) -> Rewrapped:
        """Does it once more for whatever key is in use now; what came of it."""
        names = await asyncio.to_thread(self.names)
        done = Rewrapped()
        for begin in range(0, len(names), BATCH):
            await asyncio.to_thread(self.run, names[begin : begin + BATCH], done)
            await progress(done.seen / len(names))
        self._log.info("files.rewrapped", seen=done.seen, changed=done.changed, broken=done.broken)
        return done

    def names(self) -> list[tuple[Heads, str]]:
        """All files and where they are. Blocks."""
        return [(place, name) for place in self._places for name in place.sealed_files()]

    def run(self, names: Iterable[tuple[Heads, str]], done: Rewrapped) -> None:
        """Seals the heads of these anew, where they are not. Blocks."""
        for place, name in names:
            done.seen += 1
            try:
                done.changed += place.rewrap(name)
            except FileNotFoundError:
                continue  # removed meanwhile
            except SealBroken:
                done.broken += 1
                self._log.error("files.unreadable", file=name)

    def by_key(self) -> Counter[str]:
        """How many files are under which master key; those that do not open under an empty name. Blocks."""
        return Counter(self._keys())

    def _keys(self) -> Iterator[str]:
        for place, name in self.names():
            try:
                yield place.key_of(name)
            except SealBroken:
                yield ""
