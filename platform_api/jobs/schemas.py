"""Answer shapes of jobs."""

from platform_api.http import Id, Moment, PageQuery, Shape
from platform_api.jobs.model import Job, JobState
from platform_api.jobs.rules import reason_of
from platform_api.kernel.sentences import Language


class JobsQuery(PageQuery):
    """Which jobs."""

    state: JobState | None = None


class JobItem(Shape):
    """A piece of work as operators see it: `subject` is what it works on, `reason` why it failed."""

    id: Id
    kind: str
    subject: dict[str, str]
    asked_by_name: str
    state: JobState
    cancelling: bool
    attempts: int
    progress: float
    error_code: str | None
    reason: str | None
    queued_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


def job_item(job: Job, language: Language) -> JobItem:
    """The item of a job, in the words of this language."""
    return JobItem(
        id=job.id,
        kind=job.kind,
        subject={name: str(value) for name, value in job.payload.items()},
        asked_by_name=job.asked_by_name,
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
