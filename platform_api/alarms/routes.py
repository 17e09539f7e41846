"""Alarms over HTTP."""

from platform_api.alarms.rules import sees_to
from platform_api.alarms.schemas import AlarmList, AlarmPath, alarm_item
from platform_api.alarms.service import Alarms
from platform_api.audit import Who
from platform_api.http import Call, Method, Permission, Rate, Route
from platform_api.kernel.errors import Conflict, NotFound, Refused

GUARD = Permission("alarms.view")


async def list_alarms(call: Call[None, None, None]) -> AlarmList:
    found = await call.services.get(Alarms).newest(call.asker)
    language, asker = call.caller.language, call.asker
    return AlarmList(
        items=[alarm_item(each, language, settles=asker.holds(sees_to(each.kind))) for each in found]
    )


async def settle_alarm(call: Call[AlarmPath, None, None]) -> None:
    await call.services.get(Alarms).settle(call.asker, call.path.number, Who.calling(call))


ROUTES = (
    Route(Method.GET, "/alarms", list_alarms, permission=GUARD, summary="The newest alarms of the trail"),
    Route(
        Method.POST,
        "/alarms/{number}/settle",
        settle_alarm,
        permission=GUARD,
        summary="Says that somebody saw to an alarm",
        errors=(NotFound, Refused, Conflict),
        rate=Rate(60, 60),
    ),
)
