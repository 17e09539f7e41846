"""A sealed file that grows: its size is known from the beginning, its chunks arrive over days. Calls block.

```
 "SCSEAL2\0" | two slots for the head (508 each) | chunk 0: nonce (12), 64 KiB sealed, tag (16) | chunk 1 | …
 slot: length (2) | size and key, sealed under a master key for this name | zeros
```

As in `sealed_file.py` each file has a key of its own, and a chunk opens in its place and in its file alone.
Here every chunk has a random nonce: one that was torn by a fault is written again, and perhaps with other
bytes, so its number may not be its nonce. What is on disk is what the chunks there say: nothing else keeps
count. There are two slots so that the head can be sealed anew under another master key while at any moment
one of them opens.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag

from platform_api.kernel.ciphers import NONCE_BYTES, TAG_BYTES, Aead, cipher_of, new_key
from platform_api.kernel.sealing import SealBroken, Sealer, key_id_of

MAGIC: Final = b"SCSEAL2\0"
SLOTS: Final = 2
SLOT_BYTES: Final = 508
LENGTH_BYTES: Final = 2
HEADER_BYTES: Final = len(MAGIC) + SLOTS * SLOT_BYTES
CHUNK_BYTES: Final = 64 * 1024
STRIDE: Final = NONCE_BYTES + CHUNK_BYTES + TAG_BYTES
SIZE_BYTES: Final = 8


@dataclass(slots=True, kw_only=True)
class GrowingFile:
    """An opened file: `size` is what it will have, `offset` what is there; both are proved."""

    stream: BinaryIO
    size: int
    _name: str
    _cipher: Aead
    _there: int = 0
    """How many chunks are there, whole."""

    @classmethod
    def begin(cls, stream: BinaryIO, *, name: str, size: int, sealer: Sealer) -> "GrowingFile":
        """Writes the head into the empty stream."""
        key = new_key(sealer.algorithm)
        sealed = sealer.seal(size.to_bytes(SIZE_BYTES, "big") + key, context=_head_context(name))
        stream.write(MAGIC + _slot(sealed) + bytes(SLOT_BYTES))
        return cls(stream=stream, size=size, _name=name, _cipher=cipher_of(key))

    @classmethod
    def open(cls, stream: BinaryIO, *, name: str, sealer: Sealer) -> "GrowingFile":
        """Reads the head and looks how far the file has come; raises SealBroken."""
        _, head = read_head(stream, name=name, sealer=sealer)
        size, key = int.from_bytes(head[:SIZE_BYTES], "big"), head[SIZE_BYTES:]
        file = cls(stream=stream, size=size, _name=name, _cipher=cipher_of(key))
        file._there = file._whole_chunks()
        return file

    @property
    def offset(self) -> int:
        """How many plain bytes are there."""
        return min(self._there * CHUNK_BYTES, self.size)

    @property
    def is_whole(self) -> bool:
        return self._there == self._count

    def append(self, data: bytes) -> int:
        """Adds the whole chunks of this, and the last one if it reaches the size; gives what was taken."""
        if len(data) > self.size - self.offset:
            raise ValueError("more bytes than the file has")
        ends = len(data) == self.size - self.offset
        taken = len(data) if ends else len(data) - len(data) % CHUNK_BYTES
        self.stream.seek(self._place(self._there))
        for start in range(0, taken, CHUNK_BYTES):
            self.stream.write(self._sealed(self._there, data[start : start + CHUNK_BYTES]))
            self._there += 1
        return taken

    def cut(self) -> None:
        """Removes what lies behind the last whole chunk: the rest of one that was torn."""
        self.stream.truncate(self._place(self._there))

    def read(self, start: int, stop: int) -> bytes:
        """The plain bytes from `start` to before `stop`; only their chunks are read. Raises SealBroken."""
        if not 0 <= start <= stop <= self.offset:
            raise ValueError("a range lies inside its file")
        first, end = start // CHUNK_BYTES, -(-stop // CHUNK_BYTES)
        plain = b"".join(self._chunk(number) for number in range(first, end))
        return plain[start - first * CHUNK_BYTES : stop - first * CHUNK_BYTES]

    @property
    def _count(self) -> int:
        return -(-self.size // CHUNK_BYTES)

    def _place(self, number: int) -> int:
        """Where a chunk begins; that of the one behind the last is the end of the file."""
        end = HEADER_BYTES + self.size + self._count * (NONCE_BYTES + TAG_BYTES)
        return min(HEADER_BYTES + number * STRIDE, end)

    def _whole_chunks(self) -> int:
        """As many as the length says, less those at its end that a fault left unwritten."""
        length = self.stream.seek(0, os.SEEK_END)
        if length > self._place(self._count):
            raise SealBroken
        there = self._count if length == self._place(self._count) else (length - HEADER_BYTES) // STRIDE
        while there and not self._opens(there - 1):
            there -= 1
        return there

    def _opens(self, number: int) -> bool:
        try:
            self._chunk(number)
        except SealBroken:
            return False
        return True

    def _chunk(self, number: int) -> bytes:
        begin, end = self._place(number), self._place(number + 1)
        self.stream.seek(begin)
        sealed = self.stream.read(end - begin)
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._context(number))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error

    def _sealed(self, number: int, chunk: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, chunk, self._context(number))

    def _context(self, number: int) -> bytes:
        return f"chunk:{self._name}:{number}:{number == self._count - 1}".encode()


def rewrap_head(stream: BinaryIO, *, name: str, sealer: Sealer) -> bool:
    """Seals the head anew under the current master key; False if it was. Raises SealBroken.

    The new head goes into the slot that does not count, and only when it is on disk the old one goes:
    whatever interrupts this, one of the two opens. `stream` is open for reading and writing.
    """
    number, head = read_head(stream, name=name, sealer=sealer)
    stream.seek(len(MAGIC))
    filled = dict(_filled(stream.read(SLOTS * SLOT_BYTES)))
    current = [each for each, sealed in filled.items() if sealer.is_current(sealed)]
    if not current:
        current = [1 - number]
        _write_slot(stream, current[0], _slot(sealer.seal(head, context=_head_context(name))))
    elif len(filled) == 1:
        return False
    _write_slot(stream, 1 - current[0], bytes(SLOT_BYTES))
    return True


def rewrapped_header(stream: BinaryIO, *, name: str, sealer: Sealer) -> bytes | None:
    """Both slots as they are under the current master key; None if they are. Raises SealBroken."""
    number, head = read_head(stream, name=name, sealer=sealer)
    stream.seek(len(MAGIC))
    if sealer.is_current(dict(_filled(stream.read(SLOTS * SLOT_BYTES)))[number]):
        return None
    return MAGIC + _slot(sealer.seal(head, context=_head_context(name))) + bytes(SLOT_BYTES)


def head_key_id(stream: BinaryIO, *, name: str, sealer: Sealer) -> str:
    """The id of the master key of the slot that counts; raises SealBroken."""
    number, _ = read_head(stream, name=name, sealer=sealer)
    stream.seek(len(MAGIC))
    return key_id_of(dict(_filled(stream.read(SLOTS * SLOT_BYTES)))[number])


def _write_slot(stream: BinaryIO, number: int, slot: bytes) -> None:
    stream.seek(len(MAGIC) + number * SLOT_BYTES)
    stream.write(slot)
    stream.flush()
    os.fsync(stream.fileno())


def read_head(stream: BinaryIO, *, name: str, sealer: Sealer) -> tuple[int, bytes]:
    """The slot that opens, and what it says; raises SealBroken."""
    stream.seek(0)
    if stream.read(len(MAGIC)) != MAGIC:
        raise SealBroken
    slots = stream.read(SLOTS * SLOT_BYTES)
    for number, sealed in _filled(slots):
        try:
            return number, sealer.open(sealed, context=_head_context(name))
        except SealBroken:
            continue
    raise SealBroken


def _filled(slots: bytes) -> Iterator[tuple[int, bytes]]:
    for number in range(SLOTS):
        slot = slots[number * SLOT_BYTES : (number + 1) * SLOT_BYTES]
        length = int.from_bytes(slot[:LENGTH_BYTES], "big")
        if 0 < length <= SLOT_BYTES - LENGTH_BYTES:
            yield number, slot[LENGTH_BYTES : LENGTH_BYTES + length]


def _slot(sealed: bytes) -> bytes:
    if len(sealed) > SLOT_BYTES - LENGTH_BYTES:
        raise ValueError("the name of a master key is too long")
    return (len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed).ljust(SLOT_BYTES, b"\0")


def _head_context(name: str) -> str:
    return f"growing:{name}"
