"""Request shapes of forwarding."""

from platform_api.forwarding.model import ForwardGroup
from platform_api.http import Id, Shape


class ForwardDraft(Shape):
    """To a person, or to a group of an organisation: one of the two."""

    user: Id | None = None
    organisation: Id | None = None
    group: ForwardGroup = ForwardGroup.ALL
