"""What raises an alarm, and an alarm as a value."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from platform_api.jobs import JobSpec


class AlarmKind(StrEnum):
    """What was seen (AD-05)."""

    REFUSED_READS = "refused_reads"
    MANY_VIEWS = "many_views"
    NIGHT_EXPORT = "night_export"
    CHAIN_BROKEN = "chain_broken"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSettings:
    """Section `alarms`."""

    refused_reads: int = 10
    refused_within_s: float = 600.0
    views: int = 50
    views_within_s: float = 300.0
    night_from: int = 22
    night_until: int = 6
    timezone: str = "Asia/Shanghai"
    quiet_s: float = 3600.0
    look_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that those who guard the house must see; `actor` is empty if it was nobody in particular."""

    kind: AlarmKind
    actor: str
    actor_name: str
    organisation: str | None
    count: int
    number: int
    """The entry of the trail with which it was seen."""

    @property
    def subject(self) -> str:
        """What makes two alarms the same one."""
        return f"{self.kind}.{self.actor}" if self.actor else str(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedAlarm:
    """An alarm as it stands in the trail; `settled_by` once somebody saw to it."""

    number: int
    at: datetime
    kind: AlarmKind
    actor: str
    actor_name: str
    count: int
    settled_by: str | None
    settled_at: datetime | None


class CheckTrail(JobSpec):
    """Recomputes the whole chain."""

    kind: ClassVar[str] = "audit.check"


class MakeMonths(JobSpec):
    """Has the trail's table parts for the months to come."""

    kind: ClassVar[str] = "audit.months"
