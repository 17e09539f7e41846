"""An export as a value: a list that somebody takes away as a file, for a purpose, on record."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, NewType

from platform_api.jobs import JobSpec, Name
from platform_api.kernel.ids import OrganisationId
from platform_api.kernel.sentences import Language
from platform_api.tables.model import Question

ExportId = NewType("ExportId", str)

MIN_PURPOSE: Final = 4
MAX_PURPOSE: Final = 200
APPROVE: Final = "exports.approve"


class Format(StrEnum):
    """What kind of file."""

    XLSX = "xlsx"
    CSV = "csv"


class ExportState(StrEnum):
    """`waiting` for a second person; from `queued` on the worker has it; `done` until it expires."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """Section `exports`."""

    approval_rows: int = 500
    max_rows: int = 200_000
    kept_hours: int = 72


class WriteExport(JobSpec):
    """Writes the file of an export."""

    kind: ClassVar[str] = "exports.write"

    export: Name


class SweepExports(JobSpec):
    """Removes the files whose time is over."""

    kind: ClassVar[str] = "exports.sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export. `opened` are the masked columns shown whole; `expected` is how many rows it may have."""

    id: ExportId
    number: int
    organisation: OrganisationId
    owner: str
    owner_name: str
    table: str
    format: Format
    language: Language
    purpose: str
    question: Question
    columns: tuple[str, ...]
    opened: tuple[str, ...]
    expected: int
    state: ExportState
    rows: int
    size: int
    sha256: str | None
    asked_at: datetime
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    decision_reason: str
    ended_at: datetime | None
    expires_at: datetime | None

    @property
    def reference(self) -> str:
        """What people call it, on the sheet too."""
        return f"E{self.asked_at:%Y%m%d}-{self.number:06d}"
