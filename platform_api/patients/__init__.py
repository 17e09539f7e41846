"""Patients' own accounts: a code to the telephone opens them, and nothing of the staff's."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.http import Parts
from platform_api.identity.contacts import Contacts
from platform_api.identity.logins import Logins
from platform_api.identity.proof import Proofs
from platform_api.notify import Messages
from platform_api.patients.routes import ROUTES
from platform_api.patients.service import PhoneLogin

__all__ = ["ROUTES", "build"]


def build(parts: Parts) -> Sequence[object]:
    """The service."""
    get = parts.services.get
    return (
        PhoneLogin(
            parts.database,
            parts.clock,
            get(AuditTrail),
            get(Messages),
            get(Contacts),
            get(Proofs),
            get(Logins),
        ),
    )
