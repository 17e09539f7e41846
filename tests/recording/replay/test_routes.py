"""Replay files over HTTP: to whom may see them, in ranges, and only what the manifest names."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from platform_api.kernel.byte_ranges import range_of
from platform_api.kernel.errors import AppError, Refused
from platform_api.kernel.rooms import Source
from recording.manifest import Manifest
from recording.routes import add_replay_routes
from tests.support.packetise import Sender, encode_video
from tests.support.recordings import Stage, decoded
from tests.support.sealed import folders_of

Client = TestClient[web.Request, web.Application]


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except AppError as error:
        return web.json_response({"code": error.code}, status=error.status_hint)


async def authorise(request: web.Request, recording: str) -> None:
    if request.headers.get("Authorization") != f"Bearer {recording}":
        raise Refused("recording.not_allowed")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    app = web.Application(middlewares=[errors])
    add_replay_routes(app, recordings=folders_of(tmp_path), authorise=authorise)
    async with TestClient(TestServer(app)) as client:
        yield client


async def record(root: Path, *, end: bool) -> Stage:
    stage = Stage(root)
    await stage.start()
    sender = Sender("H264")
    scope = await stage.publish("p1", Source.SCOPE, sender)
    await stage.play([(scope, sender, encode_video("H264", 300, gop=30))])
    if end:
        await stage.stop()
    return stage


def mine(recording: str = "rec") -> dict[str, str]:
    return {"Authorization": f"Bearer {recording}"}


async def test_everything_that_the_manifest_names_can_be_had(client: Client, tmp_path: Path) -> None:
    await record(tmp_path, end=True)

    answer = await client.get("/replay/rec/manifest.json", headers=mine())
    manifest = Manifest.model_validate(await answer.json())
    assert answer.headers["Cache-Control"] == "no-store"
    part = manifest.tracks[0].parts[0]
    playlist = await client.get(f"/replay/rec/{part.playlist}", headers=mine())
    text = await playlist.text()
    assert text.endswith("#EXT-X-ENDLIST\n")
    for name in (line for line in text.splitlines() if line.endswith(".m4s")):
        segment = await client.get(f"/replay/rec/{name}", headers=mine())
        assert segment.content_type == "video/mp4"
        assert len(await segment.read()) == next(row.size for row in part.segments if row.name == name)
    init = await client.get("/replay/rec/t01p001-init.mp4", headers={**mine(), "Range": "bytes=4-7"})
    assert (init.status, await init.read()) == (206, b"ftyp")
    events = await client.get(f"/replay/rec/{manifest.events}", headers=mine())
    assert (await events.json())["recording"] == "rec"


@pytest.mark.parametrize("asked", ["bytes=0-0", "bytes=262100-262200", "bytes=-10", "bytes=99999999-"])
async def test_a_range_of_a_segment_is_its_bytes(client: Client, tmp_path: Path, asked: str) -> None:
    stage = await record(tmp_path, end=True)
    whole = stage.folder().read("t01p001-00001.m4s")
    places = range_of(asked, len(whole))

    answer = await client.get("/replay/rec/t01p001-00001.m4s", headers={**mine(), "Range": asked})

    assert places is not None
    assert answer.status == (206 if places else 416)
    assert not places or await answer.read() == whole[places.start : places.stop]
    kept = {**mine(), "If-None-Match": answer.headers["ETag"]}
    assert (await client.get("/replay/rec/t01p001-00001.m4s", headers=kept)).status == 304


@pytest.mark.parametrize("harm", ["altered", "cut", "exchanged"])
async def test_what_was_not_recorded_is_not_shown(client: Client, tmp_path: Path, harm: str) -> None:
    stage = await record(tmp_path, end=True)
    first, second = (stage.folder().path / f"t01p001-0000{n}.m4s" for n in (1, 2))
    data = bytearray(first.read_bytes())
    if harm == "altered":
        data[1000] ^= 1
    harmed = {"altered": bytes(data), "cut": bytes(data[:-1]), "exchanged": second.read_bytes()}
    first.write_bytes(harmed[harm])

    answer = await client.get(f"/replay/rec/{first.name}", headers=mine())

    assert (answer.status, await answer.json()) == (500, {"code": "file.unreadable"})
    assert (await client.get(f"/replay/rec/{second.name}", headers=mine())).status == 200


async def test_a_player_learns_when_each_frame_begins(client: Client, tmp_path: Path) -> None:
    stage = await record(tmp_path, end=True)
    manifest = Manifest.model_validate(
        await (await client.get("/replay/rec/manifest.json", headers=mine())).json()
    )
    part = manifest.tracks[0].parts[0]

    told: list[float] = []
    for segment in part.segments:
        name = segment.name.replace(".m4s", ".frames.json")
        answer = await client.get(f"/replay/rec/{name}", headers=mine())
        times = (await answer.json())["frames_ms"]
        assert abs(times[0] - segment.start_ms) <= 0.5
        told += times

    shown = [at_ms for at_ms, _ in decoded(stage.folder(), part)]
    assert told == pytest.approx(shown, abs=0.1)
    assert (await client.get("/replay/rec/t01p001-99999.frames.json", headers=mine())).status == 404


async def test_a_running_recording_can_be_watched_as_it_grows(client: Client, tmp_path: Path) -> None:
    stage = await record(tmp_path, end=False)

    manifest = Manifest.model_validate(
        await (await client.get("/replay/rec/manifest.json", headers=mine())).json()
    )
    part = manifest.tracks[0].parts[0]
    text = await (await client.get(f"/replay/rec/{part.playlist}", headers=mine())).text()

    assert manifest.state == "recording"
    assert len(part.segments) == text.count("#EXTINF") == 2
    assert "#EXT-X-ENDLIST" not in text
    assert (await client.get("/replay/rec/t01p001-00003.m4s", headers=mine())).status == 404
    assert (await client.get("/replay/rec/events.json", headers=mine())).status == 200
    await stage.stop()


async def test_who_may_not_watch_gets_nothing(client: Client, tmp_path: Path) -> None:
    await record(tmp_path, end=True)

    for name in (
        "manifest.json",
        "events.json",
        "t01p001.m3u8",
        "t01p001-00001.m4s",
        "t01p001-00001.frames.json",
        "nothing",
    ):
        assert (await client.get(f"/replay/rec/{name}", headers=mine("other"))).status == 403
        assert (await client.get(f"/replay/rec/{name}")).status == 403


@pytest.mark.parametrize(
    "name",
    [
        "journal.jsonl",
        "recorder.json",
        "manifest.json.new",
        "t09p001.m3u8",
        "t01p001-99999.m4s",
        "..%2fother%2fmanifest.json",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "t01p001-init.mp4%00",
    ],
)
async def test_UP_02_only_listed_names_are_served(client: Client, tmp_path: Path, name: str) -> None:
    await record(tmp_path, end=True)
    folders_of(tmp_path).folder("rec").write("journal.jsonl", b"secret")

    assert (await client.get(f"/replay/rec/{name}", headers=mine())).status == 404


@pytest.mark.parametrize("recording", ["..", "%2e%2e", "..%2f..", "other", "rec%2f..%2frec", "a" * 300])
async def test_UP_02_only_made_recordings_are_looked_for(
    client: Client, tmp_path: Path, recording: str
) -> None:
    await record(tmp_path, end=True)
    from_path = recording.replace("%2e", ".").replace("%2f", "/")

    answer = await client.get(f"/replay/{recording}/manifest.json", headers=mine(from_path))

    assert answer.status in {403, 404}
