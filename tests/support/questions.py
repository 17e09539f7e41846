"""Questions of the platform's tests."""

from typing import Any

from tests.support.platform import Person
from tests.support.sessions import ok, picture

ASKED = {
    "title": "胃角凹陷灶能否 ESD？",
    "body": "边界清楚，NBI 下血管不规则",
    "case_summary": "男，61 岁，凹陷 15 mm",
    "topic": "diagnosis",
    "body_part": "stomach",
    "visibility": "organisation",
}


async def ask(person: Person, **changes: object) -> dict[str, Any]:
    """A question of this person."""
    question: dict[str, Any] = await ok(await person.post("/questions", {**ASKED, **changes}), 201)
    return question


async def answer(person: Person, question: str, body: str = "可以", **more: object) -> dict[str, Any]:
    """An answer, or a reply."""
    sent = await person.post(f"/questions/{question}/answers", {"body": body, **more})
    comment: dict[str, Any] = await ok(sent, 201)
    return comment


async def find(person: Person, *, text: str = "", sort: str = "asked_at", **chosen: str) -> list[str]:
    """The ids of the first page of a list, by columns that are this or, `files`, at least this."""
    filters = [
        {"column": column, "operator": "from" if column == "files" else "is", "values": [value]}
        for column, value in chosen.items()
    ]
    asked = {"text": text, "filters": filters, "sort": {"column": sort, "descending": True}}
    page = await ok(await person.post("/tables/questions/rows", asked))
    return [row["key"] for row in page["rows"]]


async def inbox(person: Person) -> list[tuple[str, str]]:
    """What waits: kind and link, newest first."""
    page = await ok(await person.get("/inbox"))
    return [(item["kind"], item["link"]) for item in page["items"]]


async def file_of(person: Person) -> str:
    """A picture that this person has sent."""
    sent = await person.client.post("/api/v1/files", data=picture(), headers=person.headers)
    file: dict[str, str] = await ok(sent, 201)
    return file["id"]
