"""Keys are made once, kept private, and weak ones refuse the start (CR-02)."""

from pathlib import Path

import pytest

from platform_api.kernel.config import Settings, SettingsError
from platform_api.kernel.keys import load_keys


def test_CR_02_keys_are_made_at_first_start_and_found_at_the_next(tmp_path: Path) -> None:
    first = load_keys(tmp_path, Settings({}, {}))
    again = load_keys(tmp_path, Settings({}, {}))

    assert first.signing.to_text() == again.signing.to_text()
    assert again.sealer.open(first.sealer.seal(b"x", context="c"), context="c") == b"x"
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()}
    assert modes == {"signing.key": 0o600, "sealing.key": 0o600, "lookup.key": 0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("weak", ["changeme", "secret", "x" * 15, "a-long-text-that-is-no-key-at-all"])
def test_CR_02_a_weak_key_refuses_the_start(tmp_path: Path, weak: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_keys(tmp_path, Settings({}, {"SCOPECAST_SECRETS__SIGNING_KEY": weak}))

    assert str(caught.value).count(weak) == "secrets.signing_key".count(weak)


def test_CR_02_a_key_in_the_settings_file_or_open_to_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        load_keys(tmp_path, Settings({"secrets": {"signing_key": "k1:AAAAAAAAAAAAAAAAAAAA"}}, {}))
    load_keys(tmp_path, Settings({}, {}))
    (tmp_path / "secrets" / "signing.key").chmod(0o644)

    with pytest.raises(SettingsError, match="0600"):
        load_keys(tmp_path, Settings({}, {}))
