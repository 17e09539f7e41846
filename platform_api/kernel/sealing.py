"""Columns and small values sealed with AES-256-GCM under a master key that lives outside the database."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):
    """The value was altered, or belongs to another context, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals under the current key id; opens under any key of the table."""

    current: str
    keys: Mapping[str, bytes]

    @classmethod
    def from_text(cls, text: str) -> "Sealer":
        """Reads lines `key_id:base64`; the last line is the current key."""
        keys = {}
        current = ""
        for line in text.split():
            current, _, encoded = line.partition(":")
            keys[current] = base64.b64decode(encoded, validate=True)
        if not current or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("a sealing key is `key_id:base64 of 32 bytes`")
        return cls(current, keys)

    @staticmethod
    def generate_text(key_id: str) -> str:
        return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """`key id | 0 | nonce | ciphertext+tag`; opens again only with the same context."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, plain, context.encode())
        return self.current.encode() + b"\0" + nonce + sealed

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """The plain bytes; raises SealBroken."""
        key_id, separator, rest = sealed.partition(b"\0")
        key = self.keys.get(key_id.decode("ascii", "replace"))
        if not separator or key is None or len(rest) < NONCE_BYTES:
            raise SealBroken
        try:
            return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context.encode())
        except InvalidTag as error:
            raise SealBroken from error
