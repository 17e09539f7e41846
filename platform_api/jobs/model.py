"""Work that runs later: what a domain may ask for, whose it is, and how far a job is, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from platform_api.kernel.ids import OrganisationId

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._-]+$")]


class JobState(StrEnum):
    """`queued` and `running` are before their end; a job that was killed goes back from running to queued."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing will be done for it any more."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


class JobSpec(BaseModel):
    """What is to be done. Two specs with the same `key` are the same work: it waits once."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[str]
    at_once: ClassVar[int] = 1

    @property
    def key(self) -> str:
        """What makes two requests the same work."""
        return f"{self.kind}:{self.model_dump_json()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose work it is: the organisation, and the person who caused it."""

    organisation: OrganisationId
    subject: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work and how far it is; `progress` from 0 to 1.

    `round` counts how often it was run again by hand; `cancelling`: somebody asked for its end.
    """

    id: str
    kind: str
    payload: Mapping[str, Any]
    asked_by_name: str
    state: JobState
    attempts: int
    round: int
    progress: float
    error_code: str | None
    cancelling: bool
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
