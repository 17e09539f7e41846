"""Jobs over HTTP."""

from typing import Any

from platform_api.audit import AuditTrail, Tag
from platform_api.audit.store import Filter
from platform_api.db import Actor
from platform_api.identity.model import UserRole
from platform_api.jobs.model import JobState
from platform_api.jobs.store import set_cancelled, set_failed, set_running
from tests.support.jobs import TESTER, all_jobs, ask_for_job
from tests.support.platform import Person
from tests.support.sessions import FOREIGN, Stage, ok, refusal

NOBODYS = "00000000-0000-4000-8000-000000000000"


async def fail(stage: Stage, job: str, code: str = "media.away") -> None:
    async with stage.town.platform.database.transaction(TESTER) as transaction:
        await set_running(transaction, job, 0, stage.town.clock.now())
        await set_failed(transaction, job, code, stage.town.clock.now())


async def one_job(stage: Stage) -> str:
    """The id of a job of the expert that waits."""
    await ask_for_job(stage, "part-1")
    return (await all_jobs(stage.town.platform.database))[0].id


async def administrator(stage: Stage) -> Person:
    return await stage.town.signed_in("root", UserRole.ADMINISTRATOR)


async def on_record(stage: Stage, tag: Tag) -> list[tuple[str, str, dict[str, Any]]]:
    wanted = Filter(
        reader_organisation=stage.expert.user.organisation,
        before=None,
        actor=None,
        tag=tag,
        target=None,
        since=None,
        until=None,
        limit=10,
    )
    found = await stage.town.platform.services.get(AuditTrail).find(wanted)
    return [(kept.entry.who.subject, kept.entry.target, dict(kept.entry.details)) for kept in found]


async def test_administrators_see_what_waits_and_what_failed(stage: Stage) -> None:
    await ask_for_job(stage, "part-1", "part-2", "part-3")
    (newest, *_) = await all_jobs(stage.town.platform.database)
    await fail(stage, newest.id, "fault.TranscodeFailed")
    root = await administrator(stage)

    async def parts(query: str) -> list[Any]:
        page = await ok(await root.get(f"/jobs{query}"))
        return [item["subject"]["part_id"] for item in page["items"]]

    assert await parts("") == ["part-3", "part-2", "part-1"]
    assert await parts(f"?state={JobState.QUEUED}") == ["part-2", "part-1"]
    (failed,) = (await ok(await root.get("/jobs?state=failed")))["items"]
    assert (failed["kind"], failed["attempts"]) == ("recording.transcode", 1)
    assert (failed["error_code"], failed["reason"]) == (
        "fault.TranscodeFailed",
        "处理时出错（TranscodeFailed）。",
    )
    assert failed["asked_by_name"] == stage.expert.user.name
    first = await ok(await root.get("/jobs?limit=2"))
    assert await parts(f"?limit=2&cursor={first['next_cursor']}") == ["part-1"]
    assert await refusal(await root.get("/jobs?state=lost")) == (422, "request.invalid")
    assert await refusal(await root.get("/jobs?cursor=AAAA")) == (400, "paging.cursor_invalid")


async def test_jobs_are_not_for_everybody(stage: Stage) -> None:
    job = await one_job(stage)

    for person in (stage.expert, stage.colleague):
        assert await refusal(await person.get("/jobs")) == (403, "refused")
    for person in (stage.expert, stage.colleague, stage.office):
        for act in ("cancel", "again"):
            assert await refusal(await person.post(f"/jobs/{job}/{act}")) == (403, "refused")
    assert (await stage.town.client.get("/api/v1/jobs")).status == 401
    assert (await stage.town.client.post(f"/api/v1/jobs/{job}/cancel", json={})).status == 401


async def test_whoever_sees_jobs_ends_the_own_and_no_other(stage: Stage) -> None:
    await ask_for_job(stage, "part-1", of=stage.office)
    await ask_for_job(stage, "part-2", of=stage.expert)
    items = (await ok(await stage.office.get("/jobs/live")))["items"]
    own, other = ([each for each in items if each["own"] is mine] for mine in (True, False))

    ended = await ok(await stage.office.post(f"/jobs/{own[0]['id']}/cancel"))
    refused = await refusal(await stage.office.post(f"/jobs/{other[0]['id']}/cancel"))

    assert ([len(own), len(other)], ended["cancelling"]) == ([1, 1], True)
    assert refused == (403, "refused")
    assert await refusal(await stage.office.post(f"/jobs/{own[0]['id']}/again")) == (403, "refused")
    assert [entry[:2] for entry in await on_record(stage, Tag.JOB_CANCELLED)] == [
        (stage.office.user.id, own[0]["id"])
    ]


