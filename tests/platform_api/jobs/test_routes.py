"""Jobs over HTTP."""

from typing import Any

from platform_api.db import Actor
from platform_api.identity.model import UserRole
from platform_api.jobs import Jobs, TranscodePart
from platform_api.jobs.model import JobState
from platform_api.jobs.store import newest, set_failed, set_running
from tests.support.sessions import Stage, ok, refusal


async def ask_for(stage: Stage, *parts: str) -> None:
    jobs = stage.town.platform.services.get(Jobs)
    for part in parts:
        async with stage.town.platform.database.transaction(Actor(subject="system:test")) as transaction:
            await jobs.ask(transaction, TranscodePart(recording_id="rec-1", part_id=part))
        stage.town.clock.advance(1)


async def test_administrators_see_what_waits_and_what_failed(stage: Stage) -> None:
    await ask_for(stage, "part-1", "part-2", "part-3")
    database = stage.town.platform.database
    async with database.transaction(Actor(subject="system:test")) as transaction:
        (job, *_) = await newest(transaction, state=None, after=None, limit=5)
        await set_running(transaction, job.id, stage.town.clock.now())
        await set_failed(transaction, job.id, "media.away", stage.town.clock.now())
    administrator = await stage.town.signed_in("root", UserRole.ADMINISTRATOR)

    async def parts(query: str) -> list[Any]:
        page = await ok(await administrator.get(f"/jobs{query}"))
        return [item["subject"]["part_id"] for item in page["items"]]

    assert await parts("") == ["part-3", "part-2", "part-1"]
    assert await parts(f"?state={JobState.QUEUED}") == ["part-2", "part-1"]
    (failed,) = (await ok(await administrator.get("/jobs?state=failed")))["items"]
    assert (failed["kind"], failed["attempts"]) == ("recording.transcode", 1)
    assert failed["error_code"] == "media.away"
    first = await ok(await administrator.get("/jobs?limit=2"))
    assert await parts(f"?limit=2&cursor={first['next_cursor']}") == ["part-1"]
    assert await refusal(await administrator.get("/jobs?state=lost")) == (422, "request.invalid")
    assert await refusal(await administrator.get("/jobs?cursor=AAAA")) == (400, "paging.cursor_invalid")


async def test_jobs_are_not_for_everybody(stage: Stage) -> None:
    for person in (stage.expert, stage.colleague):
        assert await refusal(await person.get("/jobs")) == (403, "refused")
    assert (await stage.town.client.get("/api/v1/jobs")).status == 401
