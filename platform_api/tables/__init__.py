"""Lists as data: what a domain writes to have one. `serving` is the part that answers."""

from platform_api.tables.masks import Masking
from platform_api.tables.model import Column, ColumnType, DataClass, Sort, Table

__all__ = ["Column", "ColumnType", "DataClass", "Masking", "Sort", "Table"]
