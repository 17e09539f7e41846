"""What the database says of itself."""

from platform_api.db import Transaction
from platform_api.operation.model import DatabaseFacts


async def facts(transaction: Transaction) -> DatabaseFacts | None:
    """Version, size and connections."""
    row = await transaction.fetchrow(
        "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS size, "
        "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections, "
        "current_setting('max_connections')::integer AS most"
    )
    if row is None:
        return None
    return DatabaseFacts(
        version=row["version"],
        size=row["size"],
        connections=row["connections"],
        connections_most=row["most"],
    )
