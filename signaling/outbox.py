"""The way out to connections: what rooms ask of the gateway."""

from collections.abc import Sequence
from typing import Any, Protocol


class Outbox(Protocol):
    """Sends frames in the order in which it is asked; never waits for a slow receiver."""

    async def send(self, to: Sequence[str], frame: str, data: dict[str, Any], *, volatile: bool) -> None:
        """One frame to these connections; volatile ones skip a receiver that lags behind."""
        ...

    async def cut(self, connection: str) -> None:
        """Ends the connection after what was sent before has left; unknown ones are ignored."""
        ...
