"""How the house runs, for its operators."""

from collections.abc import Sequence
from typing import Final

from platform_api.audit_messages import AuditMessages
from platform_api.files import PaperMaker, sizes_of
from platform_api.http import Parts
from platform_api.identity.duties import Duties
from platform_api.jobs import JobKind, Jobs, Schedule, Work
from platform_api.operation.routes import ROUTES
from platform_api.operation.service import Operation
from platform_api.operation.tables import STORAGE_LIST
from platform_api.operation.weigher import Weigher, WeighStorage

__all__ = ["JOBS", "ROUTES", "SCHEDULES", "TABLES", "Operation", "WeighStorage", "Weigher", "build"]

TWICE_AN_HOUR: Final = "11,41 * * * *"


def weigh_work(parts: Parts) -> Work:
    """`operation.weigh`, over the data directory and wherever files lie."""
    weigher = Weigher(
        database=parts.database,
        clock=parts.clock,
        data_dir=parts.data_dir,
        sizes=lambda: sizes_of(parts),
    )
    return Work(do=weigher.work)


JOBS = (JobKind(spec=WeighStorage, work=weigh_work),)
SCHEDULES = (Schedule(spec=WeighStorage(), cron=TWICE_AN_HOUR),)
TABLES = (STORAGE_LIST,)


def build(parts: Parts) -> Sequence[object]:
    """The view; the launcher adds nodes and certificates."""
    return (
        Operation(
            database=parts.database,
            clock=parts.clock,
            data_dir=parts.data_dir,
            readiness=parts.readiness,
            jobs=parts.services.get(Jobs),
            messages=parts.services.get(AuditMessages),
            duties=parts.services.get(Duties),
            papers=parts.services.get(PaperMaker),
        ),
    )
