"""A grant from the command line is one line, valid for its room, and never longer than a day."""

import argparse
from pathlib import Path

import pytest

from deploy.launch.token import TokenRefused, declare, make_token
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings
from platform_api.kernel.keys import load_keys
from platform_api.kernel.rooms import Source
from platform_api.kernel.tokens import verify_grant


def parsed(data_dir: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    declare(parser)
    return parser.parse_args(["--data-dir", str(data_dir), *words])


def test_the_grant_names_its_room_and_sources(tmp_path: Path) -> None:
    token = make_token(parsed(tmp_path, "--room", "r1", "--publish", "scope,voice", "--subscribe", "all"))

    keys = load_keys(tmp_path, Settings({}, {})).signing.verifying()
    grant = verify_grant(token, keys=keys, clock=SystemClock())

    assert "\n" not in token
    assert grant.room == "r1"
    assert grant.publish == {Source.SCOPE, Source.VOICE}
    assert grant.subscribe == frozenset(Source)


def test_a_life_above_a_day_and_an_unknown_source_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TokenRefused, match="may not live"):
        make_token(parsed(tmp_path, "--room", "r1", "--ttl", "90000"))
    with pytest.raises(TokenRefused, match="nose"):
        make_token(parsed(tmp_path, "--room", "r1", "--publish", "nose"))
