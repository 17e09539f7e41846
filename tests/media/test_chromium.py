"""Real browsers on the node: simulcast in, layers and views chosen without a negotiation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest import mock

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from media.client import MediaClient
from media.config import PlaneChoice
from media.control import (
    MAX_SDP_BYTES,
    AudioLevel,
    Negotiate,
    Negotiated,
    OfferedPublication,
    PublicationChanged,
    PublicationStarted,
    SetPublication,
    Subscribe,
    Want,
)
from media.core.red import open_red
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import Events, running_node
from tests.support.browser import chromium, person

PAGE = """
<!doctype html><title>peer</title><script>
const preferred = kind => RTCRtpReceiver.getCapabilities(kind).codecs.filter(codec =>
  ['video/VP8', 'video/H264', 'video/VP9', 'video/AV1', 'video/rtx', 'audio/opus', 'audio/red']
    .includes(codec.mimeType));
const peer = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
const senders = {};
async function publish(source, width, height, layers, codec) {
  const media = await navigator.mediaDevices.getUserMedia({video: {width, height, frameRate: 15}});
  const encodings = layers.map((rid, index) => ({rid, scaleResolutionDownBy: 2 ** index}));
  const transceiver = peer.addTransceiver(media.getVideoTracks()[0], {
    direction: 'sendonly', ...(layers.length ? {sendEncodings: encodings} : {})});
  if (codec) transceiver.setCodecPreferences(
    preferred('video').filter(item => ['video/rtx', `video/${codec}`].includes(item.mimeType)));
  senders[source] = transceiver;
}
async function speak() {
  const media = await navigator.mediaDevices.getUserMedia({audio: true});
  senders.voice = peer.addTransceiver(media.getAudioTracks()[0], {direction: 'sendonly'});
}
async function turn(source, on) {
  const sender = senders[source].sender;
  if (!on) senders[source].kept = sender.track;
  await sender.replaceTrack(on ? senders[source].kept : null);
}
function receive(video, audio) {
  for (let count = 0; count < video; count++) {
    const slot = peer.addTransceiver('video', {direction: 'recvonly'});
    slot.setCodecPreferences(preferred('video'));
    slot.receiver.track.onunmute = () => show(slot.receiver.track);
  }
  for (let count = 0; count < audio; count++) {
    peer.addTransceiver('audio', {direction: 'recvonly'}).setCodecPreferences(preferred('audio'));
  }
}
function show(track) {
  const picture = document.createElement('video');
  picture.muted = picture.autoplay = true;
  picture.srcObject = new MediaStream([track]);
  document.body.append(picture);
}
function play(track) {
  const voice = new Audio();
  voice.srcObject = new MediaStream([track]);
  voice.play();
}
async function offer() {
  await peer.setLocalDescription(await peer.createOffer());
  const publications = Object.entries(senders).map(([source, item]) => ({source, mid: item.mid}));
  return {sdp: peer.localDescription.sdp, publications};
}
async function answer(sdp) {
  await peer.setRemoteDescription({type: 'answer', sdp});
  if (peer.connectionState === 'connected') return;
  await new Promise((resolve, reject) => peer.onconnectionstatechange = () => {
    if (peer.connectionState === 'connected') resolve();
    if (peer.connectionState === 'failed') reject(new Error('failed'));
  });
}
async function heard(mid) {
  const receiver = peer.getTransceivers().find(item => item.mid === mid).receiver;
  for (const row of (await receiver.getStats()).values())
    if (row.type === 'inbound-rtp')
      return {packets: row.packetsReceived, samples: row.totalSamplesReceived, made_up: row.concealedSamples};
  return {packets: 0, samples: 0, made_up: 0};
}
async function seen(mid) {
  const receiver = peer.getTransceivers().find(item => item.mid === mid).receiver;
  for (const row of (await receiver.getStats()).values())
    if (row.type === 'inbound-rtp')
      return {frames: row.framesDecoded, width: row.frameWidth || 0, lost: row.packetsLost};
  return {frames: 0, width: 0, lost: 0};
}
</script>
"""
WAIT_S = 40.0
HIGH = Want(publication="expert.scope", layer="high")
MID = Want(publication="expert.scope", layer="mid")
LOW = Want(publication="expert.scope", layer="low")


@asynccontextmanager
async def pages(count: int) -> AsyncIterator[list[Page]]:
    """Browser contexts of their own, each with an empty peer connection."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    browser: Browser
    async with TestServer(app) as server, chromium() as browser:
        opened = []
        for _ in range(count):
            context = await person(browser, base_url=str(server.make_url("/")))
            tab = await context.new_page()
            await tab.goto("/")
            opened.append(tab)
        yield opened


