"""What accounts are sorted and searched by, made once for those from before they had it."""

from typing import Final

from platform_api.db import Database
from platform_api.identity import list_store
from platform_api.identity.proof import SYSTEM
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger
from platform_api.search import index_name, name_key

BATCH: Final = 500


class UserWords:
    """Sees to it that every account can be found in the list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self) -> None:
        """Fills in what an older release did not write; nothing to do at any other start."""
        try:
            while await self._fill():
                pass
        except Unavailable:
            get_logger("identity").warning("identity.words_unfilled")

    async def close(self) -> None:
        """Nothing to end."""

    async def _fill(self) -> bool:
        """Whether there was a whole batch, so that there may be more."""
        async with self._database.transaction(SYSTEM) as transaction:
            found = await list_store.without_words(transaction, BATCH)
            for user, name, username in found:
                words = index_name(name, username)
                await list_store.keep_words(transaction, user, name_key(name), words)
        return len(found) == BATCH
