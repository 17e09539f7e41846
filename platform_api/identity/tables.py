"""Accounts as a list."""

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
        Column(name="roles", type=ColumnType.TEXT, level=DataClass.INTERNAL),
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
