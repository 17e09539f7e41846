"""Files over HTTP."""

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientPayloadError, FormData
from PIL import Image

from platform_api.db import Transaction
from platform_api.files import store
from platform_api.files.disk import FileDisk
from platform_api.files.errors import StorageFull
from platform_api.files.model import MAX_FILE_BYTES, StoredFile
from platform_api.files.objects import PIECE_BYTES
from platform_api.kernel.ids import FileId, new_id
from tests.support.platform import Person
from tests.support.sessions import Stage, ok, picture, refusal

TRAVERSALS = (
    "../../../evil.png",
    "..\\..\\evil.png",
    "/etc/evil.png",
    "a/../../evil.png",
    "evil\0.png",
    "%2e%2e%2fevil.png",
)


def form(data: bytes, name: str) -> FormData:
    body = FormData(quote_fields=False)
    body.add_field("file", data, filename=name.replace("\0", ""), content_type="image/png")
    return body


async def send(stage: Stage, person: Person, data: Any, path: str = "/files") -> Any:
    return await stage.town.client.post(f"/api/v1{path}", data=data, headers=person.headers)


def stored_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


async def test_a_picture_is_stored_made_anew_and_read_back(stage: Stage, tmp_path: Path) -> None:
    file = await ok(await send(stage, stage.expert, form(picture(40, 30), "胃角.PNG")), 201)

    answer = await stage.colleague.get(f"/files/{file['id']}")

    assert (file["name"], file["content_type"]) == ("胃角.png", "image/png")
    assert (file["width"], file["height"], file["url"]) == (40, 30, f"/api/v1/files/{file['id']}")
    data = await answer.read()
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (40, 30)
    assert len(data) == file["size"]
    assert [path.name for path in stored_files(tmp_path)] == [file["id"]]


async def test_UP_03_no_file_can_act_in_the_browser(stage: Stage) -> None:
    image = await ok(await send(stage, stage.expert, picture(), "/files?name=a.png"), 201)
    paper = await ok(await send(stage, stage.expert, b"%PDF-1.7\n<script>", "/files?name=指南.html"), 201)

    for file, kind in ((image, "inline"), (paper, "attachment")):
        headers = (await stage.expert.get(f"/files/{file['id']}")).headers
        assert headers["Content-Disposition"].startswith(f"{kind}; filename*=UTF-8''")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Content-Type"] == file["content_type"]
    assert paper["name"] == "指南.pdf"


async def test_UP_02_no_path_comes_from_a_clients_name(stage: Stage, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if path.is_file()}

    for name in TRAVERSALS:
        file = await ok(await send(stage, stage.expert, form(picture(), name)), 201)
        assert "/" not in file["name"]
        assert "\\" not in file["name"]
    for name in ("..%2f..%2fetc%2fpasswd", "..", "....//", "%00", new_id().upper()):
        assert (await stage.expert.get(f"/files/{name}")).status in (404, 422)

    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert len(made) == len(TRAVERSALS)
    assert all(path.parent.parent == tmp_path / "files" for path in made)
    assert list(tmp_path.parent.rglob("*evil*.png")) == []


async def test_what_is_no_file_of_ours_is_refused_and_not_kept(stage: Stage, tmp_path: Path) -> None:
    for data, expected in (
        (b"", (422, "file.empty")),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", (415, "file.type_unknown")),
        (b"<html></html>", (415, "file.type_unknown")),
        (picture()[:40], (422, "file.damaged")),
        (b"\xff\xd8\xff\xe0 and nothing more", (422, "file.damaged")),
    ):
        assert await refusal(await send(stage, stage.expert, data)) == expected
    assert stored_files(tmp_path) == []


async def test_a_body_over_the_cap_is_refused(stage: Stage, tmp_path: Path) -> None:
    answer = await send(stage, stage.expert, io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(MAX_FILE_BYTES)))

    assert (await refusal(answer))[0] == 413
    assert stored_files(tmp_path) == []


async def test_AZ_02_a_file_is_read_by_its_organisation_alone(stage: Stage) -> None:
    file = await ok(await send(stage, stage.expert, picture()), 201)
    path = f"/files/{file['id']}"

    assert (await stage.colleague.get(path)).status == 200
    for stranger in (stage.foreigner, stage.foreign_office):
        assert await refusal(await stranger.get(path)) == (404, "not_found")
    assert await refusal(await stage.expert.get(f"/files/{new_id()}")) == (404, "not_found")
    assert (await stage.town.client.get(f"/api/v1{path}")).status == 401
    assert (await stage.town.client.post("/api/v1/files", data=picture())).status == 401


