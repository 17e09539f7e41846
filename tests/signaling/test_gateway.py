"""What comes over the wire before it is a message (SG-01, SG-03, SG-05)."""

import asyncio
import json
import time
from importlib.metadata import version

import aiohttp
import pytest
import socketio

from platform_api.kernel.rooms import Role
from signaling.messages.envelope import MAX_MESSAGE_BYTES
from tests.support.live import Live

OFFER = {"peer": "peer-0001", "sdp": "v=0\r\n", "publications": []}


async def raw(live: Live, http: aiohttp.ClientSession, subject: str) -> aiohttp.ClientWebSocketResponse:
    """A transport whose frames a test writes itself, connected to the namespace."""
    link = await http.ws_connect(f"{live.url}socket.io/?EIO=4&transport=websocket")
    await link.receive()
    auth = {"grant": live.token(live.grant(subject)), "protocol": 1}
    await link.send_str(f"40/room,{json.dumps(auth)}")
    assert str((await link.receive()).data).startswith("40/room")
    return link


async def answer(link: aiohttp.ClientWebSocketResponse) -> str:
    """The next frame that is no ping."""
    async with asyncio.timeout(5):
        while True:
            message = await link.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                return "closed"
            if message.data != "2":
                return str(message.data)


async def test_SG_01_an_oversized_frame_ends_its_connection_alone(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    async with aiohttp.ClientSession() as http:
        link = await raw(live, http, "vera")
        await link.send_str('42/room,1["room.join",{"x":"' + "x" * 2_500_000 + '"}]')

        assert await answer(link) == "closed"
    await host.do("room.ping", {"sent_ms": 1})


async def test_SG_01_an_offer_over_the_limit_is_an_error_acknowledgement(live: Live) -> None:
    viewer = await live.enter("vera")

    answer = await viewer.ask("media.offer", {**OFFER, "sdp": "x" * (64 * 1024 + 1)})

    assert answer["error"]["code"] == "message.invalid"
    assert answer["error"]["field"] == "sdp"
    assert live.media.offers == []
    assert MAX_MESSAGE_BYTES > 2 * 64 * 1024


@pytest.mark.parametrize(
    "frame",
    [
        '42/room,7["room.ping",{"sent_ms":NaN}]',
        '42/room,7["room.ping",{"sent_ms":1e999}]',
        '42/room,7["room.ping",' + "[" * 100_000 + "]" * 100_000 + "]",
        '42/room,7["room.ping",' + '{"a":' * 40 + "1" + "}" * 40 + "]",
        '42/room,7["room.ping",{"sent_ms":' + "9" * 5000 + "}]",
        '42/room,7["room.ping",',
        '42/room,7["connect",{"grant":"x"}]',
        '42/room,7["disconnect"]',
        '42/room,7["*"]',
        '42/room,7["no.such",{}]',
        '42/room,7["room.ping"]',
        '42/room,7["room.ping",{},{}]',
        '42/room,7["room.ping",null]',
        '42/room,7["room.ping",{"sent_ms":1,"__proto__":{}}]',
        "42/room,7{}",
        "42/room,7[1]",
    ],
    ids=range(16),
)
async def test_SG_01_whatever_comes_is_refused_by_name_and_the_connection_goes_on(
    live: Live, frame: str
) -> None:
    async with aiohttp.ClientSession() as http:
        link = await raw(live, http, "vera")
        await link.send_str('42/room,1["room.join",{}]')
        assert '"ok":true' in await answer(link)

        await link.send_str(frame)
        refused = await answer(link)
        while not refused.startswith("43/room,7"):
            refused = await answer(link)
        await link.send_str('42/room,8["room.ping",{"sent_ms":1}]')

        assert '"ok":false' in refused
        assert "Traceback" not in refused
        assert '"ok":true' in await answer(link)


@pytest.mark.parametrize("frame", ["45-/room,1[]", "451-/room,7[]", "461-/room,7[]", "4x", "49"])
async def test_SG_03_a_binary_or_broken_frame_ends_the_connection(live: Live, frame: str) -> None:
    async with aiohttp.ClientSession() as http:
        link = await raw(live, http, "vera")

        await link.send_str(frame)

        while (last := await answer(link)) not in ("closed", "1"):
            assert last.startswith("4")
        assert sum(live.signaling._gateway.dropped.values()) >= 1


async def test_SG_03_attachments_are_never_waited_for(live: Live) -> None:
    """Fifty connections, no grant, each announcing attachments and withholding them."""
    async with aiohttp.ClientSession() as http:
        for _ in range(50):
            link = await http.ws_connect(f"{live.url}socket.io/?EIO=4&transport=websocket")
            await link.receive()
            filler = "x" * 200_000
            await link.send_str(f'451-/room,["room.join",{{"_placeholder":true,"num":0}},"{filler}"]')
            assert await answer(link) in ("1", "closed")
        assert live.signaling._gateway._server._binary_packet == {}


def test_SG_03_the_library_is_new_enough_and_never_unpickles(live: Live) -> None:
    installed = tuple(int(part) for part in version("python-socketio").split(".")[:2])

    assert installed >= (5, 18)
    assert type(live.signaling._gateway._server.manager) is socketio.AsyncManager  # in memory: no queue
    assert live.signaling._gateway._server.eio.max_http_buffer_size <= 256 * 1024


async def test_SG_05_nothing_but_the_room_answers_here(live: Live) -> None:
    async with aiohttp.ClientSession() as http:
        link = await http.ws_connect(f"{live.url}socket.io/?EIO=4&transport=websocket")
        await link.receive()
        for namespace in ("/", "/admin", "/control"):
            await link.send_str(f"40{namespace}," if namespace != "/" else "40")
            assert (await answer(link)).startswith("44")
    routes = {resource.canonical for resource in live.app.router.resources()}
    assert routes == {"/socket.io/"}


async def test_SG_02_tiny_frames_before_any_grant_are_counted_too(live: Live) -> None:
    async with aiohttp.ClientSession() as http:
        link = await http.ws_connect(f"{live.url}socket.io/?EIO=4&transport=websocket")
        await link.receive()
        for _ in range(4000):
            if link.closed:
                break
            await link.send_str("42")

        assert await answer(link) in ("1", "closed")
        assert live.signaling._gateway.dropped["flood"] >= 1


async def test_one_found_silent_while_it_is_sent_to_leaves_its_room_open(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    silent = await live.enter("vera")
    seat = live.signaling._gateway._server.eio.sockets[silent.client.eio.sid]

    seat.last_ping = time.time() - 3600  # asked an hour ago, no answer since
    await host.do("room.hand", {"up": True})

    away = await host.event(
        "participant.upserted",
        lambda data: data["participant"]["id"] == silent.participant and not data["participant"]["online"],
    )
    assert away["participant"]["name"] == "Vera"
    await live.enter("olga")
