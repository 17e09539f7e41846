"""Accounts and keys of programs as lists."""

from typing import Final

from platform_api.search import SearchColumns
from platform_api.tables import Column, ColumnType, DataClass, Sort, Table

STANDINGS: Final = ("active", "invited", "disabled")
SEARCH: Final = SearchColumns(finder="users_found", place="place")
USERS: Final = Table(
    name="users",
    source="user_rows",
    base="users",
    permission="users.manage",
    exports="users.manage",
    organisation="organisation_id",
    large=True,
    noted=True,
    search=SEARCH,
    sort=Sort(column="name"),
    columns=(
        Column(
            name="id",
            type=ColumnType.REFERENCE,
            level=DataClass.LIMITED,
            shown_by="name",
            index="users_pkey",
            filterable=True,
            shown=False,
            asked_alone=True,
        ),
        Column(
            name="name",
            type=ColumnType.TEXT,
            level=DataClass.LIMITED,
            sort_by="name_key",
            sortable=True,
        ),
        Column(
            name="username",
            type=ColumnType.TEXT,
            level=DataClass.LIMITED,
            index="users_username_key",
            filterable=True,
        ),
        Column(
            name="organisation_id",
            type=ColumnType.REFERENCE,
            level=DataClass.INTERNAL,
            shown_by="organisation_name",
            filterable=True,
        ),
        Column(name="title", type=ColumnType.TEXT, level=DataClass.INTERNAL, shown=False),
        Column(
            name="roles",
            type=ColumnType.REFERENCE,
            level=DataClass.INTERNAL,
            sql_type="text",
            holders="role_holders",
            filterable=True,
        ),
        Column(
            name="standing",
            type=ColumnType.ENUM,
            level=DataClass.INTERNAL,
            options=STANDINGS,
            filterable=True,
        ),
        Column(
            name="second_factor",
            type=ColumnType.BOOLEAN,
            level=DataClass.INTERNAL,
            filterable=True,
        ),
        Column(
            name="created_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            sortable=True,
            filterable=True,
            shown=False,
        ),
    ),
)
KEY_STATES: Final = ("good", "over", "revoked")
API_KEYS: Final = Table(
    name="api_keys",
    source="api_key_rows",
    base="api_keys",
    permission="api_keys.manage",
    exports="api_keys.manage",
    organisation="organisation_id",
    sort=Sort(column="created_at", descending=True),
    columns=(
        Column(name="name", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(name="prefix", type=ColumnType.TEXT, level=DataClass.INTERNAL, filterable=True),
        Column(name="state", type=ColumnType.ENUM, level=DataClass.INTERNAL, options=KEY_STATES),
        Column(name="scopes", type=ColumnType.TEXT, level=DataClass.INTERNAL),
        Column(
            name="user_id",
            type=ColumnType.REFERENCE,
            level=DataClass.LIMITED,
            shown_by="user_name",
            index="api_keys_user_idx",
            filterable=True,
        ),
        Column(
            name="organisation_id",
            type=ColumnType.REFERENCE,
            level=DataClass.INTERNAL,
            shown_by="organisation_name",
            filterable=True,
        ),
        Column(name="per_minute", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sql_type="integer"),
        Column(name="per_day", type=ColumnType.NUMBER, level=DataClass.INTERNAL, sql_type="integer"),
        Column(
            name="expires_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            sortable=True,
            filterable=True,
        ),
        Column(name="used_at", type=ColumnType.TIME, level=DataClass.INTERNAL, nullable=True),
        Column(
            name="created_at",
            type=ColumnType.TIME,
            level=DataClass.INTERNAL,
            sortable=True,
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