async def test_DL_a_full_disk_is_said_and_no_row_is_left(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(disk: FileDisk, file: FileId, data: bytes) -> None:
        raise StorageFull

    monkeypatch.setattr(FileDisk, "write", full)

    assert await refusal(await send(stage, stage.expert, picture())) == (507, "storage.full")
    async with stage.town.platform.database.transaction() as transaction:
        await transaction.execute(
            "SELECT set_config('scopecast.organisation', $1, true)", stage.expert.user.organisation
        )
        assert await transaction.fetchval("SELECT count(*) FROM files") == 0
    assert stored_files(tmp_path) == []


async def test_DL_a_row_that_is_refused_leaves_no_bytes(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(transaction: Transaction, file: StoredFile) -> None:
        raise ValueError

    monkeypatch.setattr(store, "add", broken)

    assert (await send(stage, stage.expert, picture())).status == 500
    assert stored_files(tmp_path) == []


async def paper(stage: Stage, size: int) -> tuple[str, bytes]:
    """The path of a stored PDF of this size, and its bytes."""
    data = (b"%PDF-1.7\n" + os.urandom(size))[:size]
    return f"/files/{(await ok(await send(stage, stage.expert, data), 201))['id']}", data


async def ask(stage: Stage, path: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await stage.town.client.get(f"/api/v1{path}", headers={**stage.expert.headers, **named})


async def test_CR_nothing_that_was_uploaded_lies_plain_on_disk(stage: Stage, tmp_path: Path) -> None:
    canary = b"CANARY-of-the-patient-named-Wang"
    await ok(await send(stage, stage.expert, b"%PDF-1.7\n" + canary * 9_000), 201)
    await ok(await send(stage, stage.expert, picture()), 201)

    stored = [path.read_bytes() for path in stored_files(tmp_path)]

    assert len(stored) == 2
    assert [data for data in stored if canary in data or b"PDF" in data[:64] or b"PNG" in data[:64]] == []


async def test_a_file_is_read_whole_in_ranges_and_not_again(stage: Stage) -> None:
    path, data = await paper(stage, 2 * PIECE_BYTES + 5)

    whole = await ask(stage, path)
    part = await ask(stage, path, Range=f"bytes={PIECE_BYTES - 3}-{PIECE_BYTES + 2}")
    tail = await ask(stage, path, Range="bytes=-5")
    beyond = await ask(stage, path, Range=f"bytes={len(data)}-")
    again = await ask(stage, path, If_None_Match=whole.headers["ETag"])

    assert (whole.status, await whole.read()) == (200, data)
    assert whole.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    assert (part.status, await part.read()) == (206, data[PIECE_BYTES - 3 : PIECE_BYTES + 3])
    assert part.headers["Content-Range"] == f"bytes {PIECE_BYTES - 3}-{PIECE_BYTES + 2}/{len(data)}"
    assert (tail.status, await tail.read()) == (206, data[-5:])
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert (again.status, await again.read()) == (304, b"")
    for answer in (whole, part, again):
        assert answer.headers["Cache-Control"] == "private, max-age=3600"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_CR_an_altered_file_is_refused_or_broken_off_and_never_given(
    stage: Stage, tmp_path: Path
) -> None:
    path, data = await paper(stage, 3 * PIECE_BYTES)
    (place,) = stored_files(tmp_path)
    sealed = bytearray(place.read_bytes())
    sealed[-1] ^= 1
    place.write_bytes(sealed)

    begun = await ask(stage, path)
    with pytest.raises(ClientPayloadError):
        await begun.read()
    assert await refusal(await ask(stage, path, Range="bytes=-1")) == (500, "file.unreadable")
    assert await (await ask(stage, path, Range="bytes=0-99")).read() == data[:100]
    place.write_bytes(sealed[: len(sealed) // 2])
    assert await refusal(await ask(stage, path, Range="bytes=0-99")) == (500, "file.unreadable")


async def test_a_file_whose_bytes_are_gone_is_not_found(stage: Stage, tmp_path: Path) -> None:
    path, _ = await paper(stage, 100)
    (place,) = stored_files(tmp_path)
    place.unlink()

    assert await refusal(await ask(stage, path)) == (404, "not_found")
