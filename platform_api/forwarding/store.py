"""All SQL of forwarding."""

from platform_api.db import Transaction
from platform_api.kernel.ids import OrganisationId


async def is_there(transaction: Transaction, organisation: OrganisationId) -> bool:
    """Whether there is such an organisation, for the house."""
    return bool(
        await transaction.fetchval("SELECT EXISTS (SELECT FROM organisations WHERE id = $1)", organisation)
    )
