"""What a client was told to be on air, so that it can tell what ended while it could not hear."""

from media.control import NodeEvent, PublicationEnded, PublicationStarted


class KnownPublications:
    """Publications by room, over lost links to the same node. Pure."""

    def __init__(self) -> None:
        self._present: dict[str, dict[str, PublicationStarted]] = {}
        self._unsure: dict[str, dict[str, PublicationStarted]] = {}

    def hear(self, event: NodeEvent) -> None:
        """An event in its order."""
        if isinstance(event, PublicationStarted):
            self._present.setdefault(event.room, {})[event.publication] = event
        elif isinstance(event, PublicationEnded):
            self._present.get(event.room, {}).pop(event.publication, None)

    def lose_link(self) -> None:
        """From now all that was on air may have ended unheard."""
        for room, publications in self._present.items():
            self._unsure.setdefault(room, {}).update(publications)
        self._present.clear()

    def ended(self, room: str) -> list[PublicationEnded]:
        """What the room lost meanwhile, once all that is on air there has been told again; asked once."""
        present = self._present.get(room, {})
        return [
            PublicationEnded(room=room, participant=lost.participant, publication=name)
            for name, lost in self._unsure.pop(room, {}).items()
            if name not in present
        ]

    def forget(self, room: str | None = None) -> None:
        """The room, or everything, is not the asker's any more."""
        for kept in (self._present, self._unsure):
            if room is None:
                kept.clear()
            else:
                kept.pop(room, None)
