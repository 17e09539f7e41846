"""Forwarding what domains own into the inboxes of those who may see it."""

from platform_api.audit import AuditTrail
from platform_api.forwarding.model import ForwardGroup, Thing
from platform_api.forwarding.routes import DECLARED, forwarded
from platform_api.forwarding.schemas import ForwardDraft
from platform_api.forwarding.service import Forwarding
from platform_api.http import Parts
from platform_api.inbox import Inbox

ROUTES = ()
__all__ = ["DECLARED", "ROUTES", "ForwardDraft", "ForwardGroup", "Forwarding", "Thing", "build", "forwarded"]


def build(parts: Parts) -> tuple[Forwarding]:
    """The service; domains register what may be forwarded, and declare the routes."""
    trail, inbox = parts.services.get(AuditTrail), parts.services.get(Inbox)
    return (Forwarding(database=parts.database, trail=trail, inbox=inbox),)
