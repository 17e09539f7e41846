"""What signaling asks of a recorder and what it needs of a room's journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from platform_api.kernel.ids import RecordingId, RoomId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One fact of a room in its order; `at_ms` is wall time, ms since 1970 UTC."""

    seq: int
    at_ms: int
    name: str
    data: dict[str, Any]


class RoomJournal(Protocol):
    """The append-only, fsynced event log of one room: the truth of what happened there."""

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        """Returns when the entries are on disk (group commit); raises JournalFull when it cannot."""
        ...

    def read(self) -> Sequence[JournalEntry]:
        """Everything kept so far, a torn tail cut off."""
        ...

    async def close(self) -> None: ...


class JournalFull(Exception):
    """The disk refused the entry; nothing of it was kept."""


class JournalStore(Protocol):
    """Opens journals by recording (or by room for a room without one)."""

    def open(self, key: str) -> RoomJournal: ...


class RecorderClient(Protocol):
    """The recording side as signaling sees it."""

    async def start(
        self,
        *,
        recording: RecordingId,
        room: RoomId,
        node: str,
        title: str,
        session: SessionId | None = None,
    ) -> None:
        """Records all of the room's publications from now, for this session; safe to ask again."""
        ...

    async def stop(self, *, recording: RecordingId) -> None:
        """Closes the files; the manifest says `complete` within 10 s. Safe to ask again."""
        ...
