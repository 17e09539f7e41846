"""Lists taken away as files: for a purpose, agreed by a second person, marked, on record."""

from collections.abc import Sequence

from platform_api.audit import AuditTrail
from platform_api.exports.jobs import JOBS, SCHEDULES, ExportWriter
from platform_api.exports.model import ExportSettings, WriteExport
from platform_api.exports.routes import ROUTES
from platform_api.exports.service import Exports
from platform_api.exports.tables import OWN, WAITING
from platform_api.exports.vault import Vault
from platform_api.http import Parts
from platform_api.inbox import Inbox
from platform_api.jobs import Jobs
from platform_api.tables.service import Tables

__all__ = [
    "JOBS",
    "ROUTES",
    "SCHEDULES",
    "TABLES",
    "ExportSettings",
    "ExportWriter",
    "Exports",
    "Vault",
    "WriteExport",
    "build",
]

TABLES = (OWN, WAITING)


def build(parts: Parts) -> Sequence[object]:
    """The exports; their files are written by `ExportWriter` in the worker."""
    services = parts.services
    return (
        Exports(
            database=parts.database,
            clock=parts.clock,
            trail=services.get(AuditTrail),
            inbox=services.get(Inbox),
            jobs=services.get(Jobs),
            tables=services.get(Tables),
            vault=Vault.below(parts.data_dir, parts.sealer),
            settings=parts.settings.section("exports", ExportSettings),
        ),
    )
