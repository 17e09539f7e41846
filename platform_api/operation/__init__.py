"""How the house runs, for its operators."""

from collections.abc import Sequence

from platform_api.audit_messages import AuditMessages
from platform_api.files import PaperMaker
from platform_api.http import Parts
from platform_api.identity.duties import Duties
from platform_api.jobs import Jobs
from platform_api.operation.routes import ROUTES
from platform_api.operation.service import Operation

__all__ = ["ROUTES", "Operation", "build"]


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
