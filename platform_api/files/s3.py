"""The bytes of files in a bucket of an S3 store: sealed here, before they leave, in the same form as on disk.

Uploads under way stay on this machine's disk (`parts.py`); what is whole goes into the bucket. The library is
botocore, whose calls block: they run in threads. The bucket must keep no versions of what was deleted, or a
file's key would outlive it (PR-10).
"""

import asyncio
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from platform_api.files.model import FileSettings
from platform_api.files.objects import SealedBytes
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import SERVER_MADE, FileId
from platform_api.kernel.log import get_logger
from platform_api.kernel.sealed_file import rewrapped_head, seal_file, sealed_under
from platform_api.kernel.sealing import Sealer

PART_BYTES: Final = 32 * 1024 * 1024
"""What one request of a large file carries, and all that is held in memory."""
FIRST_BYTES: Final = 8 * 1024 * 1024
"""What is sent anew of an object whose head is; a part but the last has 5 MB at least."""
COPY_BYTES: Final = 1024 * 1024 * 1024
AHEAD_BYTES: Final = 300 * 1024
"""What one request reads: a piece of an answer with what seals it."""
TIMEOUT_S: Final = 10
GONE: Final = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Objects:
    """A bucket of files by id."""

    def __init__(self, settings: FileSettings, sealer: Sealer) -> None:
        self._bucket = settings.s3_bucket
        self._prefix = settings.s3_prefix
        self._sealer = sealer
        self._client: Any = get_session().create_client(
            "s3",
            endpoint_url=settings.s3_endpoint or None,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key,
            aws_secret_access_key=settings.s3_secret_key,
            config=Config(
                connect_timeout=TIMEOUT_S,
                read_timeout=TIMEOUT_S,
                retries={"max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path"},
            ),
        )

    def key(self, file: FileId) -> str:
        """Under which name a file lies; only ids that the server makes have one (UP-02)."""
        if SERVER_MADE.fullmatch(file) is None:
            raise ValueError("a file id is made by the server")
        return f"{self._prefix}{file[-2:]}/{file}"

    async def write(self, file: FileId, data: bytes) -> None:
        """Returns when the store has the bytes; raises Unavailable."""
        await asyncio.to_thread(self._write, file, data)

    async def take(self, file: FileId, path: Path) -> None:
        """Sends a sealed file of this disk; raises Unavailable."""
        await asyncio.to_thread(self._take, file, path)

    async def open(self, file: FileId, sha256: str) -> SealedBytes:  # noqa: ARG002 - nothing lies plain here
        """The bytes, to be read; raises FileNotFoundError, FileUnreadable, Unavailable."""
        return await asyncio.to_thread(SealedBytes.of, partial(self.stream, file), file, self._sealer)

    async def remove(self, file: FileId) -> None:
        """Removes the bytes, and with them their key, if they are there; raises Unavailable."""
        with _told():
            await asyncio.to_thread(self._client.delete_object, Bucket=self._bucket, Key=self.key(file))

    async def check(self) -> None:
        """Returns if the bucket is there and is ours to use; raises FileNotFoundError, Unavailable."""
        with _told():
            await asyncio.to_thread(self._client.head_bucket, Bucket=self._bucket)

    def sealed_files(self) -> Iterator[str]:
        """The ids of all files in the bucket. Blocks."""
        for place, _ in self.sizes():
            name = place.rpartition("/")[2]
            if SERVER_MADE.fullmatch(name):
                yield name

    def sizes(self) -> Iterator[tuple[str, int]]:
        """All that lies in the bucket, by its place there, and how many bytes it has. Blocks."""
        with _told():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            for page in pages:
                for each in page.get("Contents", ()):
                    yield each["Key"].removeprefix(self._prefix), each["Size"]

    def rewrap(self, name: str) -> bool:
        """Replaces an object by itself under a new head: the store shows the old one or the new one."""
        file = FileId(name)
        with self.stream(file) as stream:
            head = rewrapped_head(stream, name=file, sealer=self._sealer)
            if head is None:
                return False
            stream.seek(head[0])
            first = head[1] + stream.read(FIRST_BYTES)
            at, size = stream.tell(), stream.seek(0, os.SEEK_END)
        self._replace(file, first, at, size)
        return True

    def key_of(self, name: str) -> str:
        """The id of the master key of a head; raises FileNotFoundError, SealBroken, Unavailable."""
        with self.stream(FileId(name)) as stream:
            return sealed_under(stream, name=name, sealer=self._sealer)

    def stream(self, file: FileId) -> BinaryIO:
        """The sealed bytes as they lie in the bucket; raises FileNotFoundError, Unavailable. Blocks."""
        with _told():
            size = self._client.head_object(Bucket=self._bucket, Key=self.key(file))["ContentLength"]
        return io.BufferedReader(_Remote(self._client, self._bucket, self.key(file), size), AHEAD_BYTES)

    def _write(self, file: FileId, data: bytes) -> None:
        sealed = io.BytesIO()
        seal_file(io.BytesIO(data), sealed, name=file, sealer=self._sealer)
        with _told():
            self._client.put_object(Bucket=self._bucket, Key=self.key(file), Body=sealed.getvalue())

    def _take(self, file: FileId, path: Path) -> None:
        with path.open("rb") as stream:
            if path.stat().st_size <= PART_BYTES:
                with _told():
                    self._client.put_object(Bucket=self._bucket, Key=self.key(file), Body=stream.read())
                return
            self._send_in_parts(file, stream)

    def _send_in_parts(self, file: FileId, stream: BinaryIO) -> None:
        with self._in_parts(file) as (upload, parts):
            while data := stream.read(PART_BYTES):
                number = len(parts) + 1
                sent = self._client.upload_part(**upload, PartNumber=number, Body=data)
                parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    def _replace(self, file: FileId, first: bytes, at: int, size: int) -> None:
        """Puts an object together from these first bytes and what it has from a place on."""
        if at == size:
            with _told():
                self._client.put_object(Bucket=self._bucket, Key=self.key(file), Body=first)
            return
        source = {"Bucket": self._bucket, "Key": self.key(file)}
        with self._in_parts(file) as (upload, parts):
            sent = self._client.upload_part(**upload, PartNumber=1, Body=first)
            parts.append({"PartNumber": 1, "ETag": sent["ETag"]})
            for start in range(at, size, COPY_BYTES):
                number = len(parts) + 1
                span = f"bytes={start}-{min(start + COPY_BYTES, size) - 1}"
                copied = self._client.upload_part_copy(
                    **upload, PartNumber=number, CopySource=source, CopySourceRange=span
                )
                parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})

    @contextmanager
    def _in_parts(self, file: FileId) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """An object whose parts the block sends; it is there after the block, or nothing of it is."""
        place = {"Bucket": self._bucket, "Key": self.key(file)}
        with _told():
            upload = {**place, "UploadId": self._client.create_multipart_upload(**place)["UploadId"]}
            parts: list[dict[str, Any]] = []
            try:
                yield upload, parts
                self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
            except BaseException:
                self._client.abort_multipart_upload(**upload)
                raise


class _Remote(io.RawIOBase):
    """An object as a file that can be read from any place, a request a read."""

    def __init__(self, client: Any, bucket: str, key: str, size: int) -> None:  # noqa: ANN401 - made at run time
        self._client = client
        self._place_of = {"Bucket": bucket, "Key": key}
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever the buffered reader has
        stop = min(self._place + len(buffer), self._size)
        if stop <= self._place:
            return 0
        with _told():
            answer = self._client.get_object(**self._place_of, Range=f"bytes={self._place}-{stop - 1}")
            data = answer["Body"].read()
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


@contextmanager
def _told() -> Iterator[None]:
    """A missing object is FileNotFoundError; a store that is away, or refuses us, is Unavailable."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in GONE:
            raise FileNotFoundError from error
        get_logger("files").error("files.store_refused", code=error.response.get("Error", {}).get("Code"))
        raise Unavailable from error
    except BotoCoreError as error:
        get_logger("files").warning("files.store_away", error_type=type(error).__name__)
        raise Unavailable from error
