"""Access in an emergency: with a reason, an hour at most, told at once, reviewed afterwards (AZ-06)."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.break_glass.routes import ROUTES
from platform_api.break_glass.service import BreakGlass
from platform_api.break_glass.tables import ACCESSES
from platform_api.http import Parts
from platform_api.identity.logins import Logins
from platform_api.inbox import Inbox

__all__ = ["ROUTES", "TABLES", "build"]

TABLES = (ACCESSES,)


def build(parts: Parts) -> Sequence[object]:
    """The service."""
    services = parts.services
    return (
        BreakGlass(
            parts.database,
            parts.clock,
            services.get(AuditTrail),
            services.get(Inbox),
            services.get(Logins),
        ),
    )
