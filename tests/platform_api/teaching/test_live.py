"""The life of a session over HTTP and on the bus."""

import asyncio
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from platform_api.kernel.errors import AppError
from platform_api.kernel.events import (
    ParticipantJoined,
    ParticipantLeft,
    RoomEndRequested,
    RoomWentOnAir,
    SessionEnded,
    SessionOpened,
    StillStored,
)
from platform_api.kernel.ids import RoomId, SessionId, new_id
from platform_api.kernel.rooms import ROLE_RIGHTS, Right, Role
from platform_api.kernel.tokens import Grant, verify_grant
from platform_api.teaching import LiveSessions
from tests.support.sessions import PLAN, Stage, at_once, listen, ok, picture, refusal


async def state_of(stage: Stage, session: str) -> str:
    return str((await ok(await stage.expert.get(f"/sessions/{session}")))["state"])


async def granted(stage: Stage, person: str, session: str, body: object = None) -> Grant:
    item = await ok(await getattr(stage, person).post(f"/sessions/{session}/grant", body))
    return verify_grant(item["grant"], keys=stage.town.keys.signing.verifying(), clock=stage.town.clock)


async def test_opening_makes_room_and_recording_and_tells_once_it_is_kept(stage: Stage) -> None:
    session = await stage.plan()
    states_when_told = list[str]()

    async def look(event: SessionOpened) -> None:
        states_when_told.append(await state_of(stage, event.session))

    stage.town.bus.subscribe(SessionOpened, look)
    heard = listen(stage.town, SessionOpened)

    opened = await ok(await stage.expert.post(f"/sessions/{session['id']}/open"))

    (event,) = heard.of(SessionOpened)
    assert states_when_told == ["open"]
    assert opened["state"] == "open"
    assert (event.room, event.title) == (opened["room"], PLAN["title"])
    assert event.recording == opened["recording"]["id"]
    assert opened["recording"]["state"] == "recording"


async def test_PR_01_recording_without_consent_is_refused_and_nothing_is_opened(stage: Stage) -> None:
    heard = listen(stage.town, SessionOpened)
    session = await stage.plan(consent_reference=None)

    answer = await stage.expert.post(f"/sessions/{session['id']}/open")

    assert await refusal(answer) == (409, "consent.missing")
    assert await state_of(stage, session["id"]) == "planned"
    assert heard.events == []


async def test_a_session_without_recording_needs_no_consent(stage: Stage) -> None:
    heard = listen(stage.town, SessionOpened)

    opened = await stage.opened(consent_reference=None, recorded=False)

    assert opened["recording"] is None
    assert heard.of(SessionOpened)[0].recording is None


async def test_a_room_on_air_puts_the_session_on_air_and_the_end_ends_it(stage: Stage) -> None:
    session = await stage.opened()
    room = RoomId(session["room"])
    heard = listen(stage.town, SessionEnded)

    began = stage.town.clock.now()
    for _ in range(2):
        await stage.town.bus.publish(RoomWentOnAir(at=stage.town.clock.now(), room=room, session=None))
        stage.town.clock.advance(60)
    assert await state_of(stage, session["id"]) == "on_air"
    shown = await ok(await stage.colleague.get(f"/sessions/{session['id']}"))
    assert datetime.fromisoformat(shown["on_air_at"]) == began
    ended = await ok(await stage.expert.post(f"/sessions/{session['id']}/end"))

    assert ended["state"] == "ended"
    assert [(event.room, event.recording) for event in heard.of(SessionEnded)] == [
        (room, session["recording"]["id"])
    ]
    await stage.town.bus.publish(RoomWentOnAir(at=stage.town.clock.now(), room=room, session=None))
    assert await state_of(stage, session["id"]) == "ended"


async def test_a_host_ends_the_session_from_the_room(stage: Stage) -> None:
    session = await stage.opened()
    heard = listen(stage.town, SessionEnded)
    event = RoomEndRequested(
        at=stage.town.clock.now(),
        room=RoomId(session["room"]),
        session=SessionId(session["id"]),
        subject=stage.expert.user.id,
    )

    for _ in range(2):
        await stage.town.bus.publish(event)

    assert await state_of(stage, session["id"]) == "ended"
    assert len(heard.events) == 1


