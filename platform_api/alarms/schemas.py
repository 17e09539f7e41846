"""Answer shapes of alarms."""

from typing import Annotated

from pydantic import Field

from platform_api.alarms.model import AlarmKind, RaisedAlarm
from platform_api.http import Moment, Shape
from platform_api.kernel.sentences import Language, sentence


class AlarmPath(Shape):
    """Which alarm: the number of its entry."""

    number: Annotated[int, Field(ge=1, le=2**53)]


class AlarmItem(Shape):
    """An alarm; `sentence` in the asker's language, `settles` if it is the asker's to see to."""

    number: int
    at: Moment
    kind: AlarmKind
    actor: str
    sentence: str
    settled_by: str | None
    settled_at: Moment | None
    settles: bool


class AlarmList(Shape):
    """The newest alarms."""

    items: list[AlarmItem]


def alarm_item(alarm: RaisedAlarm, language: Language, *, settles: bool) -> AlarmItem:
    """An alarm as it is shown."""
    params: dict[str, str | int] = {
        "name": alarm.actor_name,
        "count": alarm.count,
        "number": alarm.number,
    }
    return AlarmItem(
        number=alarm.number,
        at=alarm.at,
        kind=alarm.kind,
        actor=alarm.actor,
        sentence=sentence(f"alarms.{alarm.kind}", language, params),
        settled_by=alarm.settled_by,
        settled_at=alarm.settled_at,
        settles=settles,
    )
