"""A file that grows by sealed records, each whole or not there; read from any place. Calls block.

```
 "SCR1" | how many plain bytes (4) | the place of the first (8) | nonce (12) | sealed bytes, tag (16)
```

A file is records and nothing else, sealed under a key that its folder keeps (`sealed_folder.py`). It is only
ever added to: bytes that are written anew stand in a later record for the same place, so a fault tears
nothing but the record that was being written. A record opens in its file, at its place, alone. What was cut
off at the end cannot be seen here: who reads knows how long the file must be.
"""

import os
import struct
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag

from platform_api.kernel.ciphers import NONCE_BYTES, TAG_BYTES, Aead
from platform_api.kernel.sealing import SealBroken

MARK: Final = b"SCR1"
RECORD_BYTES: Final = 256 * 1024
"""Of plain bytes no more go into one record: what must be opened for one byte."""
_HEADER: Final = struct.Struct(f">4sIQ{NONCE_BYTES}s")
_BOUND: Final = _HEADER.size - NONCE_BYTES
"""So much of the header is proved by the seal; the nonce proves itself."""
MOST_BYTES: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Record:
    """Where a record begins in the file, and which plain bytes it holds."""

    begin: int
    place: int
    length: int

    @property
    def end(self) -> int:
        """Where the record behind it begins."""
        return self.begin + _HEADER.size + self.length + TAG_BYTES


@dataclass(frozen=True, slots=True)
class Index:
    """The records of a file: those that made it longer, in order, and those that changed it since.

    `size` counts plain bytes, `octets` those of the file up to the last record that is all there.
    """

    records: tuple[Record, ...]
    changes: tuple[Record, ...]
    size: int
    octets: int

    def covering(self, start: int, stop: int) -> tuple[Record, ...]:
        """The records of a range that has bytes; one for each of these unless some were lost."""
        first = bisect_right(self.records, start, key=lambda record: record.place) - 1
        last = bisect_right(self.records, stop - 1, key=lambda record: record.place)
        return self.records[max(0, first) : last]

    def cut_at(self, size: int) -> int:
        """Where the file must end for its plain size to be this; raises ValueError inside a record."""
        if size == self.size:
            return self.octets
        for record in self.records:
            if record.place == size:
                return record.begin
        raise ValueError("a file is cut between records")


def sealed_records(cipher: Aead, name: str, place: int, data: bytes) -> bytes:
    """The records that put these bytes at a place of the file of this name; one for no bytes at all."""
    cut = range(0, len(data), RECORD_BYTES) or range(1)
    return b"".join(_sealed(cipher, name, place + at, data[at : at + RECORD_BYTES]) for at in cut)


def _sealed(cipher: Aead, name: str, place: int, data: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    header = _HEADER.pack(MARK, len(data), place, nonce)
    return header + cipher.encrypt(nonce, data, _context(name, header))


def _context(name: str, header: bytes) -> bytes:
    return header[:_BOUND] + name.encode()


def index_of(descriptor: int) -> Index:
    """What the headers say; no body is read. Where a header is damaged the next one is looked for."""
    length, at, size, octets = os.fstat(descriptor).st_size, 0, 0, 0
    records: list[Record] = []
    changes: list[Record] = []
    while (record := _record_from(descriptor, at, length)) is not None:
        if record.place >= size:
            records.append(record)
            size = record.place + record.length
        elif record.place + record.length <= size:
            changes.append(record)
        at = octets = record.end
    return Index(tuple(records), tuple(changes), size, octets)


def _record_from(descriptor: int, at: int, length: int) -> Record | None:
    """The record that begins here, else the first behind that is all there."""
    record = _record_at(os.pread(descriptor, _HEADER.size, at), at, length)
    if record is not None or at >= length:
        return record
    rest = os.pread(descriptor, length - at, at)
    found = rest.find(MARK, 1)
    while found >= 0:
        record = _record_at(rest[found : found + _HEADER.size], at + found, length)
        if record is not None:
            return record
        found = rest.find(MARK, found + 1)
    return None


def _record_at(header: bytes, at: int, length: int) -> Record | None:
    if len(header) < _HEADER.size:
        return None
    mark, octets, place, _ = _HEADER.unpack(header)
    record = Record(at, place, octets)
    whole = octets <= RECORD_BYTES and place <= MOST_BYTES and record.end <= length
    return record if mark == MARK and whole else None


class SealedLog:
    """An open file of sealed records; as long as it is looked at, its index stays as it is."""

    def __init__(self, descriptor: int, *, name: str, cipher: Aead, index: Index | None = None) -> None:
        self._descriptor = descriptor
        self._name = name
        self._cipher = cipher
        self.index = index or index_of(descriptor)
        self._opened: tuple[Record, bytes] | None = None

    @property
    def size(self) -> int:
        return self.index.size

    def read(self, start: int, stop: int) -> bytes:
        """The plain bytes from `start` to before `stop`; raises SealBroken."""
        if not 0 <= start <= stop <= self.size:
            raise ValueError("a range lies inside its file")
        if start == stop:
            return b""
        plain, begin = bytearray(), start
        for record in self.index.covering(start, stop):
            if record.place > begin:
                raise SealBroken
            plain += self._open(record)[begin - record.place : stop - record.place]
            begin = record.place + record.length
        if len(plain) != stop - start:
            raise SealBroken
        self._change(plain, start)
        return bytes(plain)

    def whole_start(self) -> bytes:
        """The plain bytes up to the first that is lost or does not open."""
        plain = bytearray()
        for record in self.index.records:
            opened = self._try(record)
            if record.place != len(plain) or opened is None:
                break
            plain += opened
        self._change(plain, 0)
        return bytes(plain)

    def what_opens(self) -> tuple[bytes, int]:
        """All plain bytes that open, for who can tell where some are lost; where the last of them ends."""
        plain, octets = bytearray(), 0
        for record in self.index.records:
            opened = self._try(record)
            if opened is not None:
                plain += opened
                octets = record.end
        return bytes(plain), octets

    def _change(self, plain: bytearray, start: int) -> None:
        """Puts in what was written anew of the bytes that begin here; a torn change was none."""
        for record in self.index.changes:
            begin = max(record.place, start)
            stop = min(record.place + record.length, start + len(plain))
            if begin >= stop:
                continue
            opened = self._try(record)
            if opened is not None:
                plain[begin - start : stop - start] = opened[begin - record.place : stop - record.place]

    def _try(self, record: Record) -> bytes | None:
        try:
            return self._open(record)
        except SealBroken:
            return None

    def _open(self, record: Record) -> bytes:
        if self._opened is not None and self._opened[0] == record:
            return self._opened[1]
        octets = os.pread(self._descriptor, record.end - record.begin, record.begin)
        header, sealed = octets[: _HEADER.size], octets[_HEADER.size :]
        try:
            plain = self._cipher.decrypt(header[_BOUND:], sealed, _context(self._name, header))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error
        self._opened = record, plain
        return plain


def is_sealed_log(head: bytes) -> bool:
    """Whether a file that begins so is one of sealed records; an empty one may become it."""
    return not head or head.startswith(MARK)
