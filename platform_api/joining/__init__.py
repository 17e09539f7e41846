"""How people come to an account: by asking for one, by invitation, by a list."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.identity.contacts import Contacts
from platform_api.identity.logins import Logins
from platform_api.identity.new_accounts import NewAccounts
from platform_api.identity.passwords import Passwords
from platform_api.identity.proof import Proofs
from platform_api.inbox import Inbox
from platform_api.joining.imports import Imports
from platform_api.joining.invitations import UserInvitations
from platform_api.joining.registrations import Registrations
from platform_api.joining.routes import ROUTES
from platform_api.joining.tables import INVITATIONS, REGISTRATIONS

__all__ = ["ROUTES", "TABLES", "build"]

TABLES = (REGISTRATIONS, INVITATIONS)


def build(parts: Parts) -> Sequence[object]:
    """The services of joining."""
    database, clock, get = parts.database, parts.clock, parts.services.get
    trail, accounts, contacts, proofs = get(AuditTrail), get(NewAccounts), get(Contacts), get(Proofs)
    return (
        Registrations(database, clock, trail, get(Inbox), accounts, contacts, proofs),
        UserInvitations(database, clock, trail, accounts, contacts, get(Passwords), get(Logins)),
        Imports(database, clock, trail, accounts, contacts, parts.sealer),
    )
