"""By what sessions are found, made once for those from before they had it."""

from typing import Final

from platform_api.db import Database
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.log import get_logger
from platform_api.teaching import store
from platform_api.teaching.access import SYSTEM

BATCH: Final = 200


class SessionWords:
    """Sees to it that every session can be found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self) -> None:
        """Fills in what an older release did not write; nothing to do at any other start."""
        try:
            while await self._fill():
                pass
        except Unavailable:
            get_logger("teaching").warning("teaching.words_unfilled")

    async def close(self) -> None:
        """Nothing to end."""

    async def _fill(self) -> bool:
        """Whether there was a whole batch, so that there may be more."""
        async with self._database.transaction(SYSTEM) as transaction:
            found = await store.without_words(transaction, BATCH)
            for session, expert_name, plan in found:
                await store.keep_words(transaction, session, expert_name, plan)
        return len(found) == BATCH
