"""Work that runs later, in the worker process."""

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.jobs.kinds import JobKind, Progress, Work
from platform_api.jobs.model import JobSpec, Name, Owner, Schedule
from platform_api.jobs.routes import ROUTES
from platform_api.jobs.service import Jobs
from platform_api.jobs.tables import JOB_LIST

__all__ = [
    "ROUTES",
    "TABLES",
    "JobKind",
    "JobSpec",
    "Jobs",
    "Name",
    "Owner",
    "Progress",
    "Schedule",
    "Work",
    "build",
]

TABLES = (JOB_LIST,)


def build(parts: Parts) -> tuple[Jobs]:
    """The queue as the front sees it; `jobs.worker.run_worker` does the work in its own process."""
    return (Jobs(database=parts.database, clock=parts.clock, trail=parts.services.get(AuditTrail)),)
