"""A file sealed in chunks: written in one pass, read from any place, in constant memory. Calls block.

```
 "SCSEAL1\\0" | length of the head (2) | head: key and size, sealed under the master key for this name
 chunk 0: 64 KiB sealed + tag (16) | chunk 1 | … | the last chunk: what is left, perhaps nothing
```

Each file has a random key of its own. A chunk's nonce is its number and whether it is the last; the name goes
into head and chunks alike. So a chunk that was altered, moved, left out or taken from another file does not
open, and a file that was cut or made longer is refused before anything of it is read.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from cryptography.exceptions import InvalidTag

from platform_api.kernel import growing_file
from platform_api.kernel.ciphers import NONCE_BYTES, TAG_BYTES, Aead, cipher_of, new_key
from platform_api.kernel.disk import DRAFT, written_whole
from platform_api.kernel.growing_file import GrowingFile, rewrap_head
from platform_api.kernel.sealing import SealBroken, Sealer, key_id_of

MAGIC: Final = b"SCSEAL1\0"
CHUNK_BYTES: Final = 64 * 1024
LENGTH_BYTES: Final = 2
SIZE_BYTES: Final = 8


class Source(Protocol):
    """What gives bytes until there are no more; fewer than asked for only at its end."""

    def read(self, size: int, /) -> bytes: ...


def is_sealed(stream: BinaryIO) -> bool:
    """Whether the stream begins as a sealed file does; it is at its beginning afterwards."""
    head = stream.read(len(MAGIC))
    stream.seek(0)
    return head in (MAGIC, growing_file.MAGIC)


def open_sealed(stream: BinaryIO, *, name: str, sealer: Sealer) -> "SealedFile | GrowingFile":
    """A whole sealed file, written at once or grown; raises SealBroken for what is not that of this name."""
    magic = stream.read(len(MAGIC))
    stream.seek(0)
    if magic != growing_file.MAGIC:
        return SealedFile.open(stream, name=name, sealer=sealer)
    file = GrowingFile.open(stream, name=name, sealer=sealer)
    if not file.is_whole:
        raise SealBroken
    return file


def seal_file(source: Source, target: BinaryIO, *, name: str, sealer: Sealer) -> int:
    """Seals what the source gives into the empty target; gives the plain size. The head is written last."""
    key = new_key(sealer.algorithm)
    target.write(bytes(len(_head(key, 0, name, sealer))))
    cipher, aad, size = cipher_of(key), _chunk_context(name), 0
    for number, (chunk, is_last) in enumerate(_chunks(source)):
        target.write(cipher.encrypt(_nonce(number, is_last=is_last), chunk, aad))
        size += len(chunk)
    target.seek(0)
    target.write(_head(key, size, name, sealer))
    target.seek(0, os.SEEK_END)
    return size


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A sealed file that was opened: its size is proved, its chunks are when they are read."""

    stream: BinaryIO
    size: int
    _begin: int
    _cipher: Aead
    _aad: bytes

    @classmethod
    def open(cls, stream: BinaryIO, *, name: str, sealer: Sealer) -> "SealedFile":
        """Reads the head; raises SealBroken for what is not the whole sealed file of this name."""
        if stream.read(len(MAGIC)) != MAGIC:
            raise SealBroken
        sealed = stream.read(int.from_bytes(stream.read(LENGTH_BYTES), "big"))
        head = sealer.open(sealed, context=_head_context(name))
        key, size = head[:-SIZE_BYTES], int.from_bytes(head[-SIZE_BYTES:], "big")
        begin = stream.tell()
        if stream.seek(0, os.SEEK_END) != begin + size + _count(size) * TAG_BYTES:
            raise SealBroken
        return cls(stream=stream, size=size, _begin=begin, _cipher=cipher_of(key), _aad=_chunk_context(name))

    def read(self, start: int, stop: int) -> bytes:
        """The plain bytes from `start` to before `stop`; only their chunks are read. Raises SealBroken."""
        if not 0 <= start <= stop <= self.size:
            raise ValueError("a range lies inside its file")
        first, end = start // CHUNK_BYTES, -(-stop // CHUNK_BYTES)
        plain = b"".join(self._chunk(number) for number in range(first, end))
        return plain[start - first * CHUNK_BYTES : stop - first * CHUNK_BYTES]

    def _chunk(self, number: int) -> bytes:
        self.stream.seek(self._begin + number * (CHUNK_BYTES + TAG_BYTES))
        sealed = self.stream.read(CHUNK_BYTES + TAG_BYTES)
        nonce = _nonce(number, is_last=number == _count(self.size) - 1)
        try:
            return self._cipher.decrypt(nonce, sealed, self._aad)
        except InvalidTag as error:
            raise SealBroken from error


