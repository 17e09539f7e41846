"""Replays: who may play, what the token opens, what the recorder's word changes."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from platform_api.db import Actor
from platform_api.jobs import store as jobs
from platform_api.kernel.errors import AppError
from platform_api.kernel.events import RecordingChanged
from platform_api.kernel.ids import RecordingId, RoomId, new_id
from platform_api.kernel.rooms import Source
from platform_api.teaching import Replays
from recording.manifest import Chapter, Manifest, Part, PartState, RecordingState, Track
from tests.support.sealed import recording_in
from tests.support.sessions import Stage, ok, refusal


async def finish(stage: Stage, session: dict[str, Any], *, state: str = "complete") -> None:
    """Tells that the recorder has closed the files."""
    await stage.town.bus.publish(
        RecordingChanged(
            at=stage.town.clock.now(),
            recording=RecordingId(session["recording"]["id"]),
            room=RoomId(session["room"]),
            state=state,
            duration_ms=48_000,
        )
    )


def a_manifest(session: dict[str, Any]) -> Manifest:
    def part(name: str, state: PartState) -> Part:
        return Part(
            id=name,
            codec="VP8",
            codec_string="vp8",
            start_ms=0,
            end_ms=48_000,
            container="webm",
            state=state,
            playlist=None,
            segments=(),
        )

    track = Track(
        publication="p.scope",
        participant="p",
        participant_name="王建国",
        role="host",
        source=Source.SCOPE,
        kind="video",
        parts=(part("part-1", PartState.READY), part("part-2", PartState.PENDING)),
    )
    return Manifest(
        recording=session["recording"]["id"],
        room=session["room"],
        session=session["id"],
        title="x",
        origin_ms=0,
        duration_ms=48_000,
        state=RecordingState.COMPLETE,
        tracks=(track,),
        chapters=(
            Chapter(start_ms=0, why="start", label=""),
            Chapter(start_ms=9000, why="freeze", label=""),
        ),
    )


async def authorised(stage: Stage, recording: str, authorization: str | None) -> str:
    """The subject, or the code of the refusal."""
    headers = {"Authorization": authorization} if authorization is not None else {}
    request = make_mocked_request(
        "GET", f"/replay/{recording}/manifest.json", headers=headers, app=stage.town.platform.http_app
    )
    try:
        return await stage.town.platform.services.get(Replays).authorise_replay(request, recording)
    except AppError as error:
        return error.code


async def test_a_replay_is_there_once_the_recorder_has_closed_it(stage: Stage) -> None:
    session = await stage.ended()
    path = f"/recordings/{session['recording']['id']}"
    assert await refusal(await stage.colleague.post(f"{path}/play")) == (409, "recording.not_ready")

    await finish(stage, session)

    right = await ok(await stage.colleague.post(f"{path}/play"))
    assert right["manifest_url"] == f"/replay/{session['recording']['id']}/manifest.json"
    shown = await ok(await stage.colleague.get(path))
    assert (shown["state"], shown["duration_ms"]) == ("complete", 48_000)
    assert shown["session"]["may"]["replay"]
    listed = await ok(await stage.colleague.get("/sessions?state=replay"))
    assert listed["items"][0]["duration_ms"] == 48_000


async def test_a_recording_of_another_organisation_does_not_exist(stage: Stage) -> None:
    session = await stage.ended()
    await finish(stage, session)
    path = f"/recordings/{session['recording']['id']}"

    for stranger in (stage.foreigner, stage.foreign_office):
        assert await refusal(await stranger.get(path)) == (404, "not_found")
        assert await refusal(await stranger.post(f"{path}/play")) == (404, "not_found")
        answer = await stranger.send("PUT", f"{path}/position", {"position_ms": 1})
        assert await refusal(answer) == (404, "not_found")
    missing = await stage.colleague.post(f"/recordings/{new_id()}/play")
    assert await refusal(missing) == (404, "not_found")


async def test_the_token_opens_that_recording_alone_and_not_for_long(stage: Stage) -> None:
    session = await stage.ended()
    await finish(stage, session)
    recording = session["recording"]["id"]
    right = await ok(await stage.colleague.post(f"/recordings/{recording}/play"))

    assert await authorised(stage, recording, f"Bearer {right['token']}") == stage.colleague.user.id
    assert await authorised(stage, new_id(), f"Bearer {right['token']}") == "not_found"
    assert await authorised(stage, recording, f"Bearer {stage.colleague.access}") == "token.invalid"
    assert await authorised(stage, recording, f"Basic {right['token']}") == "auth.required"
    assert await authorised(stage, recording, None) == "auth.required"
    assert (
        await stage.town.client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {right['token']}"})
    ).status == 401
    stage.town.clock.advance(15 * 60)
    assert await authorised(stage, recording, f"Bearer {right['token']}") == "token.expired"


async def test_a_learner_goes_on_where_they_stopped(stage: Stage) -> None:
    session = await stage.ended()
    path = f"/recordings/{session['recording']['id']}/position"

    for position in (10_000, 1_114_000):
        await ok(await stage.colleague.send("PUT", path, {"position_ms": position}), 204)

    assert (await ok(await stage.colleague.get(f"/sessions/{session['id']}")))["position_ms"] == 1_114_000
    assert (await ok(await stage.expert.get(f"/sessions/{session['id']}")))["position_ms"] is None
    for wrong in (-1, 10**12, "1", None):
        answer = await stage.colleague.send("PUT", path, {"position_ms": wrong})
        assert await refusal(answer) == (422, "request.invalid")


async def test_the_manifest_gives_chapters_and_the_work_that_is_left(stage: Stage, tmp_path: Path) -> None:
    session = await stage.ended()
    folder = recording_in(tmp_path, session["recording"]["id"])
    folder.make()
    folder.write("manifest.json", a_manifest(session).model_dump_json().encode())

    for _ in range(2):
        await finish(stage, session)

    shown = await ok(await stage.colleague.get(f"/sessions/{session['id']}"))
    assert shown["chapters"] == 2
    async with stage.town.platform.database.transaction(Actor(subject="system:test")) as transaction:
        asked = await jobs.newest(transaction, state=None, after=None, limit=10, scoped=False)
    assert [(job.kind, job.payload) for job in asked] == [
        ("recording.transcode", {"recording_id": session["recording"]["id"], "part_id": "part-2"})
    ]


@pytest.mark.parametrize("state", ["recording", "interrupted"])
async def test_a_recording_that_goes_on_or_broke_keeps_its_state(stage: Stage, state: str) -> None:
    session = await stage.opened()

    await finish(stage, session, state=state)

    shown = await ok(await stage.colleague.get(f"/sessions/{session['id']}"))
    assert shown["recording"]["state"] == state
    assert not shown["may"]["replay"]


async def test_a_word_about_an_unknown_recording_changes_nothing(stage: Stage) -> None:
    session = await stage.ended()

    await finish(stage, {"recording": {"id": new_id()}, "room": session["room"]})

    assert (await ok(await stage.colleague.get(f"/sessions/{session['id']}")))["duration_ms"] is None
