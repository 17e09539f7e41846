"""AD-01: whoever was refused something is in the trail, whatever door it was at."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from platform_api.kernel.errors import AppError, NotFound, Refused
from platform_api.kernel.events import AccessRefused
from platform_api.kernel.ids import RoomId, SessionId, new_id
from platform_api.kernel.rooms import Role, Source
from platform_api.kernel.tokens import Audience, Grant, grant_for, sign_claims
from platform_api.teaching import Replays
from tests.support.jobs import TESTER
from tests.support.sessions import Stage, ok, picture, refusal


async def refusals(stage: Stage) -> Sequence[Any]:
    """The rows of the trail about refused access, oldest first."""
    async with stage.town.platform.database.transaction(TESTER) as transaction:
        return await transaction.fetch(
            "SELECT * FROM audit_entries WHERE tag = 'access.refused' AND outcome = 'refused' ORDER BY number"
        )


def grant_of(stage: Stage, session: dict[str, Any]) -> Grant:
    user = stage.colleague.user
    granted = grant_for(
        Role.VIEWER,
        room=RoomId(session["room"]),
        subject=user.id,
        name=user.name,
        expires_at=stage.town.clock.now() + timedelta(minutes=5),
    )
    return replace(granted, session=SessionId(session["id"]))


async def test_AD_01_a_refused_event_of_a_room_is_in_the_trail(stage: Stage) -> None:
    session = await stage.opened()
    await stage.town.bus.publish(
        AccessRefused(
            at=stage.town.clock.now(),
            room=RoomId(session["room"]),
            session=SessionId(session["id"]),
            subject=stage.colleague.user.id,
            name="同事",
            action="moderate.mute",
            code="right.missing",
            address="192.0.2.7",
        )
    )

    (row,) = await refusals(stage)

    assert (row["actor"], row["actor_name"]) == (stage.colleague.user.id, "同事")
    assert row["organisation_id"] == stage.expert.user.organisation
    assert (row["target_kind"], row["target"]) == ("room", session["room"])
    assert row["details"] == {"action": "moderate.mute", "code": "right.missing"}
    assert row["address"] == "192.0.2.7"


async def test_AD_01_a_grant_that_opens_no_door_is_in_the_trail(stage: Stage) -> None:
    session = await stage.opened()
    admission, grant, other = stage.town.platform.admission, grant_of(stage, session), new_id()
    await admission.may_enter(grant, room=session["room"], subscribe=frozenset({Source.SCOPE}))
    assert await refusals(stage) == []

    for asked in (
        {"room": other},
        {"publish": frozenset({Source.SCOPE})},
        {"room": "no room of ours"},
    ):
        with pytest.raises(Refused):
            await admission.may_enter(grant, **asked, address="192.0.2.8")
    await ok(await stage.expert.post(f"/sessions/{session['id']}/end"))
    with pytest.raises(AppError):
        await admission.may_enter(grant, address="192.0.2.8")

    rows = await refusals(stage)
    assert {row["address"] for row in rows} == {"192.0.2.8"}
    room = session["room"]
    assert [row["target"] for row in rows] == [other, room, "", room]
    assert [row["details"]["code"] for row in rows] == [
        "grant.invalid",
        "media.source_not_allowed",
        "grant.invalid",
        "session.ended",
    ]
    assert {row["actor"] for row in rows} == {stage.colleague.user.id}


async def test_AD_01_a_refused_file_and_record_are_in_the_trail_and_told_as_missing(stage: Stage) -> None:
    headers = stage.expert.headers
    file = await ok(await stage.town.client.post("/api/v1/files", data=picture(), headers=headers), 201)
    session = await stage.ended()
    refused = [f"/files/{file['id']}", f"/sessions/{session['id']}"]
    refused += [f"/recordings/{session['recording']['id']}", f"/files/{new_id()}"]

    answers = [await refusal(await stage.foreigner.get(path)) for path in refused]

    rows = await refusals(stage)
    assert answers == [(404, "not_found")] * 4
    assert [row["details"]["id"] for row in rows] == [path.rpartition("/")[2] for path in refused]
    assert {row["actor"] for row in rows} == {stage.foreigner.user.id}
    assert all(row["address"] and row["organisation_id"] and row["target"] for row in rows)


async def test_AD_01_another_recordings_files_are_refused_in_the_trail(stage: Stage) -> None:
    session, replays = await stage.ended(), stage.town.platform.services.get(Replays)
    expires_at = stage.town.clock.now() + timedelta(minutes=5)
    claims = {"sub": stage.foreigner.user.id, "recording": new_id()}
    token = sign_claims(claims, key=stage.town.keys.signing, audience=Audience.FILE, expires_at=expires_at)

    for recording in (session["recording"]["id"], "../../etc/passwd\0"):
        request = make_mocked_request(
            "GET",
            "/replay/x/manifest.json",
            headers={"Authorization": f"Bearer {token}"},
            app=stage.town.platform.http_app,
        )
        with pytest.raises(NotFound):
            await replays.authorise_replay(request, recording)

    rows = await refusals(stage)
    assert [row["target"] for row in rows] == [session["recording"]["id"], ""]
    assert [row["organisation_id"] for row in rows] == [stage.expert.user.organisation, None]
    assert {row["actor"] for row in rows} == {stage.foreigner.user.id}


async def test_AD_01_who_knocks_on_and_on_does_not_fill_the_trail(stage: Stage) -> None:
    grant = grant_of(stage, await stage.opened())
    for _ in range(70):
        with pytest.raises(Refused):
            await stage.town.platform.admission.may_enter(grant, room=new_id())

    assert len(await refusals(stage)) == 60
