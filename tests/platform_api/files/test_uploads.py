"""Uploads that are interrupted and go on (tus 1.0.0)."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from platform_api.files.uploads import Uploads
from platform_api.kernel.growing_file import CHUNK_BYTES
from platform_api.kernel.ids import new_id
from tests.support.platform import BuildTown
from tests.support.sessions import Stage, make_stage, ok, picture, refusal
from tests.support.uploading import TUS, Sending, ask_to_begin, begin

MEGABYTE = 1024 * 1024
CANARY = b"CANARY-of-the-patient-named-Wang"


def paper(size: int) -> bytes:
    return (b"%PDF-1.7\n" + os.urandom(size))[:size]


def on_disk(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


async def send_in(sending: Sending, data: bytes, step: int) -> None:
    for start in range(0, len(data), step):
        answer = await sending.add(data[start : start + step], start)
        assert answer.status == 204, await answer.text()
        assert int(answer.headers["Upload-Offset"]) == min(start + step, len(data))


@pytest.mark.parametrize(
    ("size", "step"),
    [
        (1, 1),
        (40, 7),
        (CHUNK_BYTES, CHUNK_BYTES),
        (3 * CHUNK_BYTES + 5, 50_000),
        (3 * MEGABYTE, 3 * MEGABYTE),
    ],
)
async def test_a_file_arrives_in_pieces_of_any_size(
    stage: Stage, tmp_path: Path, size: int, step: int
) -> None:
    data = paper(max(size, 16))
    sending = await begin(stage.expert, len(data), "胃癌 指南.PDF")

    await send_in(sending, data, step)
    file = await ok(await sending.finish())
    again = await ok(await sending.finish())

    assert (file["id"], file["name"], file["size"]) == (sending.id, "胃癌 指南.pdf", len(data))
    assert again == file
    assert await (await stage.expert.get(f"/files/{file['id']}")).read() == data
    assert [path.name for path in on_disk(tmp_path)] == [file["id"]]
    assert (await ok(await stage.expert.get("/uploads")))["items"] == []


async def test_a_picture_is_made_anew(stage: Stage, tmp_path: Path) -> None:
    data = picture(40, 30)
    sending = await begin(stage.expert, len(data), "胃角.png")

    await send_in(sending, data, 1_000)
    file = await ok(await sending.finish())

    assert (file["width"], file["height"], file["content_type"]) == (40, 30, "image/png")
    assert [path.name for path in on_disk(tmp_path)] == [file["id"]]


async def cut_after(data: bytes, sent: asyncio.Event) -> AsyncIterator[bytes]:
    """A body whose sender falls silent after these bytes."""
    yield data
    sent.set()
    await asyncio.Event().wait()


async def test_an_upload_goes_on_where_its_sender_was_cut_off(stage: Stage) -> None:
    data = paper(900_077)
    sending, sent = await begin(stage.expert, len(data)), asyncio.Event()
    first = asyncio.ensure_future(sending.add(cut_after(data[:700_000], sent), 0))
    await sent.wait()

    offset = 0
    while offset < 700_000:  # what the kernel still holds of the first comes in by and by
        offset = await sending.offset()
        if offset < 700_000:
            await sending.add(data[offset:700_000], offset)
    await asyncio.wait((first,))
    # Cut off, which its end of the line may see before the answer; or who went on had its turn first.
    assert first.exception() is not None or first.result().status in {408, 409}, "the silent sender was told"

    answer = await sending.add(data[offset:], offset)
    assert int(answer.headers["Upload-Offset"]) == len(data)
    file = await ok(await sending.finish())
    assert await (await stage.expert.get(f"/files/{file['id']}")).read() == data


async def test_CR_nothing_of_an_upload_lies_plain_on_disk_at_any_time(stage: Stage, tmp_path: Path) -> None:
    data = (b"%PDF-1.7\n" + CANARY * 9_000)[:-5]
    sending = await begin(stage.expert, len(data))

    for start in range(0, len(data), 100_003):
        await ok(await sending.add(data[start : start + 100_003], start), 204)
        lying = [path.read_bytes() for path in on_disk(tmp_path)]
        assert lying
        assert [each for each in lying if CANARY in each or b"%PDF" in each] == []
    await ok(await sending.finish())
    assert [path for path in on_disk(tmp_path) if CANARY in path.read_bytes()] == []


async def test_UP_01_an_upload_is_refused_by_its_size_before_a_byte_of_it_is_sent(
    build_town: BuildTown, tmp_path: Path
) -> None:
    limits = {"files": {"max_upload_mb": 30, "uploads_at_once": 3}}
    stage = await make_stage(await build_town(limits))

    assert await refusal(await ask_to_begin(stage.expert, 31 * MEGABYTE)) == (413, "file.too_large")
    for size in ("", "0", "-1", "1e9", "9" * 30, "١"):
        assert (await refusal(await ask_to_begin(stage.expert, size)))[0] == 400
    for _ in range(3):
        await begin(stage.expert, 1_000)
    assert await refusal(await ask_to_begin(stage.expert, 1_000)) == (429, "upload.too_many")
    assert len(on_disk(tmp_path)) == 3


async def test_UP_01_what_no_file_may_be_is_refused_at_its_first_bytes(stage: Stage, tmp_path: Path) -> None:
    for data, size, expected in (
        (b"<html><script>alert(1)</script>" + bytes(100_000), 100_031, (415, "file.type_unknown")),
        (picture()[:40] + bytes(70_000), 25 * MEGABYTE, (413, "file.too_large_for_type")),
    ):
        sending = await begin(stage.expert, size)
        assert await refusal(await sending.add(data, 0)) == expected
        assert (await sending.look()).status == 404
    damaged = await begin(stage.expert, 40)
    await ok(await damaged.add(picture()[:40], 0), 204)
    assert await refusal(await damaged.finish()) == (422, "file.damaged")
    assert on_disk(tmp_path) == []


async def test_the_protocol_is_held_to(stage: Stage) -> None:
    data = paper(1_000)
    sending = await begin(stage.expert, len(data))
    bare = stage.expert.headers

    assert await refusal(await sending.add(data, 1)) == (409, "upload.offset")
    assert await refusal(await sending.finish()) == (409, "upload.unfinished")
    assert await refusal(await sending.add(data + b"more", 0)) == (400, "upload.invalid")
    client = stage.town.client
    no_version = await client.patch(sending.path, data=data, headers=bare)
    assert await refusal(no_version) == (412, "upload.version")
    no_type = await client.patch(sending.path, data=data, headers={**bare, **TUS, "Upload-Offset": "0"})
    assert (await refusal(no_type))[0] == 415
    look = await sending.look()
    assert (look.headers["Upload-Offset"], look.headers["Upload-Length"]) == ("0", "1000")
    assert (look.headers["Cache-Control"], look.headers["Tus-Resumable"]) == ("no-store", "1.0.0")
    listed = (await ok(await stage.expert.get("/uploads")))["items"]
    assert [(item["id"], item["size"], item["offset"]) for item in listed] == [(sending.id, 1_000, 0)]


async def test_an_upload_is_given_up(stage: Stage, tmp_path: Path) -> None:
    sending = await begin(stage.expert, 100_000)
    await ok(await sending.add(paper(100), 0), 204)

    assert (await sending.give_up()).status == 204
    assert (await sending.look()).status == 404
    assert on_disk(tmp_path) == []


async def test_AZ_02_an_upload_is_its_senders_alone(stage: Stage) -> None:
    sending = await begin(stage.expert, 1_000)

    for person in (stage.colleague, stage.foreigner, stage.foreign_office):
        other = Sending(person=person, path=sending.path)
        missing = Sending(person=person, path=f"/api/v1/uploads/{new_id()}")
        for each in (other, missing):
            answers = (await each.look(), await each.add(b"x", 0), await each.finish(), await each.give_up())
            assert [answer.status for answer in answers] == [404] * 4
        assert (await ok(await person.get("/uploads")))["items"] == []
    assert await sending.offset() == 0


async def test_what_has_expired_is_gone(stage: Stage, tmp_path: Path) -> None:
    sending = await begin(stage.expert, 1_000)
    await ok(await sending.add(paper(100), 0), 204)

    stage.town.clock.advance(timedelta(hours=73).total_seconds())
    await stage.expert.sign_in()
    assert (await sending.look()).status == 404
    assert await stage.town.platform.services.get(Uploads).sweep() == 1
    assert on_disk(tmp_path) == []


async def test_bytes_without_a_row_are_swept_once_they_are_old(stage: Stage, tmp_path: Path) -> None:
    kept = await begin(stage.expert, 1_000)
    lost = tmp_path / "files" / "parts" / new_id()
    shutil.copy(tmp_path / "files" / "parts" / kept.id, lost)
    for path in on_disk(tmp_path):
        os.utime(path, (0, 0))

    assert await stage.town.platform.services.get(Uploads).sweep() == 1
    assert [path.name for path in on_disk(tmp_path)] == [kept.id]


async def test_an_organisation_has_no_more_than_its_share(build_town: BuildTown) -> None:
    stage = await make_stage(await build_town({"files": {"quota_gb": 1}}))
    first = await begin(stage.expert, 600 * MEGABYTE)

    assert await refusal(await ask_to_begin(stage.colleague, 600 * MEGABYTE)) == (413, "upload.quota")
    both = await asyncio.gather(*(ask_to_begin(stage.colleague, 300 * MEGABYTE) for _ in range(2)))
    assert sorted(answer.status for answer in both) == [201, 413]
    await begin(stage.foreigner, 600 * MEGABYTE)
    await first.give_up()
    await begin(stage.expert, 600 * MEGABYTE)


async def test_DL_04_no_upload_begins_that_would_fill_the_disk(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_full(_: Any) -> Any:
        return shutil._ntuple_diskusage(total=1_000 * MEGABYTE, used=940 * MEGABYTE, free=60 * MEGABYTE)

    monkeypatch.setattr(shutil, "disk_usage", nearly_full)

    assert await refusal(await ask_to_begin(stage.expert, 20 * MEGABYTE)) == (507, "storage.full")
    assert (await ask_to_begin(stage.expert, 5 * MEGABYTE)).status == 201