def rewrap_file(path: Path, *, name: str, sealer: Sealer) -> bool:
    """Seals the head of a sealed file anew under the current master key; False if it was. Raises SealBroken.

    The chunks stay as they are: the file's own key does not change. Whatever interrupts this, the file opens.
    """
    status = path.stat()
    with path.open("r+b") as stream:
        magic = stream.read(len(MAGIC))
        stream.seek(0)
        if magic == growing_file.MAGIC:
            changed = rewrap_head(stream, name=name, sealer=sealer)
        else:
            changed = _rewrap_by_copy(path, stream, name, sealer)
    if changed:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return changed


def rewrapped_head(stream: BinaryIO, *, name: str, sealer: Sealer) -> tuple[int, bytes] | None:
    """How long the head is and what stands there under the current master key; None if it is under that.

    For a store in which files are replaced whole. Raises SealBroken.
    """
    stream.seek(0)
    magic = stream.read(len(MAGIC))
    if magic == growing_file.MAGIC:
        header = growing_file.rewrapped_header(stream, name=name, sealer=sealer)
        return None if header is None else (len(header), header)
    if magic != MAGIC:
        raise SealBroken
    sealed = stream.read(int.from_bytes(stream.read(LENGTH_BYTES), "big"))
    if sealer.is_current(sealed):
        return None
    anew = sealer.seal(sealer.open(sealed, context=_head_context(name)), context=_head_context(name))
    return stream.tell(), MAGIC + len(anew).to_bytes(LENGTH_BYTES, "big") + anew


def sealed_under(stream: BinaryIO, *, name: str, sealer: Sealer) -> str:
    """The id of the master key under which a file's head was sealed; raises SealBroken."""
    if stream.read(len(MAGIC)) == growing_file.MAGIC:
        return growing_file.head_key_id(stream, name=name, sealer=sealer)
    return key_id_of(stream.read(int.from_bytes(stream.read(LENGTH_BYTES), "big")))


def _rewrap_by_copy(path: Path, stream: BinaryIO, name: str, sealer: Sealer) -> bool:
    head = rewrapped_head(stream, name=name, sealer=sealer)
    if head is None:
        return False
    draft = path.with_name(f"{path.name}.{os.urandom(4).hex()}{DRAFT}")
    with written_whole(path, draft=draft) as target:
        target.write(head[1])
        stream.seek(head[0])
        shutil.copyfileobj(stream, target, CHUNK_BYTES)
        if not path.exists():
            raise FileNotFoundError(path)
    return True


def _chunks(source: Source) -> Iterator[tuple[bytes, bool]]:
    """The chunks and whether each is the last; there is always one."""
    chunk = source.read(CHUNK_BYTES)
    while following := source.read(CHUNK_BYTES):
        yield chunk, False
        chunk = following
    yield chunk, True


def _count(size: int) -> int:
    return max(1, -(-size // CHUNK_BYTES))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([is_last])


def _head(key: bytes, size: int, name: str, sealer: Sealer) -> bytes:
    sealed = sealer.seal(key + size.to_bytes(SIZE_BYTES, "big"), context=_head_context(name))
    return MAGIC + len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed


def _head_context(name: str) -> str:
    return f"file:{name}"


def _chunk_context(name: str) -> bytes:
    return f"chunk:{name}".encode()
