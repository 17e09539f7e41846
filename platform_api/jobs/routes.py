"""Jobs over HTTP."""

from datetime import datetime

from platform_api.audit import Who
from platform_api.http import Call, IdPath, Method, Page, Permission, Rate, Route
from platform_api.http.paging import CursorInvalid, cut_page, decode_cursor
from platform_api.jobs.model import MANAGE
from platform_api.jobs.schemas import (
    JobItem,
    JobsQuery,
    LiveJobs,
    LiveQuery,
    Schedules,
    job_item,
    schedule_item,
)
from platform_api.jobs.service import Jobs
from platform_api.kernel.errors import Conflict, NotFound, Refused

VIEW = Permission("jobs.view")
MANAGER = Permission(MANAGE)
LIVE_RATE = Rate(180, 60)


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
    return Page(items=[job_item(job, call.asker, call.caller.language) for job in shown], next_cursor=cursor)


async def show_live_jobs(call: Call[None, LiveQuery, None]) -> LiveJobs:
    live = await call.services.get(Jobs).live(call.asker, call.query.known)
    return LiveJobs(
        stamp=live.stamp, items=[job_item(job, call.asker, call.caller.language) for job in live.jobs]
    )


async def show_schedules(call: Call[None, None, None]) -> Schedules:
    found = await call.services.get(Jobs).planned()
    return Schedules(items=[schedule_item(each, call.caller.language) for each in found])


async def cancel_job(call: Call[IdPath, None, None]) -> JobItem:
    job = await call.services.get(Jobs).cancel(call.asker, call.path.id, Who.calling(call))
    return job_item(job, call.asker, call.caller.language)


async def run_job_again(call: Call[IdPath, None, None]) -> JobItem:
    job = await call.services.get(Jobs).run_again(call.asker, call.path.id, Who.calling(call))
    return job_item(job, call.asker, call.caller.language)


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
        Method.GET,
        "/jobs/live",
        show_live_jobs,
        permission=VIEW,
        summary="Work that changed last; with a known stamp the answer waits until something changes",
        rate=LIVE_RATE,
        keeps_login=False,
    ),
    Route(
        Method.GET,
        "/jobs/schedules",
        show_schedules,
        permission=VIEW,
        summary="Work that is asked for again and again: when it was last, and will be next",
    ),
    Route(
        Method.POST,
        "/jobs/{id}/cancel",
        cancel_job,
        permission=VIEW,
        summary="Asks for the end of work that waits or runs: one's own, or any by right",
        errors=(NotFound, Refused, Conflict),
    ),
    Route(
        Method.POST,
        "/jobs/{id}/again",
        run_job_again,
        permission=MANAGER,
        summary="Has work done again that failed or was cancelled",
        errors=(NotFound, Conflict),
    ),
)
