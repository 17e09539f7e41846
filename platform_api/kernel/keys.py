"""The keys that live outside the database: made at first start, readable by their owner alone."""

import os
import secrets as random
import stat
from dataclasses import dataclass
from pathlib import Path

from platform_api.kernel.ciphers import Algorithm
from platform_api.kernel.config import Secret, Settings, SettingsError
from platform_api.kernel.disk import sync_directory
from platform_api.kernel.lookup import Lookup
from platform_api.kernel.sealing import Sealer
from platform_api.kernel.tokens import SigningKey

SIGNING_FILE = "signing.key"
SEALING_FILE = "sealing.key"
LOOKUP_FILE = "lookup.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSettings:
    """Section `secrets`: keys given from outside; without them those in the data directory are used."""

    signing_key: Secret | None = None
    sealing_key: Secret | None = None
    cipher: Algorithm = Algorithm.AES
    lookup_key: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What signs tokens, what seals columns and files, and what finds again what is sealed."""

    signing: SigningKey
    sealer: Sealer
    lookup: Lookup


def load_keys(data_dir: Path, settings: Settings) -> Keys:
    """The keys from the settings or from `{data}/secrets/`, made there if missing.

    Raises SettingsError for a weak, unreadable or exposed key: the start ends with exit code 2 (CR-02).
    """
    given = settings.section("secrets", SecretSettings)
    directory = data_dir / "secrets"
    signing = given.signing_key or kept_text(
        directory / SIGNING_FILE, SigningKey.generate(_key_id()).to_text()
    )
    lookup = given.lookup_key or kept_text(directory / LOOKUP_FILE, Lookup.generate_text(_key_id()))
    try:
        return Keys(
            signing=SigningKey.from_text(signing),
            sealer=_sealer(directory, given),
            lookup=Lookup.from_text(lookup),
        )
    except ValueError as error:
        raise SettingsError("a key is not of the form `key_id:base64 of 32 bytes`") from error


def _sealer(directory: Path, given: SecretSettings) -> Sealer:
    """Over the keys of the settings, which stay, or over our own file of keys, to which one may be added."""
    if given.sealing_key is not None:
        return Sealer.from_text(given.sealing_key, given.cipher)
    kept_text(directory / SEALING_FILE, Sealer.generate_text(_key_id()))
    return Sealer.from_file(directory / SEALING_FILE, given.cipher)


def add_sealing_key(data_dir: Path, settings: Settings) -> str:
    """Adds a master key, which is the one in use from now on; gives its id.

    Raises SettingsError where the keys come from the settings: there the operator adds the line.
    """
    path = _own_sealing_file(data_dir, settings)
    key_id = _key_id()
    kept = kept_text(path, Sealer.generate_text(key_id))
    if not kept.startswith(f"{key_id}:"):
        _replace(path, f"{kept}\n{Sealer.generate_text(key_id)}\n")
    return key_id


def remove_sealing_key(data_dir: Path, settings: Settings, key_id: str) -> None:
    """Takes a master key away for good; what is still sealed under it can never be opened again.

    Raises SettingsError for the key in use, for one that is not there, and as `add_sealing_key` does.
    """
    path = _own_sealing_file(data_dir, settings)
    lines = path.read_text(encoding="ascii").split() if path.exists() else []
    kept = [line for line in lines if line.partition(":")[0] != key_id]
    if len(kept) == len(lines) or kept[-1:] != lines[-1:]:
        raise SettingsError(f"{key_id} is the key in use, or none of the keys")
    _replace(path, "\n".join(kept) + "\n")


def _own_sealing_file(data_dir: Path, settings: Settings) -> Path:
    if settings.section("secrets", SecretSettings).sealing_key is not None:
        raise SettingsError("the sealing keys come from the settings: add a line `key_id:base64` there")
    return data_dir / "secrets" / SEALING_FILE


def _replace(path: Path, text: str) -> None:
    """Replaces a file of keys whole, durable, with mode 0600."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    sync_directory(path.parent)


def _key_id() -> str:
    return random.token_hex(4)


def kept_text(path: Path, new_text: str) -> str:
    """The text of the file; if there is none, it is made with the new text, whole and with mode 0600."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        half = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(half, path)  # fails if another start was quicker: its key is the one
        except FileExistsError:
            pass
        finally:
            half.unlink()
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"{path} can be read by others: its mode must be 0600")
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {path}") from error
