"""Settings of the live layer, section `signaling`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalingSettings:
    """`allowed_origins` beside the page's own origin; durations in seconds."""

    allowed_origins: tuple[str, ...] = ()
    node: str = "media-1"
    max_participants: int = 500
    max_connections: int = 5000
    seat_kept_s: float = 60.0
    room_idle_s: float = 20.0
    tick_s: float = 1.0
    greeting_timeout_s: float = 10.0
    ping_interval_s: float = 4.0
    ping_timeout_s: float = 3.0
    history_events: int = 2000
    recorder_retry_s: float = 2.0
