"""The closed message catalogue of namespace `/room`."""

from signaling.messages import annotation, media, moderation, room
from signaling.messages.catalogue import PROTOCOL_VERSION, EventSpec, RequestSpec

REQUESTS: dict[str, RequestSpec] = {
    spec.name: spec for spec in (*room.REQUESTS, *media.REQUESTS, *annotation.REQUESTS, *moderation.REQUESTS)
}
EVENTS: dict[str, EventSpec] = {
    spec.name: spec for spec in (*room.EVENTS, *media.EVENTS, *annotation.EVENTS, *moderation.EVENTS)
}

__all__ = ["EVENTS", "PROTOCOL_VERSION", "REQUESTS", "EventSpec", "RequestSpec"]
