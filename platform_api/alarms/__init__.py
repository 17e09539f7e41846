"""Alarms: what in the trail somebody must see within a minute, and the daily check of the trail itself."""

from collections.abc import Sequence

from platform_api.alarms.jobs import JOBS, SCHEDULES
from platform_api.alarms.model import AlarmSettings
from platform_api.alarms.routes import ROUTES
from platform_api.alarms.service import Alarms
from platform_api.alarms.tables import ALARM_LIST
from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.inbox import Inbox

__all__ = ["JOBS", "ROUTES", "SCHEDULES", "TABLES", "Alarms", "build"]

TABLES = (ALARM_LIST,)


def build(parts: Parts) -> Sequence[object]:
    """The watch; it looks while the front runs."""
    return (
        Alarms(
            database=parts.database,
            trail=parts.services.get(AuditTrail),
            inbox=parts.services.get(Inbox),
            clock=parts.clock,
            settings=parts.settings.section("alarms", AlarmSettings),
        ),
    )
