"""The audit trail: who did what, when, from where, and how it went; it only grows."""

from collections.abc import Sequence

from platform_api.audit.anchor import AnchorFile
from platform_api.audit.model import Entry, KeptEntry, Outcome, Tag, Who
from platform_api.audit.routes import ROUTES
from platform_api.audit.service import AuditTrail, ChainBroken
from platform_api.audit.tables import AUDIT
from platform_api.http import Parts

__all__ = [
    "ROUTES",
    "TABLES",
    "AuditTrail",
    "ChainBroken",
    "Entry",
    "KeptEntry",
    "Outcome",
    "Tag",
    "Who",
    "build",
]

TABLES = (AUDIT,)


def build(parts: Parts) -> Sequence[object]:
    """The trail, its anchor below the data directory."""
    anchor = AnchorFile(parts.data_dir / "audit" / "anchor", parts.sealer)
    return (AuditTrail(parts.database, parts.clock, anchor),)
