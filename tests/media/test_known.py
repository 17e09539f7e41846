"""What ended while the link was lost, told once."""

from media.control import PublicationEnded, PublicationStarted
from media.known import KnownPublications
from platform_api.kernel.rooms import Source


def started(participant: str, room: str = "room-1") -> PublicationStarted:
    return PublicationStarted(
        room=room,
        participant=participant,
        publication=f"{participant}.scope",
        source=Source.SCOPE,
        kind="video",
        codec="VP8",
        clock_rate=90000,
    )


def ended(participant: str) -> PublicationEnded:
    return PublicationEnded(room="room-1", participant=participant, publication=f"{participant}.scope")


def test_what_is_not_told_again_has_ended() -> None:
    known = KnownPublications()
    for participant in ("stays", "goes", "went"):
        known.hear(started(participant))
    known.hear(ended("went"))
    known.hear(started("other", room="room-2"))

    known.lose_link()
    known.hear(started("stays"))

    assert known.ended("room-1") == [ended("goes")]
    assert known.ended("room-1") == []


def test_a_second_loss_before_all_was_asked_forgets_nothing() -> None:
    known = KnownPublications()
    known.hear(started("goes"))
    known.lose_link()
    known.hear(started("comes"))
    known.lose_link()

    assert known.ended("room-1") == [ended("goes"), ended("comes")]


def test_what_was_forgotten_ends_silently() -> None:
    known = KnownPublications()
    known.hear(started("goes"))
    known.lose_link()
    known.forget("room-1")

    assert known.ended("room-1") == []
    known.hear(started("goes"))
    known.forget()
    known.lose_link()
    assert known.ended("room-1") == []
