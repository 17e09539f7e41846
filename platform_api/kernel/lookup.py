"""Finding again what is kept sealed or only hashed: HMAC under a key that lives outside the database.

A telephone number, an identity number or a code that a person can type has too few possible values for a
bare hash: whoever held a dump could try them all. Each use has its own context, so equal values of two kinds
differ.
"""

import base64
import hmac
import os
from dataclasses import dataclass, field

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Lookup:
    """Turns a value into what an index may hold of it. Under another key nothing would be found again."""

    key: bytes = field(repr=False)

    @classmethod
    def from_text(cls, text: str) -> "Lookup":
        """Reads `key_id:base64`; raises ValueError."""
        _, separator, encoded = text.strip().partition(":")
        key = base64.b64decode(encoded, validate=True)
        if not separator or len(key) != KEY_BYTES:
            raise ValueError("not a key")
        return cls(key)

    @staticmethod
    def generate_text(key_id: str) -> str:
        return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"

    def of(self, value: str, *, context: str) -> bytes:
        """The 32 bytes that stand for the value in this context."""
        return hmac.digest(self.key, f"{context}\0{value}".encode(), "sha256")
