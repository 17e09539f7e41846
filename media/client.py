"""How the rest of the house speaks to media nodes: a protocol; `local` and `remote` satisfy it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from media.control import Candidate as CandidateRequest
from media.control import (
    CloseRoom,
    Disconnect,
    Figures,
    IceRestarted,
    Negotiate,
    Negotiated,
    NodeEvent,
    RequestKeyframe,
    RestartIce,
    RoomSeen,
    RoomsSeen,
    SetPublication,
    SetViewport,
    Stats,
    Subscribe,
    Subscribed,
    TapLayers,
)
from media.plane import TapPacket
from media.tap_wire import TapBatch
from platform_api.kernel.errors import AppError

__all__ = ["MediaAway", "MediaClient", "MediaRefused", "TapBatch", "TapClient", "TapPacket"]


class MediaRefused(AppError):
    """The node refused: code `media.*`, the peer's fault."""

    code = "media.refused"
    status_hint = 400


class MediaAway(AppError):
    """The node cannot be reached now."""

    code = "media.away"
    status_hint = 503


class MediaClient(Protocol):
    """One media node as its clients see it. Calls raise MediaRefused or MediaAway."""

    async def negotiate(self, request: Negotiate) -> Negotiated: ...

    async def subscribe(self, request: Subscribe) -> Subscribed: ...

    async def set_viewport(self, request: SetViewport) -> None: ...

    async def set_publication(self, request: SetPublication) -> None: ...

    async def candidate(self, request: CandidateRequest) -> None: ...

    async def restart_ice(self, request: RestartIce) -> IceRestarted: ...

    async def disconnect(self, request: Disconnect) -> None: ...

    async def close_room(self, request: CloseRoom) -> None: ...

    async def request_keyframe(self, request: RequestKeyframe) -> None: ...

    async def stats(self, room: str) -> Stats: ...

    async def look_at_rooms(self, among: Sequence[str]) -> RoomsSeen:
        """What lives in those of these rooms that are on the node, for an operator."""
        ...

    async def look_at_room(self, room: str) -> RoomSeen: ...

    async def figures(self) -> Figures:
        """What an operator's Prometheus wants to know of the node."""
        ...

    async def watch(self, room: str) -> None:
        """Has the room's events sent to the listeners, its present publications first."""
        ...

    def on_event(self, listener: Callable[[NodeEvent], None]) -> None: ...

    def on_reset(self, listener: Callable[[], None]) -> None:
        """Called when the node behind the link is another one than before: its rooms are gone.

        A lost link to the same node is made good silently: what ended meanwhile is told as an event.
        """
        ...


class TapClient(MediaClient, Protocol):
    """A media client that also hears the packets themselves: what a recorder needs."""

    async def tap(
        self,
        room: str,
        publication: str,
        sink: Callable[[TapBatch], None],
        *,
        layers: TapLayers = TapLayers.ALL,
    ) -> None:
        """Has every packet of the publication given to the sink, in batches of about 20 ms.

        The publication may come later: the tap waits for it, and outlives its reconnects and a lost link
        to the node (packets meanwhile are lost). The sink is called on the event loop and must not block.
        A second tap of the same publication replaces the first. `layers`: what of it is needed.
        """
        ...

    async def untap(self, room: str, publication: str) -> None:
        """Ends the tap; unknown ones are ignored."""
        ...