async def connect(page: Page, client: MediaClient, participant: str) -> Negotiated:
    offered: dict[str, Any] = await page.evaluate("offer()")
    assert len(offered["sdp"]) < MAX_SDP_BYTES
    negotiated = await client.negotiate(
        Negotiate(
            room="room-1",
            participant=participant,
            peer=f"peer-of-{participant}",
            offer=offered["sdp"],
            publications=tuple(OfferedPublication(**item) for item in offered["publications"]),
            may_publish=frozenset(Source),
        )
    )
    await page.evaluate("sdp => answer(sdp)", negotiated.answer)
    return negotiated


async def watch(client: MediaClient, participant: str, *wants: Want) -> list[str | None]:
    request = Subscribe(room="room-1", participant=participant, peer=f"peer-of-{participant}", want=wants)
    return [item.mid for item in (await client.subscribe(request)).assignments]


async def sees(page: Page, mid: str | None, *, width: int, further: int = 5) -> dict[str, Any]:
    """Waits until so many more frames have come and the picture is that wide."""
    begun: dict[str, Any] = await page.evaluate("mid => seen(mid)", mid)
    async with asyncio.timeout(WAIT_S):
        while True:
            now: dict[str, Any] = await page.evaluate("mid => seen(mid)", mid)
            if now["frames"] >= begun["frames"] + further and now["width"] == width:
                return now
            await asyncio.sleep(0.05)


@pytest.mark.e2e
async def test_layers_of_a_browser_are_chosen_by_hand_and_views_switched() -> None:
    async with running_node() as (_, client), pages(2) as (expert, doctor):
        events = Events(client)
        await client.watch("room-1")
        await expert.evaluate("publish('scope', 1280, 720, ['h', 'm', 'l'])")
        await expert.evaluate("publish('hand', 320, 180, [])")
        await connect(expert, client, "expert")
        started = await events.until(PublicationStarted, publication="expert.scope")
        await events.until(PublicationChanged, publication="expert.scope", layers=("h", "m", "l"))
        await events.until(PublicationStarted, publication="expert.hand")
        await doctor.evaluate("receive(6, 8)")
        negotiated = await connect(doctor, client, "doctor")

        (scope,) = await watch(client, "doctor", HIGH)
        await sees(doctor, scope, width=1280)
        for want, width in ((LOW, 320), (MID, 640), (HIGH, 1280)):
            await watch(client, "doctor", want)
            await sees(doctor, scope, width=width)
        (hand,) = await watch(client, "doctor", Want(publication="expert.hand"))
        last = await sees(doctor, hand, width=320)

        assert started.codec == "VP8"
        assert len(negotiated.slots) == 14
        assert hand == scope
        assert last["lost"] == 0


@pytest.mark.e2e
async def test_one_who_began_as_a_viewer_is_heard_with_levels_and_seen_in_layers() -> None:
    async with running_node() as (_, client), pages(1) as (viewer,):
        events = Events(client)
        await client.watch("room-1")
        await viewer.evaluate("receive(2, 2)")
        await connect(viewer, client, "viewer")

        await viewer.evaluate("speak()")
        await viewer.evaluate("publish('camera', 1280, 720, ['h', 'm', 'l'])")
        await connect(viewer, client, "viewer")

        await events.until(AudioLevel, publication="viewer.voice")
        await events.until(PublicationChanged, publication="viewer.camera", layers=("h", "m", "l"))


