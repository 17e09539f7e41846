"""The ciphers that seal, by the vectors of their standards (CR-04)."""

import io
import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from platform_api.kernel.ciphers import Algorithm, Sm4Gcm, cipher_of, new_key
from platform_api.kernel.digests import Digest, digest_of
from platform_api.kernel.growing_file import CHUNK_BYTES, GrowingFile
from platform_api.kernel.sealed_file import open_sealed, seal_file
from platform_api.kernel.sealing import SealBroken, Sealer

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def test_CR_04_SM4_gives_the_block_of_GB_T_32907() -> None:
    encryptor = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor()  # noqa: S305 - the standard's own example

    assert encryptor.update(KEY).hex() == "681edf34d206965e86b3e94f536e4246"


def test_CR_04_SM3_gives_the_digest_of_GB_T_32905() -> None:
    made = Digest.SM3.of(b"abc")

    assert made.hex() == "01" + "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert (digest_of(made), digest_of(Digest.SHA256.of(b"abc"))) == (Digest.SM3, Digest.SHA256)
    assert (Algorithm.SM4.digest, Algorithm.AES.digest) == (Digest.SM3, Digest.SHA256)


def test_CR_04_SM4_GCM_gives_the_text_and_tag_of_RFC_8998() -> None:
    plain = bytes.fromhex("".join(letter * 16 for letter in "abcdefea"))
    beside = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = Sm4Gcm(KEY).encrypt(bytes.fromhex("00001234567800000000abcd"), plain, beside)

    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert Sm4Gcm(KEY).decrypt(bytes.fromhex("00001234567800000000abcd"), sealed, beside) == plain
    for altered in (sealed[:-1], b"", sealed[:-1] + b"\0"):
        with pytest.raises(InvalidTag):
            Sm4Gcm(KEY).decrypt(bytes.fromhex("00001234567800000000abcd"), altered, beside)


def test_a_key_says_by_its_length_what_it_is_for() -> None:
    assert isinstance(cipher_of(new_key(Algorithm.SM4)), Sm4Gcm)
    assert not isinstance(cipher_of(new_key(Algorithm.AES)), Sm4Gcm)
    with pytest.raises(ValueError):
        cipher_of(os.urandom(24))


def read_whole(sealed: bytes, sealer: Sealer) -> bytes:
    file = open_sealed(io.BytesIO(sealed), name="f", sealer=sealer)
    return file.read(0, file.size)


def test_CR_04_columns_and_files_are_sealed_with_SM4_and_still_opened_under_the_other() -> None:
    text = Sealer.generate_text("k1")
    aes, sm4 = Sealer.from_text(text), Sealer.from_text(text, Algorithm.SM4)
    data = os.urandom(2 * CHUNK_BYTES + 9)

    for writer, reader in ((sm4, aes), (aes, sm4), (sm4, sm4)):
        column = writer.seal(b"330102", context="phone")
        assert reader.open(column, context="phone") == b"330102"
        assert reader.is_current(column) == (writer is reader)
        small, grown = io.BytesIO(), io.BytesIO()
        seal_file(io.BytesIO(data), small, name="f", sealer=writer)
        GrowingFile.begin(grown, name="f", size=len(data), sealer=writer).append(data)
        for sealed in (small, grown):
            assert read_whole(sealed.getvalue(), reader) == data
            altered = bytearray(sealed.getvalue())
            altered[-1] ^= 1
            with pytest.raises(SealBroken):
                read_whole(bytes(altered), reader)


def test_CR_04_the_cipher_of_a_column_cannot_be_changed_by_its_mark() -> None:
    sealer = Sealer.from_text(Sealer.generate_text("k1"))
    sealed = sealer.seal(b"330102", context="phone")

    with pytest.raises(SealBroken):
        sealer.open(sealed.replace(b"k1\0", b"k1\1", 1), context="phone")
