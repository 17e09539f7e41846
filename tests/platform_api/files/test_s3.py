"""Files in a bucket, over real HTTP: moto's server speaks S3 on loopback. No other S3 server was at hand."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.session import get_session

from platform_api.files.errors import FileUnreadable
from platform_api.files.model import FileSettings, Store, UploadId
from platform_api.files.parts import Parts
from platform_api.files.rewrap import Rewrapped, Rewrapper
from platform_api.files.s3 import PART_BYTES, S3Objects
from platform_api.kernel.config import Secret
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import FileId, new_id
from platform_api.kernel.sealing import Sealer
from tests.support.platform import BuildTown

CANARY = b"CANARY-of-the-patient-named-Wang"
OLD, NEW = Sealer.generate_text("old"), Sealer.generate_text("new")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An S3 server with an empty bucket: a process, which the kernel ends whatever its threads wait for."""
    program = [sys.executable, "-m", "tests.support.s3_child"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().decode().strip()
            assert address, "the S3 server did not start"
            client_at(address).create_bucket(Bucket="scopecast")
            yield address
        finally:
            server.kill()


def client_at(address: str):  # type: ignore[no-untyped-def] # noqa: ANN201 - made by the library at run time
    return get_session().create_client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="access",
        aws_secret_access_key="secret",
    )


def bucket(endpoint: str, sealer: Sealer, prefix: str = "files/") -> S3Objects:
    settings = FileSettings(
        store=Store.S3,
        s3_endpoint=endpoint,
        s3_prefix=prefix,
        s3_access_key=Secret("access"),
        s3_secret_key=Secret("secret"),
    )
    return S3Objects(settings, sealer)


async def read(store: S3Objects, file: FileId, start: int = 0, stop: int | None = None) -> bytes:
    opened = await store.open(file, "")
    return b"".join([piece async for piece in opened.pieces(start, opened.size if stop is None else stop)])


def grown(folder: Path, sealer: Sealer, data: bytes) -> tuple[FileId, Path]:
    """An upload that is whole."""
    parts, upload = Parts(folder, sealer), UploadId(new_id())
    parts.begin(upload, len(data))
    part = parts.open(upload)
    part.write(data)
    part.close()
    return FileId(upload), parts.path(upload)


async def test_what_was_stored_is_read_in_any_range_and_lies_sealed(endpoint: str) -> None:
    store, file = bucket(endpoint, Sealer.from_text(OLD)), FileId(new_id())
    data = CANARY * 30_000

    await store.write(file, data)

    assert await read(store, file) == data
    assert await read(store, file, 300_001, 300_050) == data[300_001:300_050]
    raw = client_at(endpoint).get_object(Bucket="scopecast", Key=store.key(file))["Body"].read()
    assert CANARY not in raw
    await store.remove(file)
    await store.remove(file)
    with pytest.raises(FileNotFoundError):
        await store.open(file, "")


async def test_CR_05_objects_come_under_a_new_key_whole_or_not_at_all(endpoint: str, tmp_path: Path) -> None:
    old, both = Sealer.from_text(OLD), Sealer.from_text(f"{OLD}\n{NEW}")
    writer = bucket(endpoint, old, "rewrap/")
    small, files = FileId(new_id()), {}
    files[small] = os.urandom(70_000)
    await writer.write(small, files[small])
    for size in (10, 9_000_000, PART_BYTES + 2_000_000):
        data = os.urandom(size)
        file, path = grown(tmp_path, old, data)
        await writer.take(file, path)
        files[file] = data
    store = bucket(endpoint, both, "rewrap/")
    rewrapper, done = Rewrapper(store), Rewrapped()

    assert rewrapper.by_key() == {"old": 4}
    rewrapper.run(rewrapper.names(), done)
    rewrapper.run(rewrapper.names(), done)

    assert (done.seen, done.changed, done.broken) == (8, 4, 0)
    assert rewrapper.by_key() == {"new": 4}
    reader = bucket(endpoint, Sealer.from_text(NEW), "rewrap/")
    for file, data in files.items():
        assert await read(reader, file) == data


async def test_CR_an_altered_object_is_not_answered(endpoint: str) -> None:
    store, file = bucket(endpoint, Sealer.from_text(OLD)), FileId(new_id())
    await store.write(file, b"bytes")
    client_at(endpoint).put_object(Bucket="scopecast", Key=store.key(file), Body=b"other bytes")

    with pytest.raises(FileUnreadable):
        await store.open(file, "")


async def test_a_store_that_is_away_is_told_as_that(unused_tcp_port: int) -> None:
    store = bucket(f"http://127.0.0.1:{unused_tcp_port}", Sealer.from_text(OLD))

    with pytest.raises(Unavailable):
        await store.write(FileId(new_id()), b"bytes")


@pytest.mark.parametrize("file", ["../evil", "01A2278F-8BC8-7EEB-9DD1-AB6D2B3A5BA4", ""])
def test_UP_02_only_ids_of_the_server_have_a_name_in_the_bucket(endpoint: str, file: str) -> None:
    with pytest.raises(ValueError):
        bucket(endpoint, Sealer.from_text(OLD)).key(FileId(file))


async def test_a_store_that_is_away_is_named_by_readyz(
    endpoint: str, build_town: BuildTown, tmp_path: Path
) -> None:
    client_at(endpoint).create_bucket(Bucket="scopecast-ready")
    keys = {"s3_bucket": "scopecast-ready"}
    for name in ("s3_access_key", "s3_secret_key"):
        path = tmp_path / name
        path.write_text("of-the-test-alone-0123456789", encoding="ascii")
        path.chmod(0o600)
        keys[f"{name}_file"] = str(path)
    town = await build_town({"files": {"store": "s3", "s3_endpoint": endpoint, "soffice": "", **keys}})

    async def parts() -> dict[str, str]:
        return dict((await (await town.client.get("/readyz")).json())["parts"])

    assert (await parts())["objects"] == "ok"
    client_at(endpoint).delete_bucket(Bucket="scopecast-ready")
    assert (await parts())["objects"] == "away"