async def test_a_refused_move_says_what_the_session_is(stage: Stage) -> None:
    session = await stage.plan()
    path = f"/sessions/{session['id']}"

    assert await refusal(await stage.expert.post(f"{path}/end")) == (409, "session.not_open")
    assert await refusal(await stage.expert.post(f"{path}/grant")) == (409, "session.not_open")
    await ok(await stage.expert.post(f"{path}/open"))
    assert await refusal(await stage.expert.post(f"{path}/cancel")) == (409, "session.wrong_state")
    await ok(await stage.expert.post(f"{path}/end"))
    for move in ("open", "end", "cancel", "grant"):
        assert await refusal(await stage.expert.post(f"{path}/{move}")) == (409, "session.ended")
    cancelled = await stage.plan()
    await ok(await stage.expert.post(f"/sessions/{cancelled['id']}/cancel"))
    answer = await stage.expert.post(f"/sessions/{cancelled['id']}/open")
    assert await refusal(answer) == (409, "session.cancelled")


async def test_AZ_05_of_many_moves_at_once_one_wins(stage: Stage) -> None:
    session = await stage.plan()
    heard = listen(stage.town, SessionOpened, SessionEnded)
    path = f"/sessions/{session['id']}"

    assert await at_once(*(stage.expert.post(f"{path}/open") for _ in range(8))) == [200] + [409] * 7
    assert await at_once(*(stage.expert.post(f"{path}/end") for _ in range(8))) == [200] + [409] * 7
    assert [type(event) for event in heard.events] == [SessionOpened, SessionEnded]


async def test_AZ_05_no_walk_of_moves_reaches_an_illegal_state(stage: Stage) -> None:
    allowed = {
        "planned": {"open": "open", "cancel": "cancelled"},
        "open": {"end": "ended"},
        "ended": {},
        "cancelled": {},
    }
    walk = random.Random(20261122)
    for _ in range(4):
        session = await stage.plan()
        state = "planned"
        for _ in range(6):
            move = walk.choice(("open", "end", "cancel"))
            answer = await stage.expert.post(f"/sessions/{session['id']}/{move}")
            assert answer.status == (200 if move in allowed[state] else 409)
            state = allowed[state].get(move, state)
            assert await state_of(stage, session["id"]) == state


async def test_a_grant_carries_the_seat_of_its_asker(stage: Stage) -> None:
    session = await stage.opened()

    host = await granted(stage, "expert", session["id"])
    viewer = await granted(stage, "colleague", session["id"])
    office = await granted(stage, "office", session["id"])

    assert (host.role, host.room, host.session) == (Role.HOST, session["room"], session["id"])
    assert host.subject == stage.expert.user.id
    assert (host.organisation, viewer.organisation) == (PLAN["hospital"], None)
    assert host.may == ROLE_RIGHTS[Role.HOST]
    assert (viewer.role, viewer.may) == (Role.VIEWER, ROLE_RIGHTS[Role.VIEWER])
    assert (office.role, office.may) == (
        Role.VIEWER,
        ROLE_RIGHTS[Role.VIEWER] | {Right.MODERATE, Right.CLEAR, Right.END},
    )
    assert host.expires_at - stage.town.clock.now() == timedelta(minutes=15)
    answer = await stage.foreigner.post(f"/sessions/{session['id']}/grant")
    assert await refusal(answer) == (404, "not_found")


async def test_only_who_runs_the_session_gets_an_encoders_grant(stage: Stage) -> None:
    session = await stage.opened()

    first = await granted(stage, "expert", session["id"], {"role": "encoder"})
    second = await granted(stage, "office", session["id"], {"role": "encoder"})

    assert (first.role, first.may) == (Role.ENCODER, frozenset())
    assert first.subject == second.subject != stage.expert.user.id
    answer = await stage.colleague.post(f"/sessions/{session['id']}/grant", {"role": "encoder"})
    assert await refusal(answer) == (403, "refused")
    answer = await stage.expert.post(f"/sessions/{session['id']}/grant", {"role": "host"})
    assert await refusal(answer) == (422, "request.invalid")


