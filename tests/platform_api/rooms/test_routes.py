"""Live rooms over HTTP: for administrators alone, and of their own organisations alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from platform_api.identity.model import Duty, UserRole
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import RoomId
from platform_api.rooms import LiveRoom, LiveRooms, RoomInspection
from tests.support.sessions import FOREIGN, Stage, ok, refusal


def room_of(name: str) -> dict[str, Any]:
    return {"room": name, "participants": 2, "peers": 2, "publications": []}


@dataclass(slots=True)
class Keeper:
    """Has somebody in each of these rooms, until it is away."""

    live: list[str] = field(default_factory=list)
    away: bool = False

    async def rooms(self, among: Sequence[RoomId]) -> LiveRooms:
        if self.away:
            raise Unavailable
        seen = [room_of(name) for name in self.live if name in among]
        return LiveRooms.model_validate({"rooms": seen, "left_off": 0})

    async def room(self, room: str) -> LiveRoom | None:
        if room not in self.live:
            return None
        return LiveRoom.model_validate({"room": room_of(room), "peers": [], "left_off": 0})


def keep(stage: Stage, *rooms: str) -> Keeper:
    keeper = Keeper(list(rooms))
    stage.town.platform.services.get(RoomInspection).attend(keeper)
    return keeper


async def test_administrators_look_into_live_rooms(stage: Stage) -> None:
    room = (await stage.opened())["room"]
    administrator = await stage.town.signed_in("root", duty=Duty.SYSTEM)
    nothing = await ok(await administrator.get("/rooms/live"))
    keeper = keep(stage, room, "room-of-nobody")

    listed = await ok(await administrator.get("/rooms/live"))
    seen = await ok(await administrator.get(f"/rooms/live/{room}"))

    assert nothing == {"rooms": [], "left_off": 0}
    assert listed == {"rooms": [room_of(room)], "left_off": 0}
    assert seen == {"room": room_of(room), "peers": [], "left_off": 0}
    assert await refusal(await administrator.get("/rooms/live/room-of-nobody")) == (404, "not_found")
    assert await refusal(await administrator.get("/rooms/live/room%202")) == (422, "request.invalid")
    keeper.away = True
    assert await refusal(await administrator.get("/rooms/live")) == (503, "unavailable")


async def test_az_02_rooms_of_another_organisation_are_not_there(stage: Stage) -> None:
    room = (await stage.opened(visibility="everyone_signed_in"))["room"]
    foreign = await stage.town.signed_in("far-root", duty=Duty.SYSTEM, organisation=FOREIGN)
    keep(stage, room)

    listed = await ok(await foreign.get("/rooms/live"))

    assert listed == {"rooms": [], "left_off": 0}
    assert await refusal(await foreign.get(f"/rooms/live/{room}")) == (404, "not_found")


async def test_rooms_of_organisations_below_are_seen_from_above(stage: Stage) -> None:
    await stage.town.organisation("县医院", parent="市立医院")
    below = await stage.town.signed_in("county", duty=Duty.SYSTEM, organisation="县医院")
    above = await stage.town.signed_in("root", duty=Duty.SYSTEM)
    expert = await stage.town.signed_in("county-expert", UserRole.EXPERT, organisation="县医院")
    own = (await stage.opened())["room"]
    county = (await Stage.opened(_as_expert(stage, expert)))["room"]
    keep(stage, own, county)

    from_above = await ok(await above.get("/rooms/live"))
    from_below = await ok(await below.get("/rooms/live"))

    assert {item["room"] for item in from_above["rooms"]} == {own, county}
    assert {item["room"] for item in from_below["rooms"]} == {county}


def _as_expert(stage: Stage, expert: Any) -> Stage:
    return Stage(stage.town, expert, stage.colleague, stage.office, stage.foreigner, stage.foreign_office)


async def test_live_rooms_are_not_for_everybody(stage: Stage) -> None:
    keep(stage, "room-1")

    for path in ("/rooms/live", "/rooms/live/room-1"):
        assert await refusal(await stage.expert.get(path)) == (403, "refused")
        assert (await stage.town.client.get(f"/api/v1{path}")).status == 401
