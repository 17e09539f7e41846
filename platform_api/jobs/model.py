"""Work that runs later: the closed list of kinds, and a job's state as a value."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._-]+$")]


class JobState(StrEnum):
    """`queued` and `running` are before their end; a job that was killed goes back from running to queued."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobSpec(BaseModel):
    """What is to be done. Two specs with the same `key` are the same work: it waits once."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[str]
    at_once: ClassVar[int] = 1

    @property
    def key(self) -> str:
        """What makes two requests the same work."""
        return f"{self.kind}:{self.model_dump_json()}"


class TranscodePart(JobSpec):
    """Makes a recorded part playable that no browser plays as it is."""

    kind: ClassVar[str] = "recording.transcode"

    recording_id: Name
    part_id: Name


class WriteExport(JobSpec):
    """Writes the file of an export."""

    kind: ClassVar[str] = "exports.write"

    export: Name


KINDS: Final[dict[str, type[JobSpec]]] = {spec.kind: spec for spec in (TranscodePart, WriteExport)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work and how far it is; `progress` from 0 to 1."""

    id: str
    spec: JobSpec
    state: JobState
    attempts: int
    progress: float
    error_code: str | None
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
