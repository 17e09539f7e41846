"""Who comes in (AU-01), and how fast they are out again (AU-05)."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest
import socketio

from platform_api.kernel.clock import SystemClock
from platform_api.kernel.events import AccessRevoked
from platform_api.kernel.ids import RoomId
from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import SigningKey, sign_grant
from signaling.admission import Admission
from signaling.config import SignalingSettings
from signaling.errors import NotAdmitted
from tests.support.live import NAMESPACE, ROOM, Caller, Live


async def refused(caller: Caller, **options: object) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        await caller.connect(**options)  # type: ignore[arg-type]


async def test_AU_01_no_forged_expired_or_outdated_grant_comes_in(live: Live) -> None:
    grant = live.grant("eve")
    forged = sign_grant(grant, key=SigningKey.generate("k1"), clock=live.clock)
    past = replace(grant, expires_at=live.clock.now() - timedelta(seconds=1))
    expired = sign_grant(past, key=live.key, clock=live.clock)

    for token in ("", "x" * 100, forged, expired, "x" * 5000):
        await refused(Caller(live.url, token))
    await refused(live.caller("eve"), protocol=99)

    assert len(live.signaling.connections) == 0
    assert len(live.signaling.directory) == 0


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        (None, "grant.invalid"),
        ({}, "grant.invalid"),
        (["unreadable"], "grant.invalid"),
        ({"grant": "x", "protocol": 2}, "protocol.unsupported"),
        ({"grant": "x", "protocol": 1}, "grant.invalid"),
        ({"grant": "x", "protocol": 1, "role": "host"}, "grant.invalid"),
    ],
)
def test_the_handshake_is_refused_with_its_code(door: Admission, auth: object, code: str) -> None:
    with pytest.raises(NotAdmitted) as refusal:
        door.grant(auth)

    assert refusal.value.code == code


@pytest.fixture
def door() -> Admission:
    return Admission(SigningKey.generate("k1").verifying(), SystemClock())


async def test_AU_01_a_foreign_origin_is_refused_and_our_own_is_not(live: Live) -> None:
    await refused(live.caller("eve"), headers={"Origin": "https://evil.example"})

    own = live.caller("anne")
    await own.connect(headers={"Origin": live.url.rstrip("/")})


async def test_AU_01_the_platform_is_asked_at_each_join_and_who_is_refused_hears_nothing(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    live.door.refused.add("bert")
    stranger = await live.caller("bert").connect()

    assert await stranger.refused("room.join", {}) == "refused"
    assert await stranger.refused("room.hand", {"up": True}) == "room.not_joined"
    await host.do("room.hand", {"up": True})
    await host.event("participant.upserted", lambda d: d["participant"]["hand_raised_at_ms"])

    assert stranger.events == []
    assert stranger.passing == []
    assert live.door.asked == ["anne", "bert"]


async def test_AU_01_a_grant_opens_its_own_room_only(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    other = await live.enter("bert", Role.HOST, room=RoomId("room-b"))

    await host.do("room.hand", {"up": True})
    await other.do("room.hand", {"up": True})
    await other.event("participant.upserted", lambda d: d["participant"]["hand_raised_at_ms"])

    assert [each["id"] for each in other.joined["snapshot"]["participants"]] == [other.participant]
    assert all(event["data"]["participant"]["id"] == other.participant for event in other.events)


@pytest.mark.parametrize("room", [ROOM, None])
async def test_AU_05_a_revoked_subject_is_cut_at_once(live: Live, room: RoomId | None) -> None:
    host = await live.enter("anne", Role.HOST)
    viewer = await live.enter("vera")
    began = time.monotonic()

    await live.bus.publish(AccessRevoked(at=live.clock.now(), subject="vera", room=room))
    reason = await viewer.bye()
    await viewer.until_closed()
    left = await host.event("participant.left")

    assert time.monotonic() - began < 5
    assert (reason, left["reason"]) == ("revoked", "revoked")
    assert not host.closed.is_set()


async def test_AU_05_the_end_of_one_login_cuts_nothing_of_another_device(live: Live) -> None:
    host = await live.enter("anne", Role.HOST, login="desk")
    viewer = await live.enter("vera", login="phone")

    for subject, login in (("anne", "phone"), ("vera", "phone")):
        gone = AccessRevoked(at=live.clock.now(), subject=subject, room=None, login=login)
        await live.bus.publish(gone)
    await viewer.until_closed()
    left = await host.event("participant.left")

    assert left["participant"] == viewer.participant
    assert not host.closed.is_set()


async def test_AU_05_a_seat_that_waits_for_its_owner_is_given_up_too(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    viewer = await live.enter("vera")
    await viewer.cut()
    await host.event("participant.upserted", lambda d: not d["participant"]["online"])

    await live.bus.publish(AccessRevoked(at=live.clock.now(), subject="vera", room=None))

    assert (await host.event("participant.left"))["reason"] == "revoked"


async def test_a_transport_that_says_nothing_is_closed(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = SignalingSettings(greeting_timeout_s=0.1, tick_s=0.05)
    live = Live(tmp_path_factory.mktemp("silent"), settings)
    await live.start()
    try:
        session = socketio.AsyncClient(reconnection=False)
        gone = asyncio.Event()

        async def closed(*_: object) -> None:
            gone.set()

        session.eio.on("disconnect", closed)
        await session.eio.connect(live.url, transports=["websocket"], engineio_path="socket.io")
        async with asyncio.timeout(5):
            await gone.wait()
        assert live.signaling.connections.get(NAMESPACE) is None
    finally:
        await live.stop()