async def test_AU_01_the_door_of_the_room_asks_each_time(stage: Stage) -> None:
    session = await stage.opened()
    grant = await granted(stage, "colleague", session["id"])
    may_enter = stage.town.platform.admission.may_enter

    await may_enter(grant)
    for wrong, code in (
        (replace(grant, room=RoomId(new_id())), "not_found"),
        (replace(grant, session=SessionId(new_id())), "not_found"),
    ):
        with pytest.raises(AppError) as caught:
            await may_enter(wrong)
        assert caught.value.code == code
    await ok(await stage.expert.post(f"/sessions/{session['id']}/end"))
    with pytest.raises(AppError) as caught:
        await may_enter(grant)
    assert caught.value.code == "session.ended"


async def test_viewers_are_counted_while_they_are_there(stage: Stage) -> None:
    session = await stage.opened()
    room = RoomId(session["room"])

    async def count() -> int:
        return int((await ok(await stage.colleague.get(f"/sessions/{session['id']}")))["viewers"])

    async def join(subject: str, role: Role) -> None:
        await stage.town.bus.publish(
            ParticipantJoined(
                at=stage.town.clock.now(), room=room, session=None, subject=subject, name="x", role=role
            )
        )

    async def leave(subject: str) -> None:
        await stage.town.bus.publish(
            ParticipantLeft(
                at=stage.town.clock.now(), room=room, session=None, subject=subject, reason="left"
            )
        )

    for subject, role in (
        ("host", Role.HOST),
        ("box", Role.ENCODER),
        ("a", Role.VIEWER),
        ("a", Role.VIEWER),
        ("b", Role.COMMENTATOR),
    ):
        await join(subject, role)
    assert await count() == 2
    await leave("a")
    await leave("unknown")
    assert await count() == 1
    await ok(await stage.expert.post(f"/sessions/{session['id']}/end"))
    assert await count() == 0


async def test_live_rooms_are_told_again_when_the_platform_starts(stage: Stage) -> None:
    session = await stage.opened()
    await stage.ended()
    heard = listen(stage.town, SessionOpened)

    await stage.town.platform.services.get(LiveSessions).start()

    assert [event.room for event in heard.of(SessionOpened)] == [session["room"]]


async def test_a_still_is_kept_and_told_with_its_sender(stage: Stage) -> None:
    session = await stage.opened()
    heard = listen(stage.town, StillStored)
    still = new_id()

    async def send(person: str, data: bytes) -> object:
        who = getattr(stage, person)
        return await stage.town.client.post(
            f"/api/v1/sessions/{session['id']}/stills/{still}", data=data, headers=who.headers
        )

    stored = await ok(await send("expert", picture(64, 48)), 201)

    (event,) = heard.of(StillStored)
    assert (event.still, event.url, event.subject) == (still, stored["url"], stage.expert.user.id)
    assert (event.width, event.height) == (64, 48)
    assert await refusal(await send("expert", picture())) == (409, "conflict")
    await ok(await send("colleague", picture()), 201)
    assert await refusal(await send("foreigner", picture())) == (404, "not_found")
    assert await refusal(await send("expert", b"<svg/>")) == (415, "file.type_unknown")
    assert await refusal(await send("expert", b"%PDF-1.7")) == (415, "file.type_unknown")
    read = await stage.colleague.get(stored["url"].removeprefix("/api/v1"))
    assert (read.status, read.content_type) == (200, "image/png")
    shown = await ok(await stage.colleague.get(f"/sessions/{session['id']}"))
    assert shown["still_url"] == stored["url"]


async def test_stills_of_a_session_that_is_not_open_are_refused(stage: Stage) -> None:
    planned, ended = await stage.plan(), await stage.ended()

    async def send(session: str) -> object:
        path = f"/api/v1/sessions/{session}/stills/{new_id()}"
        return await stage.town.client.post(path, data=picture(), headers=stage.expert.headers)

    assert await refusal(await send(planned["id"])) == (409, "session.not_open")
    await ok(await send(ended["id"]), 201)
    stage.town.clock.advance(11 * 60)
    await stage.expert.sign_in()
    assert await refusal(await send(ended["id"])) == (409, "session.ended")


async def test_a_listener_that_fails_does_not_undo_the_opening(stage: Stage) -> None:
    async def broken(_: SessionOpened) -> None:
        await asyncio.sleep(0)
        raise RuntimeError

    stage.town.bus.subscribe(SessionOpened, broken)

    assert (await stage.opened())["state"] == "open"
