"""A sender of uploads (tus 1.0.0) for tests: as a browser's, one request a method."""

import base64
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse

from tests.support.platform import Person

TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_TYPE = "application/offset+octet-stream"


def metadata(**words: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """An upload that somebody has begun."""

    person: Person
    path: str

    @property
    def id(self) -> str:
        return self.path.rpartition("/")[2]

    async def add(self, data: Any, offset: int) -> ClientResponse:
        return await self.person.client.patch(
            self.path,
            data=data,
            headers={
                **self.person.headers,
                **TUS,
                "Upload-Offset": str(offset),
                "Content-Type": OFFSET_TYPE,
            },
        )

    async def look(self) -> ClientResponse:
        return await self.person.client.head(self.path, headers={**self.person.headers, **TUS})

    async def offset(self) -> int:
        answer = await self.look()
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])

    async def finish(self) -> ClientResponse:
        return await self.person.client.post(f"{self.path}/finish", headers=self.person.headers)

    async def give_up(self) -> ClientResponse:
        return await self.person.client.delete(self.path, headers={**self.person.headers, **TUS})


async def ask_to_begin(person: Person, size: object, **words: str) -> ClientResponse:
    headers = {**person.headers, **TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(**words)}
    return await person.client.post("/api/v1/uploads", headers=headers)


async def begin(person: Person, size: int, name: str = "a.pdf") -> Sending:
    answer = await ask_to_begin(person, size, filename=name)
    assert answer.status == 201, await answer.text()
    return Sending(person=person, path=answer.headers["Location"])
