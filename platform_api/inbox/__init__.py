"""One list of what waits for each user, across all domains."""

from platform_api.http import Parts
from platform_api.inbox.model import Item, Nature, Receiver, to_holders, to_user
from platform_api.inbox.routes import ROUTES
from platform_api.inbox.service import Inbox

__all__ = ["ROUTES", "Inbox", "Item", "Nature", "Receiver", "build", "to_holders", "to_user"]


def build(parts: Parts) -> tuple[Inbox]:
    """The service; domains put into it what waits for somebody."""
    return (Inbox(database=parts.database, bus=parts.bus, clock=parts.clock),)
