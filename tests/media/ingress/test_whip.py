"""WHIP and WHEP with real clients: FFmpeg sends, aiortc plays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import imageio_ffmpeg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from media.control import PeerStateChanged, PublicationStarted
from media.egress.whep import add_whep_routes
from media.ingress.whip import add_whip_routes
from media.local import LocalMediaClient
from media.negotiation.sdp import parse_fragment
from media.sdp_over_http import Gate
from platform_api.kernel.clock import Clock, ManualClock, SystemClock
from platform_api.kernel.errors import AppError, Conflict, Refused, TooMany
from platform_api.kernel.ids import RoomId
from platform_api.kernel.rooms import Role, Source
from platform_api.kernel.tokens import Grant, SigningKey, sign_grant, verify_grant
from tests.support.aiortc_peer import AiortcPeer, Events, WhepPlayer, peers, running_node
from tests.support.ice_restart import RestartedIce
from tests.support.offers import offer, section

KEY = SigningKey.generate("test")
CLOCK = SystemClock()
Http = TestClient[web.Request, web.Application]


def token(
    *,
    room: str = "room-1",
    publish: frozenset[Source] = frozenset({Source.SCOPE, Source.VOICE}),
    subscribe: frozenset[Source] = frozenset(Source),
    subject: str = "encoder",
    clock: Clock = CLOCK,
) -> str:
    grant = Grant(
        room=RoomId(room),
        subject=subject,
        name="encoder",
        role=Role.ENCODER,
        expires_at=clock.now() + timedelta(minutes=5),
        publish=publish,
        subscribe=subscribe,
    )
    return sign_grant(grant, key=KEY, clock=clock)


class Door:
    """Lets everybody in until told what to object, and so many posts of each asker."""

    def __init__(self, posts: int = 100) -> None:
        self.objection: AppError | None = None
        self.asked: list[str] = []
        self.addresses: set[str] = set()
        self._left: dict[str, int] = {}
        self._posts = posts

    async def admit(
        self,
        grant: Grant,
        *,
        room: str,
        publish: frozenset[Source],
        subscribe: frozenset[Source],
        address: str,
    ) -> None:
        self.asked.append(grant.subject)
        self.addresses.add(address)
        if self.objection is not None:
            raise self.objection

    def links(self, subject: str) -> tuple[str, ...]:
        return tuple(f'<turn:192.0.2.9?transport={way}>; username="{subject}"' for way in ("udp", "tcp"))

    def count(self, key: str) -> None:
        left = self._left[key] = self._left.get(key, self._posts) - 1
        if left < 0:
            raise TooMany("rate.exceeded", retry_after_s=5.2)


@asynccontextmanager
async def serving(door: Door | None = None) -> AsyncIterator[tuple[Http, LocalMediaClient]]:
    door = door or Door()
    async with running_node() as (_, client):
        app = web.Application()

        def verify(text: str) -> Grant:
            return verify_grant(text, keys=KEY.verifying(), clock=CLOCK)

        gate = Gate(verify=verify, admit=door.admit, count=door.count, links=door.links)
        add_whip_routes(app, client, gate)
        add_whep_routes(app, client, gate)
        async with TestClient(TestServer(app)) as http:
            yield http, client


async def publish(http: Http, *, seconds: int) -> asyncio.subprocess.Process:
    """FFmpeg sends scope and voice for so long."""
    command = ffmpeg(str(http.make_url("/whip/room-1?source=scope")), seconds=seconds)
    return await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)


def whep_player(http: Http, client: LocalMediaClient, query: str = "") -> WhepPlayer:
    return WhepPlayer(client, http.session, str(http.make_url(f"/whep/room-1{query}")), token())


def ffmpeg(url: str, *, seconds: int, bearer: str = "") -> list[str]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "warning", "-re"]
    command += [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x180:rate=15",
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440",
    ]
    command += ["-t", str(seconds), "-c:v", "libx264", "-profile:v", "baseline", "-bf", "0", "-g", "15"]
    command += ["-tune", "zerolatency", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", "300k"]
    command += [
        "-c:a",
        "libopus",
        "-ar",
        "48000",
        "-ac",
        "2",
        "-f",
        "whip",
        "-authorization",
        bearer or token(),
        url,
    ]
    return command


async def test_player_decodes_what_ffmpeg_sends() -> None:
    async with serving() as (http, client):
        events = Events(client)
        await client.watch("room-1")
        url = str(http.make_url("/whip/room-1?source=scope"))
        player = WhepPlayer(
            client, http.session, str(http.make_url("/whep/room-1?source=scope,voice")), token()
        )
        async with peers(player):
            process = await asyncio.create_subprocess_exec(
                *ffmpeg(url, seconds=5), stderr=asyncio.subprocess.PIPE
            )
            try:
                scope = await events.until(PublicationStarted, publication="whip-scope.scope")
                voice = await events.until(PublicationStarted, publication="whip-scope.voice")
                player.receive(video=1, audio=1)
                await player.play()
                await player.heard_on("0").reach(15)
                await player.heard_on("1").reach(15)
                await events.until(PeerStateChanged, participant="whip-scope", state="closed")
            finally:
                _, complaints = await process.communicate()

        assert (scope.codec, voice.codec) == ("H264", "opus")
        assert "packetization-mode=1" in scope.codec_parameters
        assert process.returncode == 0, complaints.decode()
        removed = await http.delete(player.location, headers={"Authorization": f"Bearer {token()}"})
        assert removed.status == 200


async def test_player_that_came_first_sees_what_begins_later() -> None:
    async with serving() as (http, client):
        player = whep_player(http, client)
        async with peers(player):
            player.receive(video=1, audio=1)
            await player.play()
            url = str(http.make_url("/whip/room-1?source=scope"))
            process = await asyncio.create_subprocess_exec(
                *ffmpeg(url, seconds=4), stderr=asyncio.subprocess.PIPE
            )
            try:
                await player.heard_on("0").reach(10)
            finally:
                await process.communicate()


PUBLISHING = offer(section("0", direction="sendonly"), section("1", "audio", "sendonly"))
Change = dict[str, Any]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"token": ""}, 401, "grant.invalid"),
        ({"token": "forged.token.here"}, 401, "token.invalid"),
        ({"path": "/whip/room-2?source=scope"}, 403, "grant.invalid"),
        ({"path": "/whip/room-1?source=hand"}, 403, "media.source_not_allowed"),
        ({"path": "/whip/room-1?source=kidney"}, 400, "media.source_unknown"),
        ({"type": "text/plain"}, 415, "request.unsupported"),
        ({"body": "v=0\r\n" + "a=x\r\n" * 20_000}, 413, "media.sdp_too_large"),
        ({"body": "hello"}, 400, "media.sdp_invalid"),
        ({"body": offer(section("0"))}, 400, "media.source_unknown"),
        ({"body": PUBLISHING.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")}, 400, "media.not_secure"),
    ],
)
async def test_refusal_says_why(change: Change, status: int, code: str) -> None:
    async with serving() as (http, _):
        good = {
            "token": token(),
            "path": "/whip/room-1?source=scope",
            "type": "application/sdp",
            "body": PUBLISHING,
        }
        asked = {**good, **change}

        async def post(given: Change) -> aiohttp.ClientResponse:
            return await http.post(
                given["path"],
                data=given["body"].encode(),
                headers={"Authorization": f"Bearer {given['token']}", "Content-Type": given["type"]},
            )

        accepted, refused = await post(good), await post(asked)

        assert accepted.status == 201
        assert (refused.status, refused.content_type) == (status, "application/problem+json")
        assert (await refused.json())["code"] == code


async def test_relays_are_named_to_whom_a_session_is_given() -> None:
    async with serving() as (http, _):
        whip = await post_offer(http, "/whip/room-1?source=scope", token(subject="box-1"))
        whep = await post_offer(
            http, "/whep/room-1?source=scope", token(subject="box-1"), offer(section("0"))
        )
        stranger = await post_offer(http, "/whip/room-1?source=scope", "nonsense")

    for given in (whip, whep):
        assert given.headers.getall("Link") == list(Door().links("box-1"))
    assert "Link" not in stranger.headers


async def test_session_takes_candidates_and_ends_once_asked_by_its_own() -> None:
    async with serving() as (http, client):
        events = Events(client)
        await client.watch("room-1")
        mine = {"Authorization": f"Bearer {token()}"}
        posted = await http.post(
            "/whip/room-1?source=scope", data=PUBLISHING, headers={**mine, "Content-Type": "application/sdp"}
        )
        location, tag = posted.headers["Location"], posted.headers["ETag"]
        fragment = "a=ice-ufrag:abcd1234\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.9 5000 typ host\r\n"
        renewed = f"a=ice-ufrag:efgh5678\r\na=ice-pwd:{'q' * 24}\r\n"
        trickle = {**mine, "Content-Type": "application/trickle-ice-sdpfrag"}

        taken = await http.patch(location, data=fragment, headers={**trickle, "If-Match": tag})
        stale = await http.patch(location, data=fragment, headers={**trickle, "If-Match": '"other"'})
        nameless = await http.patch(location, data=fragment, headers={**trickle, "If-Match": "*"})
        early = await http.patch(location, data=renewed, headers={**trickle, "If-Match": "*"})
        other = {"Authorization": f"Bearer {token(publish=frozenset({Source.HAND}))}"}
        foreign = await http.delete(location, headers=other)
        ended = await http.delete(location, headers=mine)

        assert (taken.status, stale.status) == (204, 412)
        assert (nameless.status, early.status) == (400, 404)  # no credentials; nothing connected to restart
        assert (foreign.status, ended.status) == (404, 200)
        await events.until(PeerStateChanged, state="closed")
        assert "Access-Control-Allow-Origin" not in posted.headers


async def test_player_restarts_its_ice_by_patch_and_plays_on() -> None:
    async with serving() as (http, client):
        player, expert = whep_player(http, client), AiortcPeer(client, participant="expert")
        async with peers(player, expert):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            player.receive()
            await player.play()
            (heard,) = player.heard.values()
            await heard.reach(3)
            ice = await RestartedIce.of(player)
            headers = {
                "Authorization": f"Bearer {token()}",
                "Content-Type": "application/trickle-ice-sdpfrag",
            }
            fragment = f"a=ice-ufrag:{ice.ufrag}\r\na=ice-pwd:{ice.password}\r\n"

            answered = await http.patch(player.location, data=fragment, headers={**headers, "If-Match": "*"})
            ours = parse_fragment(await answered.text())
            late = await http.patch(player.location, data="", headers={**headers, "If-Match": player.tag})
            now = await http.patch(
                player.location, data="", headers={**headers, "If-Match": answered.headers["ETag"]}
            )
            await ice.move(ours.ufrag, ours.password, int(ours.candidates[0].split()[5]))
            await heard.further(5)

            assert (answered.status, answered.content_type) == (200, "application/trickle-ice-sdpfrag")
            assert (late.status, now.status) == (412, 204)
            assert player.tag != answered.headers["ETag"]


async def post_offer(http: Http, path: str, bearer: str, body: str = PUBLISHING) -> aiohttp.ClientResponse:
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/sdp"}
    return await http.post(path, data=body, headers=headers)


@pytest.mark.parametrize(
    ("objection", "status"), [(Conflict("session.ended"), 409), (Refused("refused"), 403)]
)
async def test_a_good_signature_is_not_enough_once_the_house_objects(
    objection: AppError, status: int
) -> None:
    door = Door()
    async with serving(door) as (http, _):
        taken = await post_offer(http, "/whip/room-1?source=scope", token())
        door.objection = objection

        whip = await post_offer(http, "/whip/room-1?source=scope", token())
        whep = await post_offer(http, "/whep/room-1?source=scope", token(), offer(section("0")))
        mine = {"Authorization": f"Bearer {token()}"}
        removed = await http.delete(taken.headers["Location"], headers=mine)

        assert taken.status == 201
        for refused in (whip, whep, removed):
            assert (refused.status, refused.content_type) == (status, "application/problem+json")
            assert (await refused.json())["code"] == objection.code
        assert door.asked == ["encoder"] * 4
        assert door.addresses == {"127.0.0.1"}


async def test_an_expired_or_foreign_grant_reaches_nobody() -> None:
    door = Door()
    old = ManualClock(CLOCK.now() - timedelta(minutes=10))
    async with serving(door) as (http, _):
        expired = await post_offer(http, "/whep/room-1", token(clock=old), offer(section("0")))
        foreign = await post_offer(http, "/whep/room-1", token(room="room-2"), offer(section("0")))

        assert (expired.status, (await expired.json())["code"]) == (401, "token.expired")
        assert (foreign.status, (await foreign.json())["code"]) == (403, "grant.invalid")
        assert door.asked == ["encoder"]  # about the foreign one: its refusal belongs in the trail


async def test_an_asker_who_posts_too_often_is_told_when_to_come_back() -> None:
    async with serving(Door(posts=1)) as (http, _):
        first = await post_offer(http, "/whip/room-1?source=scope", token())
        second = await post_offer(http, "/whip/room-1?source=scope", token())
        other = await post_offer(http, "/whip/room-1?source=scope", token(subject="other"))

        assert (first.status, second.status, other.status) == (201, 429, 201)
        assert (second.headers["Retry-After"], (await second.json())["code"]) == ("6", "rate.exceeded")


async def test_the_newest_encoder_of_a_source_takes_over_in_its_own_room_alone() -> None:
    async with serving() as (http, client):
        events = Events(client)
        await client.watch("room-1")
        foreign = await post_offer(http, "/whip/room-2?source=scope", token(room="room-2"))
        async with encoder(http, token()):
            first = await events.until(PeerStateChanged, participant="whip-scope", state="connected")
            async with encoder(http, token(subject="other")):
                await events.until(PeerStateChanged, peer=first.peer, state="closed")
                connected = events.of(PeerStateChanged, participant="whip-scope", state="connected")

        assert foreign.status == 201
        assert [event.peer == first.peer for event in connected] == [True, False]
        assert {event.room for event in connected} == {"room-1"}


@asynccontextmanager
async def encoder(http: Http, bearer: str) -> AsyncIterator[None]:
    """FFmpeg on the scope while the block runs."""
    command = ffmpeg(str(http.make_url("/whip/room-1?source=scope")), seconds=30, bearer=bearer)
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
