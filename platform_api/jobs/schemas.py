"""Answer shapes of jobs."""

from platform_api.http import Id, Moment, PageQuery, Shape
from platform_api.jobs.model import Job, JobState


class JobsQuery(PageQuery):
    """Which jobs."""

    state: JobState | None = None


class JobItem(Shape):
    """A piece of work as administrators see it; `subject` names what it works on."""

    id: Id
    kind: str
    subject: dict[str, str]
    state: JobState
    attempts: int
    progress: float
    error_code: str | None
    queued_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


def job_item(job: Job) -> JobItem:
    """The item of a job."""
    return JobItem(
        id=job.id,
        kind=job.spec.kind,
        subject={name: str(value) for name, value in job.spec.model_dump().items()},
        state=job.state,
        attempts=job.attempts,
        progress=round(job.progress, 3),
        error_code=job.error_code,
        queued_at=job.queued_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
    )
