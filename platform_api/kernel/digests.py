"""The digests of a chain: SHA-256, and beside SM4 as a setting SM3 (GB/T 32905). Each says which it is."""

import hashlib
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives import hashes

SM3_MARK: Final = b"\1"
"""Stands before a digest by SM3; one by SHA-256 has its 32 bytes alone, as it always had."""
PLAIN_BYTES: Final = 32


class Digest(StrEnum):
    """What new links of a chain are made with; links made with the other still hold."""

    SHA256 = "sha-256"
    SM3 = "sm3"

    def of(self, data: bytes) -> bytes:
        """The digest, marked."""
        if self is Digest.SHA256:
            return hashlib.sha256(data).digest()
        made = hashes.Hash(hashes.SM3())
        made.update(data)
        return SM3_MARK + made.finalize()


def digest_of(value: bytes) -> Digest:
    """Which digest this is; one that is neither passes for SHA-256, and fits no link."""
    marked = len(value) == len(SM3_MARK) + PLAIN_BYTES and value.startswith(SM3_MARK)
    return Digest.SM3 if marked else Digest.SHA256
