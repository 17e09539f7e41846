"""Work that runs later, in the worker process."""

from platform_api.http import Parts
from platform_api.jobs.model import JobSpec, TranscodePart, WriteExport
from platform_api.jobs.routes import ROUTES
from platform_api.jobs.service import Jobs

__all__ = ["ROUTES", "JobSpec", "Jobs", "TranscodePart", "WriteExport", "build"]


def build(parts: Parts) -> tuple[Jobs]:
    """The queue as the front sees it; `jobs.worker.run_worker` does the work in its own process."""
    return (Jobs(database=parts.database, clock=parts.clock),)
