"""Who hears the packets of which publication: taps outlive the publication and its reconnects."""

from collections.abc import Callable

from media.control import TapLayers
from media.plane import PacketPlane, TapPacket
from media.publication import Publication
from platform_api.kernel.log import get_logger

TapSink = Callable[[TapPacket], None]
Tapped = tuple[TapSink, TapLayers]
_log = get_logger("media.taps")


class Taps:
    """Fans the plane's one sink a publication out to any number of listeners."""

    def __init__(self, plane: PacketPlane) -> None:
        self._plane = plane
        self._sinks: dict[tuple[str, str], dict[object, Tapped]] = {}

    def add(self, room: str, publication: str, owner: object, sink: TapSink, layers: TapLayers) -> None:
        self._sinks.setdefault((room, publication), {})[owner] = sink, layers

    def remove(self, room: str, publication: str, owner: object) -> None:
        sinks = self._sinks.get((room, publication), {})
        sinks.pop(owner, None)
        if not sinks:
            self._sinks.pop((room, publication), None)

    def hears(self, publication: Publication) -> bool:
        """Whether anybody listens."""
        return bool(self._sinks.get((publication.room, publication.id)))

    def needs(self, publication: Publication) -> TapLayers | None:
        """Which layers those who listen need together; None: nobody listens."""
        needed = {layers for _, layers in self._sinks.get((publication.room, publication.id), {}).values()}
        return None if not needed else TapLayers.ALL if TapLayers.ALL in needed else TapLayers.BEST

    def connect(self, publication: Publication) -> None:
        """Taps the publication on the plane if anybody listens; the plane is silent while it is off."""
        sinks = self._sinks.get((publication.room, publication.id))
        if not sinks:
            self._plane.tap(publication.plane_id, None)
            return

        def fan_out(packet: TapPacket) -> None:
            for sink, _ in list(sinks.values()):
                try:
                    sink(packet)
                except Exception:  # noqa: BLE001 - one listener's fault is not another's
                    _log.exception("tap.failed", publication=publication.id)

        self._plane.tap(publication.plane_id, fan_out)

    def disconnect(self, publication: Publication) -> None:
        self._plane.tap(publication.plane_id, None)
