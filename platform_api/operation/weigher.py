"""Weighs what is kept, in the worker: by kind, by organisation. Killed at any moment it is done again.

The figures of the last time stand until all of the new ones are there. Of recordings, which are many files
each, those alone are weighed whose folder has changed.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from platform_api.db import Actor, Database
from platform_api.jobs import JobSpec, Progress
from platform_api.kernel.clock import Clock
from platform_api.kernel.ids import SERVER_MADE, OrganisationId
from platform_api.operation import weight_store as store
from platform_api.operation.model import Kind, Weight
from platform_api.operation.weighing import (
    FOLDERS,
    changed_ns,
    entries,
    folder_names,
    size_of,
    weigh,
    weigh_others,
)
from platform_api.operation.weight_store import Known

T = TypeVar("T")
SYSTEM: Final = Actor(subject="system:operation")
RECORDINGS_AT_ONCE: Final = 50
FILES_AT_ONCE: Final = 1_000
RECORDINGS_SHARE: Final = 0.6
"""Of the progress that is told."""
ID_CHARS: Final = 36
Sizes = Callable[[], Iterator[tuple[str, int]]]


class WeighStorage(JobSpec):
    """All that is kept, weighed now."""

    kind: ClassVar[str] = "operation.weigh"


@dataclass(slots=True)
class Tally:
    """What was weighed so far."""

    kinds: defaultdict[Kind, Weight] = field(default_factory=lambda: defaultdict(Weight))
    organisations: defaultdict[OrganisationId, Counter[Kind]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    def add(self, kind: Kind, weight: Weight, organisation: OrganisationId | None = None) -> None:
        """Of no organisation is what no row names, and what is the house's own."""
        self.kinds[kind] += weight
        if organisation is not None:
            self.organisations[organisation][kind] += weight.bytes


class Weigher:
    """Does the work over a data directory; `sizes` tells where the bytes of files lie."""

    def __init__(self, *, database: Database, clock: Clock, data_dir: Path, sizes: Sizes) -> None:
        self._database = database
        self._clock = clock
        self._data_dir = data_dir
        self._sizes = sizes

    async def work(self, _: WeighStorage, progress: Progress) -> None:
        tally = Tally()
        await self._recordings(tally, progress)
        await self._files(tally)
        await self._exports(tally)
        await self._house(tally)
        async with self._database.transaction(SYSTEM) as transaction:
            kinds = {kind: tally.kinds[kind] for kind in Kind}
            await store.replace(transaction, kinds, tally.organisations, self._clock.now())

    async def _recordings(self, tally: Tally, progress: Progress) -> None:
        folder = self._data_dir / "recordings"
        names = await asyncio.to_thread(folder_names, folder)
        for begin in range(0, len(names), RECORDINGS_AT_ONCE):
            some = names[begin : begin + RECORDINGS_AT_ONCE]
            async with self._database.transaction(SYSTEM) as transaction:
                known = await store.recordings(transaction, [each for each in some if _is_id(each)])
            weighed = await asyncio.to_thread(_weigh_changed, folder, some, known)
            async with self._database.transaction(SYSTEM) as transaction:
                await store.keep_recordings(
                    transaction, {name: now for name, now in weighed.items() if name in known}
                )
            for name in some:
                size = weighed[name][0] if name in weighed else known[name].bytes
                owner = known[name].organisation if name in known else None
                tally.add(Kind.RECORDINGS, Weight(size, 1), owner)
            await progress(RECORDINGS_SHARE * (begin + len(some)) / len(names))

    async def _files(self, tally: Tally) -> None:
        async for some in _in_lots(self._sizes()):
            names = [each for each in (_id_in(place) for place, _ in some) if _is_id(each)]
            async with self._database.transaction(SYSTEM) as transaction:
                owners = await store.owners_of_files(transaction, names)
            for place, size in some:
                kind, owner = owners.get((place.startswith("parts/"), _id_in(place)), (Kind.ASIDE, None))
                set_aside = place.startswith("aside/")
                tally.add(Kind.ASIDE if set_aside else kind, Weight(size, 1), None if set_aside else owner)

    async def _exports(self, tally: Tally) -> None:
        found = await asyncio.to_thread(lambda: list(_weigh_each(self._data_dir / "exports")))
        names = [name for name, _ in found if _is_id(name)]
        async with self._database.transaction(SYSTEM) as transaction:
            owners = await store.owners_of_exports(transaction, names)
        for name, weight in found:
            tally.add(Kind.EXPORTS, weight, owners.get(name))

    async def _house(self, tally: Tally) -> None:
        for name, kind in FOLDERS.items():
            tally.add(kind, await asyncio.to_thread(weigh, self._data_dir / name))
        tally.add(Kind.OTHER, await asyncio.to_thread(weigh_others, self._data_dir))
        tally.add(Kind.DATABASE, await self._database_weight())

    async def _database_weight(self) -> Weight:
        """The cluster's own folder with its log; of a server elsewhere what it says of this database."""
        try:
            own = await asyncio.to_thread(weigh, self._data_dir / "postgres")
        except PermissionError:  # it runs as a user of its own
            own = Weight()
        if own.items > 0:
            return Weight(own.bytes, 1)
        async with self._database.transaction(SYSTEM) as transaction:
            return Weight(await store.database_bytes(transaction), 1)


def _weigh_changed(
    folder: Path, names: Iterable[str], known: Mapping[str, Known]
) -> dict[str, tuple[int, int]]:
    """Bytes, and when the folder changed, of those that are not as they were when last weighed.

    The time is read before the bytes: what is added meanwhile has it weighed again the next time.
    """
    found = {}
    for name in names:
        changed = changed_ns(folder / name)
        if name not in known or known[name].changed_ns != changed:
            found[name] = (weigh(folder / name).bytes, changed)
    return found


def _weigh_each(folder: Path) -> Iterator[tuple[str, Weight]]:
    """Each thing in a folder by the id that its name begins with."""
    for entry in entries(folder):
        if entry.is_dir(follow_symlinks=False):
            yield entry.name[:ID_CHARS], weigh(Path(entry.path))
        else:
            yield entry.name[:ID_CHARS], Weight(size_of(entry), 1)


async def _in_lots(found: Iterator[T]) -> AsyncIterator[list[T]]:
    """So many at a time, each lot read in a thread."""
    while lot := await asyncio.to_thread(lambda: list(islice(found, FILES_AT_ONCE))):
        yield lot


def _id_in(place: str) -> str:
    return place.rpartition("/")[2][:ID_CHARS]


def _is_id(name: str) -> bool:
    return SERVER_MADE.fullmatch(name) is not None
