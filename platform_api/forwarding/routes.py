"""Forwarding over HTTP: what the routes of domains have in common."""

from typing import Any, Final

from platform_api.forwarding.schemas import ForwardDraft
from platform_api.forwarding.service import Forwarding
from platform_api.http import Call, IdPath, Rate
from platform_api.kernel.errors import Conflict, NotFound
from platform_api.kernel.ids import OrganisationId, UserId

DECLARED: Final[dict[str, Any]] = {"errors": (NotFound, Conflict), "status": 204, "rate": Rate(20, 60)}
"""What a route that forwards says of itself, beside its path and permission."""


async def forwarded(call: Call[IdPath, None, ForwardDraft], kind: str) -> None:
    """Forwards a thing of this kind, for the route that its domain declares."""
    service, thing, body = call.services.get(Forwarding), call.path.id, call.body
    if body.user is not None:
        await service.to_user(call.asker, kind, thing, UserId(body.user), address=call.caller.address)
    elif body.organisation is not None:
        organisation = OrganisationId(body.organisation)
        await service.to_group(call.asker, kind, thing, organisation, body.group, address=call.caller.address)
    else:
        raise Conflict
