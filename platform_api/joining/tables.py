"""Who asks for an account, and who is invited to one, as lists."""

from typing import Final

from platform_api.identity.contacts import PHONE
from platform_api.joining.model import RegistrationState
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table
from platform_api.tables.masks import Masking

MANAGE: Final = "users.manage"
INVITATION_STATES: Final = ("open", "used", "revoked", "over")
ORGANISATION: Final = Column(
    name="organisation_id",
    type=ColumnType.REFERENCE,
    level=DataClass.INTERNAL,
    shown_by="organisation_name",
    filterable=True,
)
REGISTRATIONS: Final = Table(
    name="registrations",
    source="registration_rows",
    base="registrations",
    permission=MANAGE,
    organisation="organisation_id",
    noted=True,
    sort=Sort(column="created_at"),
    columns=(
        Column(name="name", type=ColumnType.TEXT, level=DataClass.LIMITED, filterable=True),
        ORGANISATION,
        Column(
            name="phone_sealed",
            type=ColumnType.SEALED,
            level=DataClass.LIMITED,
            masking=Masking.PHONE,
            unmask=MANAGE,
            context=f"{PHONE}:{{key}}",
        ),
        Column(name="same_phone", type=ColumnType.NUMBER, level=DataClass.LIMITED, sql_type="integer"),
        Column(name="reason", type=ColumnType.TEXT, level=DataClass.LIMITED),
        Column(name="title", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(name="speciality", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(
            name="state",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            options=tuple(state.value for state in RegistrationState),
            filterable=True,
        ),
        Column(
            name="created_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            sortable=True,
            filterable=True,
        ),
        Column(name="answer", type=ColumnType.TEXT, level=DataClass.LIMITED, shown=False),
        Column(
            name="reviewed_at", type=ColumnType.TIME, level=DataClass.INTERNAL, nullable=True, shown=False
        ),
    ),
)
INVITATIONS: Final = Table(
    name="user_invitations",
    source="user_invitation_rows",
    base="user_invitations",
    permission=MANAGE,
    organisation="organisation_id",
    sort=Sort(column="created_at", descending=True),
    columns=(
        Column(name="name", type=ColumnType.TEXT, level=DataClass.LIMITED),
        Column(name="roles", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        ORGANISATION,
        Column(name="state", type=ColumnType.ENUM, level=DataClass.INTERNAL, options=INVITATION_STATES),
        Column(
            name="created_by",
            type=ColumnType.REFERENCE,
            level=DataClass.LIMITED,
            shown_by="created_by_name",
            filterable=True,
        ),
        Column(
            name="created_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            sortable=True,
            filterable=True,
        ),
        Column(
            name="expires_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            sortable=True,
            filterable=True,
        ),
        Column(
            name="used_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            nullable=True,
            filterable=True,
            shown=False,
        ),
        Column(
            name="revoked_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            nullable=True,
            filterable=True,
            shown=False,
        ),
    ),
)