@pytest.mark.e2e
async def test_layers_come_back_after_their_source_was_off() -> None:
    async with running_node() as (_, client), pages(2) as (expert, doctor):
        events = Events(client)
        await client.watch("room-1")
        await expert.evaluate("publish('scope', 1280, 720, ['h', 'm', 'l'])")
        await connect(expert, client, "expert")
        await events.until(PublicationChanged, publication="expert.scope", layers=("h", "m", "l"))
        await doctor.evaluate("receive(1, 0)")
        await connect(doctor, client, "doctor")
        (scope,) = await watch(client, "doctor", MID)
        await sees(doctor, scope, width=640, further=30)

        switch = SetPublication(room="room-1", publication="expert.scope", on=False)
        await client.set_publication(switch)
        await expert.evaluate("turn('scope', false)")
        await expert.evaluate("turn('scope', true)")
        await client.set_publication(switch.model_copy(update={"on": True}))

        await sees(doctor, scope, width=640, further=10)


@pytest.mark.e2e
async def test_each_codec_of_a_browser_is_forwarded_as_it_comes() -> None:
    sources = {"scope": "VP8", "hand": "H264", "camera": "VP9", "screen": "AV1"}
    async with running_node() as (_, client), pages(2) as (expert, doctor):
        events = Events(client)
        await client.watch("room-1")
        for source, codec in sources.items():
            await expert.evaluate(
                "([source, codec]) => publish(source, 320, 180, [], codec)", [source, codec]
            )
        await connect(expert, client, "expert")
        for source, codec in sources.items():
            await events.until(PublicationStarted, publication=f"expert.{source}", codec=codec)
        await doctor.evaluate("receive(4, 0)")
        await connect(doctor, client, "doctor")

        mids = await watch(client, "doctor", *(Want(publication=f"expert.{source}") for source in sources))

        for mid in mids:
            assert (await sees(doctor, mid, width=320, further=10))["lost"] == 0


@pytest.mark.e2e
async def test_voice_of_browsers_goes_with_the_packet_before_it_and_is_heard() -> None:
    with mock.patch("media.plane_python.ingest.open_red", wraps=open_red) as taken_apart:
        await _hears_a_voice(taken_apart)


async def _hears_a_voice(taken_apart: mock.Mock) -> None:
    async with running_node(choice=PlaneChoice.PYTHON) as (node, client), pages(2) as (expert, doctor):
        await client.watch("room-1")
        events = Events(client)
        await expert.evaluate("speak()")
        published = await connect(expert, client, "expert")
        await events.until(PublicationStarted, publication="expert.voice")
        await doctor.evaluate("receive(0, 1)")
        await doctor.evaluate(
            "peer.getReceivers()[0].track.onunmute = () => play(peer.getReceivers()[0].track)"
        )
        await connect(doctor, client, "doctor")
        sent: list[bytes] = []
        node.tap("room-1", "expert.voice", client, lambda packet: sent.append(packet.data))

        (voice,) = await watch(client, "doctor", Want(publication="expert.voice"))
        async with asyncio.timeout(WAIT_S):
            while (found := await doctor.evaluate("mid => heard(mid)", voice))["samples"] < 48_000:
                await asyncio.sleep(0.05)

        track = next(p for p in node._peers.values() if p.participant == "expert").tracks[Source.VOICE]
        slot = next(p for p in node._peers.values() if p.participant == "doctor").slots[str(voice)]
        assert (track.red_payload_type, slot.red_payload_type) == (63, 63)
        assert "m=audio 9 UDP/TLS/RTP/SAVPF 63 111" in published.answer
        assert taken_apart.call_count > 40
        assert {data[1] & 0x7F for data in sent} == {111}
        assert found["made_up"] < found["samples"] / 2
