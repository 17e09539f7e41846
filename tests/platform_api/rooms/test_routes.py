"""Live rooms over HTTP: for administrators alone."""

from platform_api.identity.model import UserRole
from platform_api.kernel.errors import Unavailable
from platform_api.rooms import LiveRoom, LiveRooms, RoomInspection
from tests.support.sessions import Stage, ok, refusal

ROOM = {"room": "room-1", "participants": 2, "peers": 2, "publications": []}


class Keeper:
    """Has one room, until it is away."""

    away = False

    async def rooms(self) -> LiveRooms:
        if self.away:
            raise Unavailable
        return LiveRooms.model_validate({"rooms": [ROOM], "left_off": 0})

    async def room(self, room: str) -> LiveRoom | None:
        if room != ROOM["room"]:
            return None
        return LiveRoom.model_validate({"room": ROOM, "peers": [], "left_off": 0})


async def test_administrators_look_into_live_rooms(stage: Stage) -> None:
    administrator = await stage.town.signed_in("root", UserRole.ADMINISTRATOR)
    nothing = await ok(await administrator.get("/rooms/live"))
    keeper = Keeper()
    stage.town.platform.services.get(RoomInspection).attend(keeper)

    listed = await ok(await administrator.get("/rooms/live"))
    seen = await ok(await administrator.get("/rooms/live/room-1"))

    assert nothing == {"rooms": [], "left_off": 0}
    assert listed == {"rooms": [ROOM], "left_off": 0}
    assert seen == {"room": ROOM, "peers": [], "left_off": 0}
    assert await refusal(await administrator.get("/rooms/live/room-2")) == (404, "not_found")
    assert await refusal(await administrator.get("/rooms/live/room%202")) == (422, "request.invalid")
    keeper.away = True
    assert await refusal(await administrator.get("/rooms/live")) == (503, "unavailable")


async def test_live_rooms_are_not_for_everybody(stage: Stage) -> None:
    stage.town.platform.services.get(RoomInspection).attend(Keeper())

    for path in ("/rooms/live", "/rooms/live/room-1"):
        assert await refusal(await stage.expert.get(path)) == (403, "refused")
        assert (await stage.town.client.get(f"/api/v1{path}")).status == 401
