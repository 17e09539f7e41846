"""Sounds, videos and office documents: known by what is in them, shown before they are opened."""

import asyncio
import io
import json
import os
import struct
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from platform_api.files.errors import FileRefused
from platform_api.files.looking import Look, Looking
from platform_api.files.model import FileType
from platform_api.files.sweep import Sweep
from tests.support import media_files
from tests.support.meanwhile import Watch
from tests.support.previews import previewed, sent, working
from tests.support.sessions import Stage, ok, refusal

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEALTH_WITHIN_S = 1
GROWS_AT_MOST = 300 * 1024 * 1024
SOUNDS = (
    ("webm", "libopus", "audio/webm"),
    ("ogg", "libopus", "audio/ogg"),
    ("mp4", "aac", "audio/mp4"),
    ("mp3", "libmp3lame", "audio/mpeg"),
    ("wav", "pcm_s16le", "audio/wav"),
)
VIDEOS = (
    ("mp4", "libx264", "video/mp4"),
    ("webm", "libvpx", "video/webm"),
    ("mov", "libx264", "video/quicktime"),
)


def noise(width: int, height: int) -> bytes:
    """A picture of many bytes."""
    made = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(3 * width * height)).save(
        made, "PNG", compress_level=1
    )
    return made.getvalue()


async def test_each_kind_is_known_by_what_is_in_it(stage: Stage) -> None:
    for container, codec, kind in SOUNDS:
        file = await ok(await sent(stage, media_files.sound(container, codec), "录音.bin"))
        assert (file["content_type"], file["width"], file["preview"]) == (kind, 0, "waiting")
        assert 1_900 <= file["duration_ms"] <= 2_100
    covered = media_files.with_cover(media_files.sound("mp3", "libmp3lame"))
    assert (await ok(await sent(stage, covered, "讲课")))["content_type"] == "audio/mpeg"
    for container, codec, kind in VIDEOS:
        file = await ok(await sent(stage, media_files.video(container, codec), "手术"))
        assert (file["content_type"], file["width"], file["height"]) == (kind, 320, 240)
        assert 1_900 <= file["duration_ms"] <= 2_100
    for part, kind in (
        ("word/document.xml", DOCX),
        ("ppt/presentation.xml", DOCX.replace("wordprocessingml.document", "presentationml.presentation")),
    ):
        file = await ok(await sent(stage, media_files.office(part), "方案.exe"))
        assert (file["content_type"], file["preview"]) == (kind, "none")


