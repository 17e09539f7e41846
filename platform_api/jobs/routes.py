"""Jobs over HTTP."""

from datetime import datetime

from platform_api.audit import Who
from platform_api.http import Call, IdPath, Method, Page, Permission, Route
from platform_api.http.paging import CursorInvalid, cut_page, decode_cursor
from platform_api.jobs.schemas import JobItem, JobsQuery, job_item
from platform_api.jobs.service import Jobs
from platform_api.kernel.errors import Conflict, NotFound

VIEW = Permission("jobs.view")
MANAGE = Permission("jobs.manage")


async def list_jobs(call: Call[None, JobsQuery, None]) -> Page[JobItem]:
    query = call.query
    after = None
    if query.cursor is not None:
        queued_at, job = decode_cursor(query.cursor, datetime, str)
        after = (queued_at, job)
    found = await call.services.get(Jobs).newest(
        call.asker, state=query.state, after=after, limit=query.limit
    )
    shown, cursor = cut_page(found, query.limit, lambda job: (job.queued_at, job.id))
    return Page(items=[job_item(job, call.caller.language) for job in shown], next_cursor=cursor)


async def cancel_job(call: Call[IdPath, None, None]) -> JobItem:
    job = await call.services.get(Jobs).cancel(call.asker, call.path.id, Who.calling(call))
    return job_item(job, call.caller.language)


async def run_job_again(call: Call[IdPath, None, None]) -> JobItem:
    job = await call.services.get(Jobs).run_again(call.asker, call.path.id, Who.calling(call))
    return job_item(job, call.caller.language)


ROUTES = (
    Route(
        Method.GET,
        "/jobs",
        list_jobs,
        permission=VIEW,
        summary="Work that waits, runs, or has ended, newest first",
        errors=(CursorInvalid,),
    ),
    Route(
        Method.POST,
        "/jobs/{id}/cancel",
        cancel_job,
        permission=MANAGE,
        summary="Asks for the end of work that waits or runs",
        errors=(NotFound, Conflict),
    ),
    Route(
        Method.POST,
        "/jobs/{id}/again",
        run_job_again,
        permission=MANAGE,
        summary="Has work done again that failed or was cancelled",
        errors=(NotFound, Conflict),
    ),
)
