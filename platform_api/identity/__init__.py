"""Who there is and who is signed in: accounts, logins, invitations, grants into rooms."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.identity.api_keys import ApiKeys
from platform_api.identity.certificates import Certificates
from platform_api.identity.composed_roles import ComposedRoles
from platform_api.identity.contacts import Contacts
from platform_api.identity.cookies import keep_refresh
from platform_api.identity.duties import Duties
from platform_api.identity.factors import SecondFactors
from platform_api.identity.gate import Gate
from platform_api.identity.given_roles import GivenRoles
from platform_api.identity.grants import Grants, SignedGrant
from platform_api.identity.invitations import Invitations, ShareGuests
from platform_api.identity.listing import UserWords
from platform_api.identity.logins import Logins
from platform_api.identity.model import Invitation, NewInvitation, Tokens
from platform_api.identity.new_accounts import NewAccounts
from platform_api.identity.own_logins import OwnLogins
from platform_api.identity.passkeys import Passkeys
from platform_api.identity.passwords import Passwords
from platform_api.identity.proof import Proofs
from platform_api.identity.rebinding import Rebinding
from platform_api.identity.recovery import RecoveryCodes
from platform_api.identity.routes import ROUTES
from platform_api.identity.rules import IdentitySettings
from platform_api.identity.service import Accounts
from platform_api.identity.tables import API_KEYS, USERS
from platform_api.identity.users import Administration
from platform_api.inbox import Inbox

__all__ = [
    "ROUTES",
    "TABLES",
    "Grants",
    "Invitation",
    "Invitations",
    "NewInvitation",
    "ShareGuests",
    "SignedGrant",
    "Tokens",
    "build",
    "keep_refresh",
]

TABLES = (USERS, API_KEYS)


def build(parts: Parts) -> Sequence[object]:
    """The services of identity."""
    settings = parts.settings.section("identity", IdentitySettings)
    database, clock = parts.database, parts.clock
    trail = parts.services.get(AuditTrail)
    inbox = parts.services.get(Inbox)
    passwords = Passwords(settings)
    proofs = Proofs(database, clock, passwords)
    logins = Logins(database, parts.bus, clock, trail, parts.signing_key, settings)
    passkeys = Passkeys(database, clock, trail, proofs, logins, settings, inbox)
    recovery = RecoveryCodes(database, clock, trail, proofs, parts.lookup, inbox)
    factors = SecondFactors(database, clock, trail, parts.sealer, proofs, logins, recovery, passkeys)
    keys = ApiKeys(database, clock, trail, proofs)
    parts.admission.add(logins.check_grant)
    return (
        passwords,
        logins,
        passkeys,
        recovery,
        factors,
        keys,
        proofs,
        NewAccounts(clock, settings),
        Contacts(clock, parts.sealer, parts.lookup),
        Gate(logins, keys),
        Certificates(database, clock, trail, proofs, logins, settings),
        OwnLogins(database, clock, logins, settings),
        Accounts(database, clock, trail, passwords, proofs, factors, passkeys, logins, inbox),
        Administration(database, clock, trail, passwords, logins, settings),
        Invitations(database, clock, trail, logins),
        ShareGuests(database, logins),
        Grants(parts.signing_key, clock),
        UserWords(database),
        Duties(database, clock, trail, logins),
        Rebinding(database, clock, trail, parts.sealer, proofs, factors, logins),
        GivenRoles(database, clock, trail, logins),
        ComposedRoles(database, clock, trail, logins),
    )