async def test_previews_are_made_by_a_job_and_read_by_who_reads_the_file(
    stage: Stage, cluster: Any, database_name: str, tmp_path: Path
) -> None:
    made = {
        "sound": media_files.sound(),
        "video": media_files.video(size=(1_280, 720)),
        "paper": media_files.paper(),
        "picture": noise(1_400, 900),
        "broken": b"%PDF-1.7\nnothing of a PDF",
    }
    files = {name: await ok(await sent(stage, data, name)) for name, data in made.items()}

    async with working(stage, cluster.dsn(role="scopecast_app", database=database_name), tmp_path):
        answers = {
            name: await previewed(stage, file["id"], "failed" if name == "broken" else "ready")
            for name, file in files.items()
        }
    levels = json.loads(await answers["sound"].read())
    sizes = {}
    for name in ("video", "paper", "picture"):
        assert answers[name].headers["Content-Type"] == "image/jpeg"
        with Image.open(io.BytesIO(await answers[name].read())) as image:
            sizes[name] = image.size

    assert levels["peaks"][0] < 20 < 200 < max(levels["peaks"][-20:])
    assert 90 <= len(levels["peaks"]) <= 800
    assert sizes["video"] == (640, 360)
    assert max(sizes["paper"]) == max(sizes["picture"]) == 640
    assert await refusal(answers["broken"]) == (404, "file.no_preview")
    assert (await stage.foreigner.get(f"/files/{files['video']['id']}/preview")).status == 404
    lying = [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert [data for data in lying if b"\xff\xd8\xff\xe0\x00\x10JFIF" in data or b"duration_ms" in data] == []
    for path in (tmp_path / "files").rglob("*"):
        os.utime(path, (0, 0))
    assert (await stage.town.platform.services.get(Sweep).run()).orphans == ()


def bomb(members: int) -> bytes:
    return media_files.office(
        more={f"m{number}": b"" for number in range(members)}, compression=zipfile.ZIP_STORED
    )


def lying_lengths() -> bytes:
    """The directory says that a member has 4 GB."""
    data = bytearray(media_files.office())
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(data)


HOSTILE: dict[str, tuple[bytes, int]] = {
    "60 000 members": (bomb(60_000), 415),
    "a bomb": (media_files.office(more={"x": bytes(300_000_000)}), 415),
    "lying lengths": (lying_lengths(), 415),
    "a macro": (media_files.office(more={"word/vbaProject.bin": b"x"}), 415),
    "a member above": (media_files.office(more={"../../etc/passwd": b"x"}), 415),
    "an archive": (media_files.office(part="a.txt"), 415),
    "half an archive": (media_files.office()[:-30], 422),
    "no video": (b"\0\0\0\x18ftypisom" + os.urandom(9_000), 422),
    "no sound": (b"OggS" + os.urandom(9_000), 422),
    "half a video": (media_files.video()[:1_500], 422),
    "a matroska": (media_files.video("matroska", "libvpx"), 415),
    "a script in a page": (b"<html><script>alert(1)</script></html>", 415),
    "a picture too large": (media_files.video(size=(8_192, 4_096), frames=1), 422),
}


async def test_UP_01_hostile_files_are_refused_in_the_child_and_nothing_of_them_stays(
    stage: Stage, tmp_path: Path
) -> None:
    watch = Watch(stage.town.client)

    for name, (data, status) in HOSTILE.items():
        answer = await watch.during(sent(stage, data, name))
        assert answer.status == status, (name, await answer.text())
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    assert watch.slowest_s < HEALTH_WITHIN_S
    assert watch.asked > len(HOSTILE)
    assert watch.grown_bytes < GROWS_AT_MOST


@pytest.mark.parametrize("asked", ["R 0 1000000000", "R 50 60", "R -5 10", "R 0 x", "W 0 1", "A 999999999"])
async def test_UP_01_a_child_gets_no_more_than_the_file(asked: str, tmp_path: Path) -> None:
    """A child that was taken over and asks for what is not its own is ended; the file is damaged."""
    child = tmp_path / "child.py"
    child.write_text(f"print('{asked}', flush=True); input()", encoding="utf-8")

    with pytest.raises(FileRefused):
        await Looking(child=child).look(
            Look.PROBE, FileType.MP4, 100, lambda start, stop: bytes(stop - start)
        )


async def test_UP_03_a_player_gets_ranges_by_an_address_that_ends(stage: Stage) -> None:
    data = media_files.video()
    file = await ok(await sent(stage, data, "手术"))
    link = await ok(await stage.expert.post(f"/files/{file['id']}/link"))
    client = stage.town.client

    part = await client.get(link["url"], headers={"Range": "bytes=10-19"})
    taken = await client.get(f"{link['url']}?download=true")
    assert (part.status, await part.read()) == (206, data[10:20])
    assert part.headers["Content-Disposition"].startswith("inline")
    assert part.headers["Content-Type"] == "video/mp4"
    assert taken.headers["Content-Disposition"].startswith("attachment")
    for answer in (part, taken):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (await stage.foreigner.post(f"/files/{file['id']}/link")).status == 404
    assert (await client.get(f"{link['url'][:-4]}AAAA")).status == 401
    stage.town.clock.advance(timedelta(minutes=11).total_seconds())
    assert await refusal(await client.get(link["url"])) == (401, "token.expired")


async def test_looking_leaves_no_child_behind(stage: Stage) -> None:
    looking, data = Looking(), media_files.sound()

    await asyncio.gather(
        *(looking.look(Look.WAVE, FileType.WEBM_AUDIO, len(data), lambda a, b: data[a:b]) for _ in range(3))
    )
    with pytest.raises(FileRefused):
        await looking.look(Look.STILL, FileType.MP4, len(data), lambda a, b: data[a:b])

    assert [
        child for child in psutil.Process().children() if "media_child" in " ".join(child.cmdline())
    ] == []
