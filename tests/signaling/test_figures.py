"""What pages report, as an operator's Prometheus reads it."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest

from platform_api.kernel.clock import ManualClock
from platform_api.kernel.named_rooms import MAX_ROOMS_NAMED, QUIET_S
from platform_api.kernel.rooms import Source
from signaling.figures import PageFigures
from signaling.messages.media import Seen

NOW = datetime(2026, 11, 30, tzinfo=UTC)

SEEN = Seen(publication="anne.scope", frames=30, freezes=2, frozen_ms=500, first_frame_ms=212)


def value(registry: CollectorRegistry, figure: str, room: str) -> float | None:
    labels = {"node": "media-1", "room": room, "source": "scope"}
    return registry.get_sample_value(f"scopecast_viewer_{figure}", labels)


def test_reports_add_up_by_node_room_and_source_and_name_nobody() -> None:
    registry = CollectorRegistry()
    figures = PageFigures(registry, node="media-1", clock=ManualClock(NOW))

    figures.count("room-1", Source.SCOPE, SEEN)
    figures.count("room-1", Source.SCOPE, SEEN)
    figures.count("room-2", Source.SCOPE, SEEN)

    assert value(registry, "freezes_total", "room-1") == 4
    assert value(registry, "frozen_seconds_total", "room-1") == 1.0
    assert value(registry, "first_frame_seconds_count", "room-2") == 1
    assert "anne" not in generate_latest(registry).decode()


def test_rooms_beyond_the_limit_are_one_and_quiet_ones_are_forgotten() -> None:
    registry, clock = CollectorRegistry(), ManualClock(NOW)
    figures = PageFigures(registry, node="media-1", clock=clock)

    for number in range(MAX_ROOMS_NAMED + 3):
        figures.count(f"room-{number}", Source.SCOPE, SEEN)
    assert value(registry, "freezes_total", "others") == 6
    clock.advance(QUIET_S)
    figures.count("late", Source.SCOPE, SEEN)

    assert value(registry, "freezes_total", "late") == 2
    assert value(registry, "freezes_total", "room-0") is None
