"""PostgreSQL for the platform: the one importer of the driver."""

from platform_api.db.pool import Database, DatabaseSettings
from platform_api.db.transaction import Actor, Record, Transaction, UniqueBroken, acting_as

__all__ = ["Actor", "Database", "DatabaseSettings", "Record", "Transaction", "UniqueBroken", "acting_as"]
