"""Sessions of the platform's tests: the people round one, and what the bus told."""

import asyncio
import io
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PIL import Image

from platform_api.identity.model import UserRole
from platform_api.kernel.events import Event
from tests.support.platform import Person, Town

E = TypeVar("E", bound=Event)
PLAN = {
    "title": "胃角早癌 ESD",
    "hospital": "省肿瘤医院",
    "starts_at": "2026-11-22T10:00:00Z",
    "planned_minutes": 60,
    "case_summary": "男，61 岁，胃角凹陷 15 mm",
    "form": "esd",
    "body_part": "stomach",
    "visibility": "organisation",
    "consent_reference": "C-2081",
}
FOREIGN = "外省医院"


@dataclass(slots=True)
class Heard:
    """Everything of some kinds that was published, in order."""

    events: list[Event] = field(default_factory=list)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


def listen(town: Town, *kinds: type[Event]) -> Heard:
    """Keeps what the bus tells of these kinds."""
    heard = Heard()

    async def keep(event: Event) -> None:
        heard.events.append(event)

    for kind in kinds:
        town.bus.subscribe(kind, keep)
    return heard


@dataclass(slots=True)
class Stage:
    """An expert, a colleague, the office, and people of another organisation, all signed in."""

    town: Town
    expert: Person
    colleague: Person
    office: Person
    foreigner: Person
    foreign_office: Person

    async def plan(self, **changes: object) -> dict[str, Any]:
        """A planned session of the expert."""
        session: dict[str, Any] = await ok(await self.expert.post("/sessions", {**PLAN, **changes}), 201)
        return session

    async def opened(self, **changes: object) -> dict[str, Any]:
        """An open session of the expert."""
        session = await self.plan(**changes)
        moved: dict[str, Any] = await ok(await self.expert.post(f"/sessions/{session['id']}/open"))
        return moved

    async def ended(self, **changes: object) -> dict[str, Any]:
        """A session of the expert that is over."""
        session = await self.opened(**changes)
        moved: dict[str, Any] = await ok(await self.expert.post(f"/sessions/{session['id']}/end"))
        return moved


async def make_stage(town: Town) -> Stage:
    """Signs everybody in."""
    return Stage(
        town=town,
        expert=await town.signed_in("expert", UserRole.EXPERT),
        colleague=await town.signed_in("colleague", UserRole.DOCTOR),
        office=await town.signed_in("office", UserRole.OFFICE),
        foreigner=await town.signed_in("foreigner", UserRole.EXPERT, organisation=FOREIGN),
        foreign_office=await town.signed_in("far-office", UserRole.OFFICE, organisation=FOREIGN),
    )


async def ok(answer: Any, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert answer.status == status, await answer.text()
    return await answer.json() if status != 204 else None


async def refusal(answer: Any) -> tuple[int, str]:
    """Status and code of an answer that must be a problem."""
    assert answer.content_type == "application/problem+json", await answer.text()
    problem = await answer.json()
    assert problem["status"] == answer.status
    return answer.status, problem["code"]


async def at_once(*calls: Any) -> list[int]:
    """The statuses of calls that run together, sorted."""
    return sorted([answer.status for answer in await asyncio.gather(*calls)])


def picture(width: int = 32, height: int = 24, image_format: str = "PNG") -> bytes:
    """The bytes of a small picture."""
    made = io.BytesIO()
    Image.new("RGB", (width, height), (180, 60, 60)).save(made, image_format)
    return made.getvalue()
