"""The tree of organisations: who stands below whom, how each is found, what became of it."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.organisations.mergers import Mergers
from platform_api.organisations.routes import ROUTES
from platform_api.organisations.service import Organisations

__all__ = ["ROUTES", "Mergers", "Organisations", "build"]


def build(parts: Parts) -> Sequence[object]:
    """The services of the tree."""
    trail = parts.services.get(AuditTrail)
    return (
        Organisations(parts.database, parts.clock, trail),
        Mergers(parts.database, parts.clock, trail),
    )
