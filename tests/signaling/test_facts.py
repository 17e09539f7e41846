"""The bus on both sides: what rooms obey and show, and what they tell."""

import asyncio

from platform_api.kernel import events as facts
from platform_api.kernel.errors import AppError, Unavailable
from platform_api.kernel.ids import CommentId, RecordingId
from platform_api.kernel.rooms import Role, Source
from tests.support.live import ROOM, SESSION, Caller, Live

RECORDING = RecordingId(f"rec-{ROOM}")


async def open_session(live: Live) -> None:
    await live.bus.publish(
        facts.SessionOpened(
            at=live.clock.now(), session=SESSION, room=ROOM, recording=RECORDING, title="胃角早癌 ESD"
        )
    )


async def until_recording(caller: Caller, word: str) -> None:
    if (caller.joined["snapshot"] or {}).get("recording") != word:
        await caller.event("room.state", lambda data: data["recording"] == word)


async def test_a_session_makes_its_room_and_its_recording(live: Live) -> None:
    await open_session(live)
    await open_session(live)
    host = await live.enter("anne", Role.HOST, session=SESSION)

    await until_recording(host, "on")

    assert live.recorder.started == [(RECORDING, "media-1")]
    assert live.recorder.sessions == [SESSION]
    assert host.joined["snapshot"]["title"] == "胃角早癌 ESD"
    assert live.journals.open(RECORDING).read()[0].seq == 1


async def test_a_recorder_that_is_away_is_asked_until_it_is_back(live: Live) -> None:
    live.recorder.refusal = Unavailable("recording.away")
    await open_session(live)
    host = await live.enter("anne", Role.HOST, session=SESSION)
    await until_recording(host, "interrupted")

    live.recorder.refusal = None
    await host.event("room.state", lambda data: data["recording"] == "on")

    assert len(live.recorder.started) == 1


async def test_a_recording_that_is_over_is_not_asked_for_again(live: Live) -> None:
    live.recorder.refusal = AppError("recording.over", status_hint=409)
    await open_session(live)
    host = await live.enter("anne", Role.HOST, session=SESSION)

    await until_recording(host, "interrupted")
    room = live.signaling.directory.get(ROOM)
    async with asyncio.timeout(5):
        while any(task.get_name() == "start-recorder" for task in asyncio.all_tasks()):
            await asyncio.sleep(0)

    assert room is not None
    assert live.recorder.refused == 1


async def test_an_ended_session_says_goodbye_to_all_and_closes_everything(live: Live) -> None:
    await open_session(live)
    host = await live.enter("anne", Role.HOST, session=SESSION)
    await until_recording(host, "on")

    ended = facts.SessionEnded(at=live.clock.now(), session=SESSION, room=ROOM, recording=RECORDING)
    await live.bus.publish(ended)
    await live.bus.publish(ended)
    reason = await host.bye()
    await host.until_closed()

    assert reason == "ended"
    assert live.media.closed == [ROOM]
    assert len(live.signaling.directory) == 0
    async with asyncio.timeout(5):
        while not live.recorder.stopped:
            await asyncio.sleep(0)
    assert live.recorder.stopped == [RECORDING]
    last = live.journals.open(RECORDING).read()[-1]
    assert (last.name, last.data["state"]) == ("room.state", "ended")


async def test_a_session_that_ended_is_not_entered_again(live: Live) -> None:
    await open_session(live)
    await live.bus.publish(
        facts.SessionEnded(at=live.clock.now(), session=SESSION, room=ROOM, recording=RECORDING)
    )
    host = await live.caller("anne", Role.HOST, session=SESSION).connect()

    assert await host.refused("room.join", {}) == "room.ended"


async def test_comments_likes_and_pictures_of_stills_are_shown(live: Live) -> None:
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    host = await live.enter("anne", Role.HOST)
    now = live.clock.now()
    freeze = {
        "id": "still-0001",
        "publication": "whip-scope.scope",
        "capture_ms": 5.5,
        "rtp_timestamp": 0xFFFFFFFF,
        "rid": "h",
        "open": True,
    }
    await host.do("still.freeze", freeze)
    assert await host.refused("still.freeze", freeze) == "still.exists"

    posted = facts.CommentPosted(
        at=now,
        session=SESSION,
        room=ROOM,
        comment=CommentId("c1"),
        parent=None,
        author_name="Vera",
        author_subject="vera",
        body="几点钟方向？",
        media_time_ms=12,
        files=2,
    )
    for fact in (
        posted,
        facts.CommentHidden(at=now, room=ROOM, comment=CommentId("c1")),
        facts.LikesCounted(at=now, room=ROOM, comment=None, count=3),
        facts.StillStored(at=now, room=ROOM, still="still-0001", url="/api/v1/files/f", width=16, height=9),
        facts.StillStored(at=now, room=ROOM, still="still-9", url="/x", width=1, height=1),
    ):
        await live.bus.publish(fact)

    said = await host.event("comment.posted")
    assert (said["body"], said["files"]) == ("几点钟方向？", 2)
    assert (await host.event("comment.hidden"))["comment"] == "c1"
    assert (await host.event("likes.counted"))["count"] == 3
    still = (await host.event("still.changed", lambda data: data["still"]["url"]))["still"]
    assert (still["url"], still["width"], still["open"]) == ("/api/v1/files/f", 16, True)
    assert (still["rtp_timestamp"], still["rid"]) == (0xFFFFFFFF, "h")
    late = await live.enter("carla")
    assert late.joined["snapshot"]["likes"] == 3
    await host.do("still.close", {"id": "still-0001"})
    assert not (await late.event("still.changed"))["still"]["open"]
    await host.do("still.close", {"id": "still-0001", "remove": True})
    assert await late.event("still.removed") == {"still": "still-0001"}


async def test_the_picture_of_a_still_is_taken_from_its_author_alone(live: Live) -> None:
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    host = await live.enter("anne", Role.HOST)
    freeze = {"id": "still-0001", "publication": "whip-scope.scope", "capture_ms": 5.5, "open": True}
    await host.do("still.freeze", freeze)

    for subject, url in (("mallory", "/forged"), ("anne", "/own")):
        await live.bus.publish(
            facts.StillStored(
                at=live.clock.now(),
                room=ROOM,
                still="still-0001",
                url=url,
                width=1,
                height=1,
                subject=subject,
            )
        )

    first = await host.event("still.changed", lambda data: data["still"]["url"])
    assert first["still"]["url"] == "/own"


async def test_comings_and_goings_are_told_in_order(live: Live) -> None:
    told: list[tuple[str, str]] = []
    addresses: set[str] = set()

    async def joined(fact: facts.ParticipantJoined) -> None:
        told.append(("joined", fact.subject))
        addresses.add(fact.address)

    async def left(fact: facts.ParticipantLeft) -> None:
        told.append((fact.reason, fact.subject))
        addresses.add(fact.address)

    live.bus.subscribe(facts.ParticipantJoined, joined)
    live.bus.subscribe(facts.ParticipantLeft, left)
    viewer = await live.enter("vera")
    await viewer.do("room.leave")
    await viewer.join()
    await live.signaling._teller.drain()

    assert told == [("joined", "vera"), ("left", "vera"), ("joined", "vera")]
    assert addresses == {"127.0.0.1"}
