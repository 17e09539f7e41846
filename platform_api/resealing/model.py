"""Which columns are sealed, and for what each value was sealed, as data."""

from dataclasses import dataclass
from typing import ClassVar, Final

from platform_api.jobs import JobSpec, Name


class ResealColumns(JobSpec):
    """All sealed columns and finished exports under this master key."""

    kind: ClassVar[str] = "keys.reseal"

    master_key: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A column; `context` names, before the row's key, what a value was sealed for."""

    table: str
    key: str
    column: str
    context: str

    def context_of(self, key: str) -> str:
        """What the value of this row was sealed for."""
        return f"{self.context}:{key}"


COLUMNS: Final = (
    SealedColumn(table="users", key="id", column="totp_sealed", context="totp"),
    SealedColumn(table="user_contacts", key="user_id", column="phone_sealed", context="phone"),
    SealedColumn(table="user_contacts", key="user_id", column="document_sealed", context="document"),
    SealedColumn(table="registrations", key="id", column="phone_sealed", context="phone"),
    SealedColumn(table="user_imports", key="id", column="sealed", context="user_import"),
    SealedColumn(table="patient_accounts", key="id", column="phone_sealed", context="patient_phone"),
    SealedColumn(table="phone_codes", key="id", column="phone_sealed", context="phone"),
)
"""All of them: a test holds this against the schema, and against what the domains seal."""


@dataclass(slots=True, kw_only=True)
class Resealed:
    """How many values were sealed anew, and how many do not open."""

    changed: int = 0
    broken: int = 0
