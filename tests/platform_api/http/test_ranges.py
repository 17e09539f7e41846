"""A file as an answer: whole, in part, unchanged."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from platform_api.http.call import FileAnswer
from platform_api.http.ranges import answer_file
from platform_api.kernel.byte_ranges import range_of

DATA = b"0123456789"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", range(1)),
        ("bytes=0-9", range(10)),
        ("bytes=9-", range(9, 10)),
        ("bytes=3-99", range(3, 10)),
        ("BYTES=3-4", range(3, 5)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=10-", range(10, 10)),
        ("bytes=-0", range(10, 10)),
        ("bytes=4-3", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("bytes=a-b", None),
        ("bytes=٣-٤", None),
        ("lines=0-1", None),
        (f"bytes=0-{'9' * 5_000}", None),
    ],
)
def test_a_range_is_understood_or_the_whole_file_is_meant(header: str | None, expected: range | None) -> None:
    assert range_of(header, len(DATA)) == expected


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=5-9"])
def test_an_empty_file_has_no_range(header: str) -> None:
    found = range_of(header, 0)

    assert found is not None
    assert len(found) == 0


@dataclass
class Bytes:
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    async def pieces(self, start: int, stop: int) -> AsyncIterator[bytes]:
        for place in range(start, stop, 3):
            yield self.data[place : min(place + 3, stop)]


async def ask(asked: dict[str, str], data: bytes = DATA) -> tuple[web.Response, bytes]:
    given = FileAnswer(source=Bytes(data), tag="t1", content_type="image/png", headers={"X-Own": "1"})
    answer = await answer_file(asked, given)
    body = getattr(answer.body, "_value", None)
    return answer, b"".join([piece async for piece in body]) if body is not None else b""


async def test_the_whole_file_in_pieces() -> None:
    answer, data = await ask({})

    assert (answer.status, data) == (200, DATA)
    assert answer.headers["Content-Length"] == "10"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert (answer.headers["ETag"], answer.headers["X-Own"]) == ('"t1"', "1")
    assert answer.headers["Content-Type"] == "image/png"


async def test_a_range_of_it() -> None:
    answer, data = await ask({"Range": "bytes=2-8"})

    assert (answer.status, data) == (206, b"2345678")
    assert answer.headers["Content-Range"] == "bytes 2-8/10"
    assert answer.headers["Content-Length"] == "7"


async def test_a_range_beyond_its_end_is_refused() -> None:
    answer, data = await ask({"Range": "bytes=10-"})

    assert (answer.status, data) == (416, b"")
    assert answer.headers["Content-Range"] == "bytes */10"


@pytest.mark.parametrize("header", ['"t1"', 'W/"t1"', '"t0", "t1"', "*"])
async def test_what_the_client_has_is_not_sent_again(header: str) -> None:
    answer, data = await ask({"If-None-Match": header, "Range": "bytes=2-8"})

    assert (answer.status, data) == (304, b"")
    assert answer.headers["ETag"] == '"t1"'


async def test_another_version_is_sent() -> None:
    assert (await ask({"If-None-Match": '"t0"'}))[1] == DATA


async def test_a_range_of_another_version_gives_the_whole_file() -> None:
    for header in ('"t0"', 'W/"t1"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        answer, data = await ask({"Range": "bytes=2-8", "If-Range": header})
        assert (answer.status, data) == (200, DATA)
    assert (await ask({"Range": "bytes=2-8", "If-Range": '"t1"'}))[0].status == 206


async def test_an_empty_file_is_answered() -> None:
    answer, data = await ask({}, b"")

    assert (answer.status, data, answer.headers["Content-Length"]) == (200, b"", "0")


async def test_a_file_that_cannot_be_read_is_not_begun() -> None:
    class Broken(Bytes):
        async def pieces(self, start: int, stop: int) -> AsyncIterator[bytes]:
            if stop:
                raise LookupError
            yield b""

    given = FileAnswer(source=Broken(DATA), tag="t1", content_type="image/png")

    with pytest.raises(LookupError):
        await answer_file({}, given)
