from platform_api.kernel.rooms import (
    AUDIO_SOURCES,
    ROLE_PUBLISHES,
    ROLE_RIGHTS,
    VIDEO_SOURCES,
    Right,
    Role,
    Source,
)


def test_every_source_is_either_heard_or_seen() -> None:
    assert set(Source) == AUDIO_SOURCES | VIDEO_SOURCES
    assert not AUDIO_SOURCES & VIDEO_SOURCES


def test_every_role_has_its_rights_and_sources() -> None:
    assert set(ROLE_RIGHTS) == set(ROLE_PUBLISHES) == set(Role)


def test_only_a_host_may_moderate_or_end() -> None:
    for role, rights in ROLE_RIGHTS.items():
        assert (Right.END in rights) == (Right.MODERATE in rights) == (role is Role.HOST)


def test_commentary_is_the_commentators_alone() -> None:
    assert [role for role, sources in ROLE_PUBLISHES.items() if Source.COMMENTARY in sources] == [
        Role.COMMENTATOR
    ]
