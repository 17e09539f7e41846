from dataclasses import dataclass
from pathlib import Path

import pytest

from platform_api.kernel.config import WEAK_SECRETS, Secret, Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Example:
    port: int = 8080
    host: str = "127.0.0.1"
    open: bool = False
    ratio: float = 0.5
    folder: Path = Path("var")
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Secret | None = None


STRONG = "kq7-Xv29-pLm4-Zt81"


def example(table: dict[str, object] | None = None, **environment: str) -> Example:
    return Settings({"example": table or {}}, environment).section("example", Example)


def test_defaults_hold_where_nothing_is_said() -> None:
    assert example() == Example()


def test_the_environment_is_stronger_than_the_file() -> None:
    settings = example({"port": 1, "host": "a"}, SCOPECAST_EXAMPLE__PORT="2")

    assert (settings.port, settings.host) == (2, "a")


def test_values_take_the_type_of_their_field() -> None:
    settings = example(
        SCOPECAST_EXAMPLE__OPEN="yes",
        SCOPECAST_EXAMPLE__RATIO="0.25",
        SCOPECAST_EXAMPLE__FOLDER="/tmp/x",
        SCOPECAST_EXAMPLE__NAMES="a, b,,c",
        SCOPECAST_EXAMPLE__CERTIFICATE="/tmp/c.pem",
    )

    assert settings.open is True
    assert settings.ratio == 0.25
    assert settings.folder == Path("/tmp/x")
    assert settings.names == ("a", "b", "c")
    assert settings.certificate == Path("/tmp/c.pem")


def test_an_empty_optional_value_is_none() -> None:
    assert example({"certificate": ""}).certificate is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"prot": 1}, "example.prot"),
        ({"port": "many"}, "example.port"),
        ({"open": "perhaps"}, "example.open"),
        ({"names": 3}, "example.names: 3 is not a list"),
    ],
)
def test_an_unknown_or_bad_setting_refuses_the_start(table: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        example(table)


def test_a_file_that_is_absent_or_broken_refuses_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("port = = 1", encoding="utf-8")

    for path in (broken, tmp_path / "absent.toml"):
        with pytest.raises(SettingsError, match=path.name):
            Settings.read(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[medai]\nport = 1\n", "unknown section medai in {file}; did you mean media?"),
        ("port = 1\n", "unknown setting port in {file}"),
        ("media = 1\n", "media must be a section in {file}: [media]"),
        ("[media]\nprot = 1\n", "unknown setting media.prot in {file}; did you mean port?"),
    ],
)
def test_what_nobody_would_read_is_refused_and_its_place_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        Settings.read(path).section("media", Example)

    assert str(refused.value) == said.format(file=path)


def test_a_variable_of_no_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOPECAST_SERVER", "not a setting of ours")
    Settings.read(None)
    monkeypatch.setenv("SCOPECAST_MEDAI__PORT", "1")

    with pytest.raises(SettingsError, match="unknown setting SCOPECAST_MEDAI__PORT in the environment"):
        Settings.read(None)


def test_a_variable_of_a_known_section_may_be_misspelt_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOPECAST_MEDIA__PROT", "1")

    with pytest.raises(SettingsError, match=r"unknown setting media\.prot in the environment; did you"):
        Settings.read(None).section("media", Example)


def test_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scopecast.toml"
    path.write_text("[media]\nport = 9\n", encoding="utf-8")
    monkeypatch.setenv("SCOPECAST_MEDIA__HOST", "b")

    settings = Settings.read(path).section("media", Example)

    assert (settings.port, settings.host) == (9, "b")


def test_CR_02_a_secret_comes_from_its_file_or_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{STRONG}\n", encoding="utf-8")

    assert example({"key_file": str(path)}).key == STRONG
    assert example(SCOPECAST_EXAMPLE__KEY=STRONG).key == STRONG
    assert example(SCOPECAST_EXAMPLE__KEY_FILE=str(path)).key == STRONG


def test_CR_02_a_secret_in_the_settings_file_refuses_the_start() -> None:
    with pytest.raises(SettingsError, match="key_file"):
        example({"key": STRONG})


@pytest.mark.parametrize("weak", [*sorted(WEAK_SECRETS), "short", "", "x" * 15, "CHANGEME"])
def test_CR_02_a_weak_secret_refuses_the_start(weak: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(weak, encoding="utf-8")

    with pytest.raises(SettingsError, match="too weak"):
        example({"key_file": str(path)})


def test_CR_02_a_missing_secret_file_refuses_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"example\.key"):
        example({"key_file": str(tmp_path / "absent")})


def test_CR_02_a_secret_is_never_shown() -> None:
    settings = example(SCOPECAST_EXAMPLE__KEY=STRONG)

    assert STRONG not in repr(settings)
    assert STRONG not in f"{settings!r}"
