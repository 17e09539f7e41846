"""Work that runs later: what a domain may ask for, whose it is, and how far a job is, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from platform_api.kernel.ids import OrganisationId

MANAGE: Final = "jobs.manage"
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
    """Whose work it is: the organisation (None: the house's own), and the person who caused it."""

    organisation: OrganisationId | None
    subject: str
    name: str


HOUSE: Final = Owner(organisation=None, subject="system:schedule", name="")
"""Whose work it is that a schedule asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Work of the house itself that is asked for again and again; `cron` has five fields, in UTC.

    While the work of the last time still waits, no more is asked for.
    """

    spec: JobSpec
    cron: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A schedule as operators see it: when it asked last and will ask next, and how its last job went."""

    kind: str
    cron: str
    last_run: datetime | None
    next_run: datetime
    last_state: JobState | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work and how far it is; `progress` from 0 to 1.

    `round` counts how often it was run again by hand; `cancelling`: somebody asked for its end.
    """

    id: str
    kind: str
    payload: Mapping[str, Any]
    asked_by: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The jobs that changed last, and a stamp that differs once one of them does."""

    stamp: str
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that does jobs."""

    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    lives: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """How many jobs there are by state (those that ended: of a week), and who does them."""

    counts: Mapping[JobState, int]
    workers: tuple[Worker, ...]
