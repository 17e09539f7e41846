"""The two ciphers that seal: AES-256-GCM, and as a setting SM4-GCM (GB/T 32907, RFC 8998)."""

import os
from enum import StrEnum
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from platform_api.kernel.digests import Digest

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
AES_KEY_BYTES: Final = 32
SM4_KEY_BYTES: Final = 16


class Algorithm(StrEnum):
    """What new things are sealed with; whatever was sealed with the other still opens."""

    AES = "aes-256-gcm"
    SM4 = "sm4-gcm"

    @property
    def digest(self) -> Digest:
        """What chains are made with beside this cipher: a house that wants the one wants the other."""
        return Digest.SM3 if self is Algorithm.SM4 else Digest.SHA256


class Aead(Protocol):
    """Seals with a nonce that never comes twice; opens what was sealed with the same words beside it."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Raises InvalidTag."""
        ...


class Sm4Gcm:
    """SM4 in Galois/Counter mode, with the tag at the end as AES has it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        encryptor = Cipher(algorithms.SM4(self._key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Raises InvalidTag."""
        if len(data) < TAG_BYTES:
            raise InvalidTag
        mode = modes.GCM(nonce, data[-TAG_BYTES:])
        decryptor = Cipher(algorithms.SM4(self._key), mode).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


def new_key(algorithm: Algorithm) -> bytes:
    """A random key; its length says for which cipher."""
    return os.urandom(SM4_KEY_BYTES if algorithm is Algorithm.SM4 else AES_KEY_BYTES)


def cipher_of(key: bytes) -> Aead:
    """The cipher of a key, by its length; raises ValueError for another."""
    if len(key) == SM4_KEY_BYTES:
        return Sm4Gcm(key)
    if len(key) != AES_KEY_BYTES:
        raise ValueError("a key has 16 or 32 bytes")
    return AESGCM(key)


def master_cipher(master: bytes, algorithm: Algorithm) -> Aead:
    """The cipher under a master key of 32 bytes; for SM4 a key is derived from it (HKDF with SM3)."""
    if algorithm is Algorithm.AES:
        return AESGCM(master)
    derive = HKDF(algorithm=hashes.SM3(), length=SM4_KEY_BYTES, salt=None, info=b"scopecast sm4-gcm")
    return Sm4Gcm(derive.derive(master))
