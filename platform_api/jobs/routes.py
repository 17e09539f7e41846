"""Jobs over HTTP."""

from datetime import datetime

from platform_api.http import Call, Method, Page, Permission, Route
from platform_api.http.paging import CursorInvalid, cut_page, decode_cursor
from platform_api.jobs.schemas import JobItem, JobsQuery, job_item
from platform_api.jobs.service import Jobs

VIEW = Permission("jobs.view")


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
    return Page(items=[job_item(job) for job in shown], next_cursor=cursor)


ROUTES = (
    Route(
        Method.GET,
        "/jobs",
        list_jobs,
        permission=VIEW,
        summary="Work that waits, runs, or has ended, newest first",
        errors=(CursorInvalid,),
    ),
)
