"""What schedules ask for: the daily check of the whole chain (AD-02), and the months to come."""

from typing import Final

from platform_api.alarms.model import CheckTrail, MakeMonths
from platform_api.alarms.service import Alarms
from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.jobs import JobKind, Progress, Schedule, Work
from platform_api.kernel.log import get_logger

DAILY: Final = "17 19 * * *"
"""In UTC: at night in China."""


def check_work(parts: Parts) -> Work:
    """The chain from its first entry to its end, held against its anchor."""
    trail, alarms = parts.services.get(AuditTrail), parts.services.get(Alarms)

    async def check(_: CheckTrail, __: Progress) -> None:
        verdict = await trail.verify()
        get_logger("alarms").info("alarms.checked", entries=verdict.checked, broken=verdict.broken_number)
        if verdict.broken_number is not None:
            await alarms.chain_broken(verdict.broken_number)

    return Work(do=check)


def months_work(parts: Parts) -> Work:
    """Parts of the table for this month and some more."""
    trail = parts.services.get(AuditTrail)

    async def make(_: MakeMonths, __: Progress) -> None:
        await trail.make_months()

    return Work(do=make)


JOBS = (
    JobKind(spec=CheckTrail, work=check_work),
    JobKind(spec=MakeMonths, work=months_work),
)
SCHEDULES = (
    Schedule(spec=CheckTrail(), cron=DAILY),
    Schedule(spec=MakeMonths(), cron="7 18 * * *"),
)
