"""A growing sealed file opens as far as it has come, whatever tore it, and never with other bytes."""

import io
import os
from typing import Final

import pytest

from platform_api.kernel.growing_file import CHUNK_BYTES, HEADER_BYTES, STRIDE, GrowingFile
from platform_api.kernel.sealed_file import is_sealed, open_sealed
from platform_api.kernel.sealing import SealBroken, Sealer

NAME: Final = "01a225ea-ee81-7868-8ce1-d69519bf7bde"


@pytest.fixture
def sealer() -> Sealer:
    return Sealer.from_text(Sealer.generate_text("k1"))


def grown(data: bytes, sealer: Sealer, size: int | None = None) -> io.BytesIO:
    stream = io.BytesIO()
    file = GrowingFile.begin(stream, name=NAME, size=size or len(data), sealer=sealer)
    file.append(data)
    return stream


def opened(stream: io.BytesIO, sealer: Sealer, name: str = NAME) -> GrowingFile:
    return GrowingFile.open(stream, name=name, sealer=sealer)


@pytest.mark.parametrize("size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
@pytest.mark.parametrize("step", [CHUNK_BYTES, 2 * CHUNK_BYTES, 5 * CHUNK_BYTES])
def test_what_was_appended_is_read_back(size: int, step: int, sealer: Sealer) -> None:
    data, stream = os.urandom(size), io.BytesIO()
    GrowingFile.begin(stream, name=NAME, size=size, sealer=sealer)

    for start in range(0, size, step):
        file = opened(stream, sealer)
        assert (file.offset, file.is_whole) == (start, False)
        assert file.append(data[start : start + step]) == len(data[start : start + step])

    whole = open_sealed(io.BytesIO(stream.getvalue()), name=NAME, sealer=sealer)
    assert is_sealed(io.BytesIO(stream.getvalue()))
    assert (whole.size, whole.read(0, size)) == (size, data)
    assert whole.read(size // 2, size) == data[size // 2 :]


def test_less_than_a_chunk_is_left_to_the_caller(sealer: Sealer) -> None:
    stream = io.BytesIO()
    file = GrowingFile.begin(stream, name=NAME, size=3 * CHUNK_BYTES, sealer=sealer)

    assert file.append(bytes(CHUNK_BYTES + 5)) == CHUNK_BYTES
    assert file.append(bytes(5)) == 0
    assert file.offset == CHUNK_BYTES
    with pytest.raises(ValueError):
        file.append(bytes(2 * CHUNK_BYTES + 1))


def test_CR_one_that_is_not_whole_is_not_answered(sealer: Sealer) -> None:
    stream = grown(bytes(CHUNK_BYTES), sealer, size=2 * CHUNK_BYTES)

    with pytest.raises(SealBroken):
        open_sealed(io.BytesIO(stream.getvalue()), name=NAME, sealer=sealer)


@pytest.mark.parametrize("cut", [1, STRIDE - 1, STRIDE, STRIDE + 1, 2 * STRIDE])
def test_a_torn_chunk_is_written_again(cut: int, sealer: Sealer) -> None:
    data = os.urandom(3 * CHUNK_BYTES)
    stream = grown(data, sealer)
    stream.truncate(len(stream.getvalue()) - cut)

    torn = opened(stream, sealer)
    assert torn.offset == (3 - -(-cut // STRIDE)) * CHUNK_BYTES
    torn.append(data[torn.offset :])

    assert opened(stream, sealer).read(0, len(data)) == data


def test_chunks_that_a_fault_left_as_zeros_are_not_counted(sealer: Sealer) -> None:
    data = os.urandom(3 * CHUNK_BYTES)
    sealed = grown(data, sealer).getvalue()
    torn = io.BytesIO(sealed[: HEADER_BYTES + STRIDE] + bytes(2 * STRIDE))

    file = opened(torn, sealer)
    file.cut()

    assert file.offset == CHUNK_BYTES
    assert len(torn.getvalue()) == HEADER_BYTES + STRIDE


def test_CR_no_nonce_comes_twice_even_for_a_chunk_that_is_written_again(sealer: Sealer) -> None:
    data = bytes(2 * CHUNK_BYTES)
    stream = grown(data, sealer)
    before = stream.getvalue()[HEADER_BYTES + STRIDE :]
    stream.truncate(HEADER_BYTES + STRIDE)
    opened(stream, sealer).append(data[CHUNK_BYTES:])
    after = stream.getvalue()[HEADER_BYTES + STRIDE :]

    assert before[:12] != after[:12]
    assert before[12:] != after[12:]


def test_CR_chunks_stay_in_their_place_and_their_file(sealer: Sealer) -> None:
    data = os.urandom(3 * CHUNK_BYTES)
    sealed, other = grown(data, sealer).getvalue(), grown(data, sealer).getvalue()
    head, chunks = sealed[:HEADER_BYTES], [sealed[HEADER_BYTES + n * STRIDE :][:STRIDE] for n in range(3)]

    for altered in (
        head + chunks[1] + chunks[0] + chunks[2],
        head + chunks[0] + chunks[0] + chunks[2],
        other[:HEADER_BYTES] + b"".join(chunks),
        head + other[HEADER_BYTES : HEADER_BYTES + STRIDE] + chunks[1] + chunks[2],
    ):
        with pytest.raises(SealBroken):
            open_sealed(io.BytesIO(altered), name=NAME, sealer=sealer).read(0, len(data))
    for altered, name in ((sealed, "another"), (sealed + b"\0", NAME), (b"", NAME), (head[:40], NAME)):
        with pytest.raises(SealBroken):
            opened(io.BytesIO(altered), sealer, name)
    with pytest.raises(SealBroken):
        opened(io.BytesIO(sealed), Sealer.from_text(Sealer.generate_text("k1")))


def test_CR_every_byte_of_a_chunk_counts(sealer: Sealer) -> None:
    sealed = grown(b"a short file", sealer).getvalue()

    for place in range(HEADER_BYTES, len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            open_sealed(io.BytesIO(bytes(altered)), name=NAME, sealer=sealer)
