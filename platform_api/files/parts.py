"""The bytes of uploads under way: sealed as they arrive, synced before they are answered for. Calls block.

How far an upload has come is what its file says, so a killed server knows no less than before. What is less
than a chunk waits sealed beside it, for it must not be lost when a sender sends small pieces.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from platform_api.files.disk import PARTS, full_told
from platform_api.files.model import UploadId
from platform_api.files.objects import told_unreadable
from platform_api.kernel.disk import make_directory, sync_directory, write_whole
from platform_api.kernel.growing_file import GrowingFile
from platform_api.kernel.ids import SERVER_MADE
from platform_api.kernel.sealing import SealBroken, Sealer, key_id_of

REST: Final = ".rest"
SYNC_BYTES: Final = 64 * 1024 * 1024
"""No more than this waits to be synced, however much one request sends."""


class Parts:
    """A folder of uploads by id, below that of the files."""

    def __init__(self, root: Path, sealer: Sealer) -> None:
        self._root = root / PARTS
        self._sealer = sealer

    def path(self, upload: UploadId) -> Path:
        """Where an upload lies; only ids that the server makes have a place (UP-02)."""
        if SERVER_MADE.fullmatch(upload) is None:
            raise ValueError("an upload's id is made by the server")
        return self._root / upload

    def begin(self, upload: UploadId, size: int) -> None:
        """Makes the empty part; raises StorageFull."""
        make_directory(self._root)
        with full_told(), self.path(upload).open("xb") as stream:
            GrowingFile.begin(stream, name=upload, size=size, sealer=self._sealer)
            stream.flush()
            os.fsync(stream.fileno())
        sync_directory(self._root)

    @contextlib.contextmanager
    def opened(self, upload: UploadId) -> Iterator["Part"]:
        """The part, to look at; raises FileNotFoundError, FileUnreadable."""
        part = self.open(upload)
        try:
            yield part
        finally:
            part.stream.close()

    def open(self, upload: UploadId) -> "Part":
        """The part, to be written to and closed; raises FileNotFoundError, FileUnreadable."""
        stream = self.path(upload).open("r+b")
        fcntl.flock(stream, fcntl.LOCK_SH)  # held until it is closed: no rest is sealed anew beneath a writer
        try:
            file = GrowingFile.open(stream, name=upload, sealer=self._sealer)
        except SealBroken as error:
            stream.close()
            raise told_unreadable(upload) from error
        return Part(stream, file, upload, self._rest_path(upload), self._sealer)

    def remove(self, upload: UploadId) -> None:
        """Removes what is there of an upload."""
        for path in (self._rest_path(upload), self.path(upload)):
            path.unlink(missing_ok=True)

    def begun_before(self, moment: datetime) -> list[UploadId]:
        """Uploads to which nothing was written since."""
        return [
            UploadId(path.name)
            for path in self._root.glob("*")
            if SERVER_MADE.fullmatch(path.name) and path.stat().st_mtime < moment.timestamp()
        ]

    def sealed_files(self) -> Iterator[str]:
        """The rests that wait beside uploads; their heads are files of the disk."""
        for path in sorted(self._root.glob(f"*{REST}")):
            if SERVER_MADE.fullmatch(path.name.removesuffix(REST)):
                yield path.name

    def rewrap(self, name: str) -> bool:
        """Seals a rest anew; raises FileNotFoundError, SealBroken.

        One whose upload is open is left: it is sealed under the key in use when that is closed.
        """
        upload = UploadId(name.removesuffix(REST))
        with self.path(upload).open("rb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            path = self._rest_path(upload)
            sealed = path.read_bytes()
            if self._sealer.is_current(sealed):
                return False
            plain = self._sealer.open(sealed, context=_rest_context(upload))
            write_whole(path, self._sealer.seal(plain, context=_rest_context(upload)))
        return True

    def key_of(self, name: str) -> str:
        """Under which master key a rest lies; raises FileNotFoundError, SealBroken."""
        return key_id_of(self._rest_path(UploadId(name.removesuffix(REST))).read_bytes())

    def _rest_path(self, upload: UploadId) -> Path:
        path = self.path(upload)
        return path.with_name(f"{path.name}{REST}")


class Part:
    """An upload's bytes, open; its calls may come from several threads, and end with `close`."""

    def __init__(
        self, stream: BinaryIO, file: GrowingFile, upload: UploadId, rest_path: Path, sealer: Sealer
    ) -> None:
        self.stream = stream
        self.file = file
        self._context = _rest_context(upload)
        self._rest_path = rest_path
        self._sealer = sealer
        self._turn = threading.Lock()
        self._unsynced = 0
        self._rest = bytearray(self._kept_rest())

    @property
    def size(self) -> int:
        return self.file.size

    @property
    def offset(self) -> int:
        """How many bytes are there, those included that make no chunk yet."""
        return self.file.offset + len(self._rest)

    def write(self, data: bytes) -> None:
        """Adds bytes; raises StorageFull, and ValueError for more than the upload has."""
        with self._turn, full_told():
            if len(data) > self.size - self.offset:
                raise ValueError("more bytes than the upload has")
            self._rest += data
            taken = self.file.append(bytes(self._rest))
            del self._rest[:taken]
            self._unsynced += taken
            if self._unsynced >= SYNC_BYTES:
                self._sync()

    def close(self) -> None:
        """Returns when everything that was taken is on disk; may be called twice."""
        with self._turn, full_told():
            if self.stream.closed:
                return
            try:
                self.file.cut()
                self._sync()
                self._keep_rest()
            finally:
                self.stream.close()

    def _sync(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self._unsynced = 0

    def _keep_rest(self) -> None:
        if self._rest:
            place = self.file.offset.to_bytes(8, "big")
            write_whole(self._rest_path, self._sealer.seal(place + self._rest, context=self._context))
        else:
            self._rest_path.unlink(missing_ok=True)

    def _kept_rest(self) -> bytes:
        """What waited beside the whole chunks; nothing if chunks came after it."""
        try:
            kept = self._sealer.open(self._rest_path.read_bytes(), context=self._context)
        except (FileNotFoundError, SealBroken):
            return b""
        return kept[8:] if int.from_bytes(kept[:8], "big") == self.file.offset else b""


def _rest_context(upload: UploadId) -> str:
    return f"rest:{upload}"
