"""Work that runs later, in the worker process."""

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.jobs.kinds import JobKind, Progress, Work
from platform_api.jobs.model import JobSpec, Name, Owner
from platform_api.jobs.routes import ROUTES
from platform_api.jobs.service import Jobs

__all__ = ["ROUTES", "JobKind", "JobSpec", "Jobs", "Name", "Owner", "Progress", "Work", "build"]


def build(parts: Parts) -> tuple[Jobs]:
    """The queue as the front sees it; `jobs.worker.run_worker` does the work in its own process."""
    return (Jobs(database=parts.database, clock=parts.clock, trail=parts.services.get(AuditTrail)),)
