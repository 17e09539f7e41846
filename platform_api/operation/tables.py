"""What each organisation keeps, as a list."""

from typing import Final

from platform_api.tables import Column, ColumnType, DataClass, Sort, Table


def _bytes(name: str, *, sortable: bool = False) -> Column:
    return Column(name=name, type=ColumnType.NUMBER, level=DataClass.INTERNAL, sortable=sortable)


STORAGE_LIST: Final = Table(
    name="storage",
    source="organisation_storage_rows",
    base="organisation_storage",
    permission="operation.view",
    key="organisation_id",
    sort=Sort(column="total", descending=True),
    columns=(
        Column(name="organisation_name", type=ColumnType.TEXT, level=DataClass.INTERNAL, nullable=True),
        _bytes("total", sortable=True),
        _bytes("recordings", sortable=True),
        _bytes("files", sortable=True),
        _bytes("previews"),
        _bytes("uploads"),
        _bytes("exports"),
    ),
)
