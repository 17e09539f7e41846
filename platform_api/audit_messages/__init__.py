"""The audit trail as DICOM audit messages to a receiver of the hospital (AD-04)."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.audit_messages.model import Delivery, SyslogSettings
from platform_api.audit_messages.service import AuditMessages
from platform_api.http import Parts

ROUTES = ()
__all__ = ["ROUTES", "AuditMessages", "Delivery", "build"]


def build(parts: Parts) -> Sequence[object]:
    """The delivery; it goes on while the front runs."""
    return (
        AuditMessages(
            database=parts.database,
            trail=parts.services.get(AuditTrail),
            clock=parts.clock,
            settings=parts.settings.section("syslog", SyslogSettings),
        ),
    )
