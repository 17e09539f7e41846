"""The domain that serves all lists; it stands apart so that those whom it needs may have lists too."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.tables.routes import ROUTES
from platform_api.tables.service import Tables
from platform_api.tables.views import Views

__all__ = ["ROUTES", "build"]


def build(parts: Parts) -> Sequence[object]:
    """The engine, to which `app.py` gives the lists of all domains, and the saved views."""
    trail = parts.services.get(AuditTrail)
    return (
        Tables(database=parts.database, trail=trail, sealer=parts.sealer),
        Views(database=parts.database, clock=parts.clock, trail=trail),
    )