async def test_another_organisation_neither_sees_nor_touches_a_job(stage: Stage) -> None:
    job = await one_job(stage)
    await ask_for_job(stage, "part-9", of=stage.foreign_office)
    foreigner = await stage.town.signed_in("fremd", UserRole.ADMINISTRATOR, organisation=FOREIGN)

    seen = (await ok(await foreigner.get("/jobs")))["items"]

    assert [item["subject"]["part_id"] for item in seen] == ["part-9"]
    for act in ("cancel", "again"):
        foreign = await refusal(await foreigner.post(f"/jobs/{job}/{act}"))
        missing = await refusal(await foreigner.post(f"/jobs/{NOBODYS}/{act}"))
        assert foreign == missing == (404, "not_found")
    (kept,) = [each for each in await all_jobs(stage.town.platform.database) if each.id == job]
    assert (kept.state, kept.cancelling) == (JobState.QUEUED, False)


async def test_AZ_the_database_itself_keeps_jobs_of_others_away(stage: Stage) -> None:
    job = await one_job(stage)
    foreign, own = stage.foreign_office.user, stage.colleague.user

    async def seen_and_changed(actor: Actor) -> tuple[int, int]:
        async with stage.town.platform.database.transaction(actor) as transaction:
            seen = await transaction.fetchval("SELECT count(*) FROM jobs")
            changed = await transaction.execute("UPDATE jobs SET attempts = attempts WHERE id = $1", job)
        return int(seen), changed

    assert await seen_and_changed(Actor(subject=foreign.id, organisation=foreign.organisation)) == (0, 0)
    assert await seen_and_changed(Actor(subject=stage.expert.user.id)) == (1, 1)
    assert await seen_and_changed(Actor(subject=own.id, organisation=own.organisation)) == (1, 1)


async def test_an_administrator_asks_for_the_end_of_a_job_once(stage: Stage) -> None:
    job, root = await one_job(stage), await administrator(stage)

    first = await ok(await root.post(f"/jobs/{job}/cancel"))
    second = await ok(await root.post(f"/jobs/{job}/cancel"))

    assert (first["state"], first["cancelling"]) == ("queued", True)
    assert second == first
    assert await on_record(stage, Tag.JOB_CANCELLED) == [
        (root.user.id, job, {"kind": "recording.transcode", "state": "queued", "error_code": None})
    ]


async def test_a_job_that_has_ended_cannot_be_cancelled(stage: Stage) -> None:
    job, root = await one_job(stage), await administrator(stage)
    await fail(stage, job)

    assert await refusal(await root.post(f"/jobs/{job}/cancel")) == (409, "jobs.over")
    assert await on_record(stage, Tag.JOB_CANCELLED) == []


async def test_an_administrator_has_a_failed_job_run_again(stage: Stage) -> None:
    job, root = await one_job(stage), await administrator(stage)
    assert await refusal(await root.post(f"/jobs/{job}/again")) == (409, "jobs.not_failed")
    await fail(stage, job)

    again = await ok(await root.post(f"/jobs/{job}/again"))

    assert (again["id"], again["state"], again["attempts"]) == (job, "queued", 0)
    assert (again["error_code"], again["ended_at"]) == (None, None)
    assert await on_record(stage, Tag.JOB_RUN_AGAIN) == [
        (root.user.id, job, {"kind": "recording.transcode", "state": "failed", "error_code": "media.away"})
    ]


async def test_a_cancelled_job_is_run_again_unless_the_same_work_waits(stage: Stage) -> None:
    job, root = await one_job(stage), await administrator(stage)
    await ok(await root.post(f"/jobs/{job}/cancel"))
    async with stage.town.platform.database.transaction(TESTER) as transaction:
        assert await set_cancelled(transaction, job, stage.town.clock.now())
    await ask_for_job(stage, "part-1")

    assert await refusal(await root.post(f"/jobs/{job}/again")) == (409, "jobs.waiting")

    (newer, _) = await all_jobs(stage.town.platform.database)
    await fail(stage, newer.id)
    again = await ok(await root.post(f"/jobs/{job}/again"))
    assert (again["state"], again["cancelling"]) == ("queued", False)
