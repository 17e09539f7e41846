"""How the trail tells of roles given for a node and a period."""

from platform_api.audit import Entry, Tag, Who
from platform_api.identity.model import GivenRole


def given_entry(who: Who, given: GivenRole, act: str) -> Entry:
    """That a role was given, ended, or is over."""
    return Entry(
        tag=Tag.PERMISSION_CHANGED,
        who=who,
        target_kind="user",
        target=given.user,
        details={
            "act": act,
            "role": given.role.value,
            **({"composed": given.composed.id} if given.composed else {}),
            "node": given.node,
            "from": given.starts_at.isoformat(),
            "until": given.ends_at.isoformat() if given.ends_at else None,
        },
    )
