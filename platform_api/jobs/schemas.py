"""Answer shapes of jobs."""

from typing import Annotated

from pydantic import Field

from platform_api.http import Asker, Id, Moment, PageQuery, Shape
from platform_api.jobs.model import Job, JobState, Planned
from platform_api.jobs.rules import reason_of
from platform_api.kernel.sentences import Language


class JobsQuery(PageQuery):
    """Which jobs."""

    state: JobState | None = None


class JobItem(Shape):
    """A piece of work as operators see it: `subject` is what it works on, `reason` why it failed.

    `own`: the asker caused it, and may end it.
    """

    id: Id
    kind: str
    subject: dict[str, str]
    asked_by_name: str
    own: bool
    state: JobState
    cancelling: bool
    attempts: int
    progress: float
    error_code: str | None
    reason: str | None
    queued_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


class LiveQuery(Shape):
    """The stamp of what the page shows; without one the answer comes at once."""

    known: Annotated[str, Field(max_length=40)] | None = None


class LiveJobs(Shape):
    """What changed last, the newest change first."""

    stamp: str
    items: list[JobItem]


class ScheduleItem(Shape):
    """A schedule of the house: `cron` in UTC; how its last job went."""

    kind: str
    cron: str
    last_run: Moment | None
    next_run: Moment
    last_state: JobState | None
    reason: str | None


class Schedules(Shape):
    """All of them, the next first."""

    items: list[ScheduleItem]


def schedule_item(planned: Planned, language: Language) -> ScheduleItem:
    """The item of a schedule, in the words of this language."""
    return ScheduleItem(
        kind=planned.kind,
        cron=planned.cron,
        last_run=planned.last_run,
        next_run=planned.next_run,
        last_state=planned.last_state,
        reason=reason_of(planned.last_error, language),
    )


def job_item(job: Job, asker: Asker, language: Language) -> JobItem:
    """The item of a job, in the words of this language."""
    return JobItem(
        id=job.id,
        kind=job.kind,
        subject={name: str(value) for name, value in job.payload.items()},
        asked_by_name=job.asked_by_name,
        own=job.asked_by == asker.subject,
        state=job.state,
        cancelling=job.cancelling,
        attempts=job.attempts,
        progress=round(job.progress, 3),
        error_code=job.error_code,
        reason=reason_of(job.error_code, language),
        queued_at=job.queued_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
    )
