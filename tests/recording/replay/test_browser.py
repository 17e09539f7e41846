"""What was recorded plays in a real browser: each codec, one unbroken range, at its place on the axis."""

from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import async_playwright

from platform_api.kernel.rooms import Source
from recording.routes import add_replay_routes
from recording.transcode import pending_parts, transcode_part
from tests.support.packetise import Sender, encode_video, encode_voice
from tests.support.recordings import Stage
from tests.support.sealed import folders_of

SCRIPT = (Path(__file__).parent / "play.js").read_text()
CODECS = {"p1": "H264", "p2": "VP9", "p3": "AV1", "p4": "VP8"}


async def record_all(root: Path) -> None:
    stage = Stage(root)
    await stage.start()
    stage.clock.advance(2.5)
    flows = []
    for number, (participant, codec) in enumerate(CODECS.items()):
        sender = Sender(codec, ssrc=number)
        publication = await stage.publish(participant, Source.SCOPE, sender)
        flows.append((publication, sender, encode_video(codec, 240, gop=60)))
    sender = Sender("opus", ssrc=9)
    voice = await stage.publish("p5", Source.VOICE, sender)
    flows.append((voice, sender, [frame for frame in encode_voice(8) if not 100 <= frame.counter < 130]))
    await stage.play(flows)
    await stage.stop()
    for folder, part in pending_parts(folders_of(root)):
        await transcode_part(folder, part)


async def allow(request: web.Request, recording: str) -> None: ...


async def page(request: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><body>", content_type="text/html")


@pytest.mark.e2e
async def test_every_codec_plays_in_chromium(tmp_path: Path) -> None:
    await record_all(tmp_path)
    app = web.Application()
    add_replay_routes(app, recordings=folders_of(tmp_path), authorise=allow)
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path="/usr/bin/chromium",
                args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
            )
            view = await browser.new_page()
            await view.goto(f"http://{host}:{port}/")
            played = await view.evaluate(SCRIPT, "/replay/rec/")
            await browser.close()
    finally:
        await runner.cleanup()

    assert set(played) == {f"{participant}.scope" for participant in CODECS} | {"p5.voice"}
    for name, result in played.items():
        assert result["error"] is None, name
        assert result["ranges"] == 1, name
        assert (result["starts"], result["ends"]) == (
            pytest.approx(2.5, abs=0.002),
            pytest.approx(10.5, abs=0.002),
        )
        assert result["sought"] == pytest.approx(8.0)
        assert result["width"] == (0 if name == "p5.voice" else 320)
