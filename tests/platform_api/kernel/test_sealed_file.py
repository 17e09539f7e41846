"""A sealed file opens as it was sealed, from any place, or not at all."""

import io
import tracemalloc
from collections.abc import Callable
from typing import Final

import pytest

from platform_api.kernel.ciphers import TAG_BYTES
from platform_api.kernel.sealed_file import CHUNK_BYTES, MAGIC, SealedFile, is_sealed, seal_file
from platform_api.kernel.sealing import SealBroken, Sealer

NAME: Final = "01a225ea-ee81-7868-8ce1-d69519bf7bde"
STRIDE: Final = CHUNK_BYTES + TAG_BYTES
MEGABYTE: Final = 1024 * 1024


@pytest.fixture
def sealer() -> Sealer:
    return Sealer.from_text(Sealer.generate_text("k1"))


def plain_of(size: int) -> bytes:
    """Bytes of which no two chunks are alike."""
    return b"".join(number.to_bytes(8, "big") for number in range(-(-size // 8)))[:size]


def sealed_of(plain: bytes, sealer: Sealer, name: str = NAME) -> bytes:
    target = io.BytesIO()
    assert seal_file(io.BytesIO(plain), target, name=name, sealer=sealer) == len(plain)
    return target.getvalue()


def opened(sealed: bytes, sealer: Sealer, name: str = NAME) -> SealedFile:
    return SealedFile.open(io.BytesIO(sealed), name=name, sealer=sealer)


def read_all(sealed: bytes, sealer: Sealer, name: str = NAME) -> bytes:
    file = opened(sealed, sealer, name)
    return file.read(0, file.size)


def begin_of(sealed: bytes) -> int:
    """Where the first chunk begins."""
    return len(MAGIC) + 2 + int.from_bytes(sealed[len(MAGIC) : len(MAGIC) + 2], "big")


def chunks_of(sealed: bytes) -> tuple[bytes, list[bytes]]:
    begin = begin_of(sealed)
    return sealed[:begin], [sealed[at : at + STRIDE] for at in range(begin, len(sealed), STRIDE)]


@pytest.mark.parametrize(
    "size",
    [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7],
)
def test_what_was_sealed_is_read_back(size: int, sealer: Sealer) -> None:
    plain = plain_of(size)

    sealed = sealed_of(plain, sealer)

    assert is_sealed(io.BytesIO(sealed))
    assert opened(sealed, sealer).size == size
    assert read_all(sealed, sealer) == plain
    assert len(chunks_of(sealed)[1]) == max(1, -(-size // CHUNK_BYTES))


def test_nothing_of_the_plain_bytes_is_seen_and_no_two_seals_are_alike(sealer: Sealer) -> None:
    canary = b"CANARY-of-the-patient-named-Wang"
    first, second = (sealed_of(canary * 4_000, sealer) for _ in range(2))

    assert canary not in first
    assert canary[:8] not in first
    assert chunks_of(first)[1][0] != chunks_of(second)[1][0]


EDGES: Final = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 5)


@pytest.mark.parametrize("start", EDGES)
@pytest.mark.parametrize("stop", EDGES)
def test_a_range_gives_its_bytes(start: int, stop: int, sealer: Sealer) -> None:
    plain = plain_of(EDGES[-1])
    file = opened(sealed_of(plain, sealer), sealer)

    if start <= stop:
        assert file.read(start, stop) == plain[start:stop]
    else:
        with pytest.raises(ValueError):
            file.read(start, stop)


@pytest.mark.parametrize(("start", "stop"), [(-1, 1), (0, 11), (11, 11)])
def test_a_range_lies_inside_its_file(start: int, stop: int, sealer: Sealer) -> None:
    with pytest.raises(ValueError):
        opened(sealed_of(b"ten bytes.", sealer), sealer).read(start, stop)


def test_a_range_reads_only_its_own_chunks(sealer: Sealer) -> None:
    plain = plain_of(4 * CHUNK_BYTES)
    head, chunks = chunks_of(sealed_of(plain, sealer))
    chunks[0] = chunks[3] = bytes(STRIDE)
    file = opened(head + b"".join(chunks), sealer)

    assert file.read(CHUNK_BYTES, 3 * CHUNK_BYTES) == plain[CHUNK_BYTES : 3 * CHUNK_BYTES]
    for start in (CHUNK_BYTES - 1, 3 * CHUNK_BYTES):
        with pytest.raises(SealBroken):
            file.read(start, start + 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda head, chunks: [head, *chunks[:-1]], id="the last chunk is left out"),
        pytest.param(lambda head, chunks: [head], id="all chunks are left out"),
        pytest.param(lambda head, chunks: [head, *chunks[:-1], chunks[-1][:-1]], id="a byte is cut off"),
        pytest.param(lambda head, chunks: [head, *chunks, b"\0"], id="a byte is added"),
        pytest.param(lambda head, chunks: [head, *chunks, chunks[-1]], id="a chunk is added"),
        pytest.param(lambda head, chunks: [head, *chunks[1:]], id="the first chunk is left out"),
        pytest.param(lambda head, chunks: [head, chunks[0], *chunks], id="a chunk is there twice"),
        pytest.param(lambda head, chunks: [head, chunks[1], chunks[0], *chunks[2:]], id="two change places"),
        pytest.param(lambda head, chunks: [head, chunks[0], chunks[0], *chunks[2:]], id="one for another"),
        pytest.param(
            lambda head, chunks: [head, *chunks[:-2], chunks[-1], chunks[-2]], id="the last is not the last"
        ),
        pytest.param(lambda head, chunks: [head[:-1], *chunks], id="the head is shorter"),
        pytest.param(lambda head, chunks: [head[:4]], id="the beginning alone"),
        pytest.param(lambda head, chunks: [], id="nothing is left"),
    ],
)
def test_CR_what_was_cut_moved_or_made_longer_does_not_open(
    change: Callable[[bytes, list[bytes]], list[bytes]], sealer: Sealer
) -> None:
    altered = b"".join(change(*chunks_of(sealed_of(plain_of(4 * CHUNK_BYTES), sealer))))

    with pytest.raises(SealBroken):
        read_all(altered, sealer)


def test_CR_a_file_cut_to_whole_chunks_is_refused_before_anything_is_read(sealer: Sealer) -> None:
    head, chunks = chunks_of(sealed_of(plain_of(4 * CHUNK_BYTES), sealer))

    with pytest.raises(SealBroken):
        opened(head + b"".join(chunks[:3]), sealer)


def with_head(head: bytes, chunks: list[bytes], sealer: Sealer, *, size: int, name: str) -> bytes:
    """The chunks under a head of another size or name, as the holder of the master key could make it."""
    key = sealer.open(head[len(MAGIC) + 2 :], context=f"file:{NAME}")[:32]
    forged = sealer.seal(key + size.to_bytes(8, "big"), context=f"file:{name}")
    return MAGIC + len(forged).to_bytes(2, "big") + forged + b"".join(chunks)


def test_CR_a_shorter_file_is_not_made_of_a_longer_ones_chunks(sealer: Sealer) -> None:
    head, chunks = chunks_of(sealed_of(plain_of(2 * CHUNK_BYTES), sealer))

    altered = with_head(head, chunks[:1], sealer, size=CHUNK_BYTES, name=NAME)

    assert opened(altered, sealer).size == CHUNK_BYTES
    with pytest.raises(SealBroken):
        read_all(altered, sealer)


def test_CR_chunks_know_their_file_even_under_its_key(sealer: Sealer) -> None:
    head, chunks = chunks_of(sealed_of(plain_of(CHUNK_BYTES), sealer))
    same, other = (with_head(head, chunks, sealer, size=CHUNK_BYTES, name=name) for name in (NAME, "another"))

    assert read_all(same, sealer) == plain_of(CHUNK_BYTES)
    assert opened(other, sealer, "another").size == CHUNK_BYTES
    with pytest.raises(SealBroken):
        read_all(other, sealer, "another")


def test_CR_every_byte_counts(sealer: Sealer) -> None:
    sealed = sealed_of(b"a short file", sealer)

    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            read_all(bytes(altered), sealer)


def test_CR_a_chunk_or_head_of_another_file_does_not_open(sealer: Sealer) -> None:
    plain = plain_of(2 * CHUNK_BYTES)
    head, chunks = chunks_of(sealed_of(plain, sealer))
    other_head, other_chunks = chunks_of(sealed_of(plain, sealer, "01a225ea-ee81-7868-8ce1-d69519bf7bdf"))

    for altered in (
        head + other_chunks[0] + chunks[1],
        head + chunks[0] + other_chunks[1],
        other_head + b"".join(chunks),
        other_head + b"".join(other_chunks),
    ):
        with pytest.raises(SealBroken):
            read_all(altered, sealer)


def test_a_wrong_master_key_opens_nothing(sealer: Sealer) -> None:
    sealed = sealed_of(b"bytes", sealer)

    for key_id in ("k1", "k2"):
        with pytest.raises(SealBroken):
            opened(sealed, Sealer.from_text(Sealer.generate_text(key_id)))


def test_an_old_master_key_still_reads_after_a_new_one_was_added() -> None:
    old_text = Sealer.generate_text("k1")
    sealed = sealed_of(b"sealed last year", Sealer.from_text(old_text))
    both = Sealer.from_text(f"{old_text}\n{Sealer.generate_text('k2')}")

    assert both.current == "k2"
    assert read_all(sealed, both) == b"sealed last year"
    assert read_all(sealed_of(b"sealed today", both), both) == b"sealed today"
    with pytest.raises(SealBroken):
        read_all(sealed_of(b"sealed today", both), Sealer.from_text(old_text))


class Endless:
    """Bytes without end up to a size, of which none is kept."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int) -> bytes:
        given = min(size, self._left)
        self._left -= given
        return bytes(given)


def test_memory_does_not_grow_with_the_file(sealer: Sealer, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("large") / "sealed"
    size = 48 * MEGABYTE

    tracemalloc.start()
    with path.open("wb") as target:
        seal_file(Endless(size), target, name=NAME, sealer=sealer)
    with path.open("rb") as stream:
        file = SealedFile.open(stream, name=NAME, sealer=sealer)
        for start in range(0, size, CHUNK_BYTES):
            assert len(file.read(start, start + CHUNK_BYTES)) == CHUNK_BYTES
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < MEGABYTE
