from datetime import UTC, datetime

from platform_api.kernel.bus import LocalBus
from platform_api.kernel.events import AccessRevoked, CommentHidden, Event
from platform_api.kernel.ids import CommentId, RoomId

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def revoked(subject: str) -> AccessRevoked:
    return AccessRevoked(at=NOW, subject=subject, room=None)


async def test_subscribers_hear_in_order_before_publish_returns() -> None:
    bus, heard = LocalBus(), list[str]()

    async def first(event: AccessRevoked) -> None:
        heard.append(f"first {event.subject}")

    async def second(event: AccessRevoked) -> None:
        heard.append(f"second {event.subject}")

    bus.subscribe(AccessRevoked, first)
    bus.subscribe(AccessRevoked, second)
    await bus.publish(revoked("u1"))

    assert heard == ["first u1", "second u1"]


async def test_a_subscriber_hears_only_its_kind() -> None:
    bus, heard = LocalBus(), list[Event]()

    async def keep(event: CommentHidden) -> None:
        heard.append(event)

    bus.subscribe(CommentHidden, keep)
    await bus.publish(revoked("u1"))
    hidden = CommentHidden(at=NOW, room=RoomId("r"), comment=CommentId("c"))
    await bus.publish(hidden)

    assert heard == [hidden]


async def test_one_subscribers_fault_reaches_neither_teller_nor_others() -> None:
    bus, heard = LocalBus(), list[str]()

    async def broken(event: AccessRevoked) -> None:
        raise RuntimeError(event.subject)

    async def sound(event: AccessRevoked) -> None:
        heard.append(event.subject)

    bus.subscribe(AccessRevoked, broken)
    bus.subscribe(AccessRevoked, sound)
    await bus.publish(revoked("u1"))

    assert heard == ["u1"]


async def test_an_ended_subscription_hears_no_more_and_may_be_ended_twice() -> None:
    bus, heard = LocalBus(), list[str]()

    async def keep(event: AccessRevoked) -> None:
        heard.append(event.subject)

    end = bus.subscribe(AccessRevoked, keep)
    await bus.publish(revoked("u1"))
    end()
    end()
    await bus.publish(revoked("u2"))

    assert heard == ["u1"]


async def test_a_handler_may_end_its_own_subscription_while_it_is_told() -> None:
    bus, heard = LocalBus(), list[str]()

    async def once(event: AccessRevoked) -> None:
        heard.append(event.subject)
        end()

    async def always(event: AccessRevoked) -> None:
        heard.append(f"always {event.subject}")

    end = bus.subscribe(AccessRevoked, once)
    bus.subscribe(AccessRevoked, always)
    await bus.publish(revoked("u1"))
    await bus.publish(revoked("u2"))

    assert heard == ["u1", "always u1", "always u2"]
