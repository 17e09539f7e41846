"""Columns and small values sealed under a master key that lives outside the database."""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag

from platform_api.kernel.ciphers import AES_KEY_BYTES, NONCE_BYTES, Aead, Algorithm, master_cipher

KEY_BYTES: Final = AES_KEY_BYTES
MARKS: Final = {Algorithm.AES: b"\0", Algorithm.SM4: b"\1"}
"""What stands behind the key's id, and says with which cipher the rest was sealed."""


class SealBroken(Exception):
    """The value was altered, or belongs to another context, or its key is gone."""


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Master keys by id, and the id of the one in use."""

    current: str
    keys: Mapping[str, bytes]

    @classmethod
    def from_text(cls, text: str) -> "KeyTable":
        """Reads lines `key_id:base64`; the last line is the current key. Raises ValueError."""
        keys = {}
        current = ""
        for line in text.split():
            current, _, encoded = line.partition(":")
            keys[current] = base64.b64decode(encoded, validate=True)
        if not current or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("a sealing key is `key_id:base64 of 32 bytes`")
        return cls(current, keys)


class Sealer:
    """Seals under the current key; opens under any key of the table, whichever cipher sealed.

    Over a file of keys it sees a key that is added while it runs: at its next seal, and when it meets one
    that it does not know.
    """

    def __init__(
        self,
        table: KeyTable,
        *,
        algorithm: Algorithm = Algorithm.AES,
        newer: Callable[[], KeyTable | None] | None = None,
    ) -> None:
        self._table = table
        self.algorithm = algorithm
        self._newer = newer

    @classmethod
    def from_text(cls, text: str, algorithm: Algorithm = Algorithm.AES) -> "Sealer":
        """Over keys that do not change; raises ValueError."""
        return cls(KeyTable.from_text(text), algorithm=algorithm)

    @classmethod
    def from_file(cls, path: Path, algorithm: Algorithm = Algorithm.AES) -> "Sealer":
        """Over a file of keys, which may be replaced by one with more; raises ValueError, OSError."""
        watch = _KeyFile(path)
        return cls(watch.read(), algorithm=algorithm, newer=watch.newer)

    @staticmethod
    def generate_text(key_id: str) -> str:
        return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"

    @property
    def current(self) -> str:
        """The id of the key in use now."""
        self._look_again()
        return self._table.current

    @property
    def keys(self) -> Mapping[str, bytes]:
        return self._table.keys

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """`key id | mark | nonce | ciphertext+tag`; opens again only with the same context."""
        key_id = self.current
        nonce = os.urandom(NONCE_BYTES)
        sealed = _cipher(self._table.keys[key_id], self.algorithm).encrypt(nonce, plain, context.encode())
        return key_id.encode() + MARKS[self.algorithm] + nonce + sealed

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """The plain bytes; raises SealBroken."""
        key_id, algorithm, rest = _parted(sealed)
        key = self._table.keys.get(key_id)
        if key is None:
            self._look_again()
            key = self._table.keys.get(key_id)
        if key is None or len(rest) < NONCE_BYTES:
            raise SealBroken
        try:
            return _cipher(key, algorithm).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context.encode())
        except InvalidTag as error:
            raise SealBroken from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether this was sealed under the key and with the cipher in use now; raises SealBroken."""
        key_id, algorithm, _ = _parted(sealed)
        return (key_id, algorithm) == (self.current, self.algorithm)

    def _look_again(self) -> None:
        if self._newer is not None and (table := self._newer()) is not None:
            self._table = table


def key_id_of(sealed: bytes) -> str:
    """Under which key this was sealed; raises SealBroken."""
    return _parted(sealed)[0]


def _parted(sealed: bytes) -> tuple[str, Algorithm, bytes]:
    """Key id, cipher and what follows; raises SealBroken. An id is text, so the mark is its first end."""
    for place, byte in enumerate(sealed[:256]):
        for algorithm, mark in MARKS.items():
            if byte == mark[0]:
                return sealed[:place].decode("ascii", "replace"), algorithm, sealed[place + 1 :]
    raise SealBroken


@lru_cache(maxsize=64)
def _cipher(key: bytes, algorithm: Algorithm) -> Aead:
    return master_cipher(key, algorithm)


class _KeyFile:
    """A file of keys and when it was last read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] = (0, 0)

    def read(self) -> KeyTable:
        status = self._path.stat()
        self._seen = (status.st_ino, status.st_mtime_ns)
        return KeyTable.from_text(self._path.read_text(encoding="ascii"))

    def newer(self) -> KeyTable | None:
        """The table if the file is another than the one that was read."""
        status = self._path.stat()
        return self.read() if (status.st_ino, status.st_mtime_ns) != self._seen else None
