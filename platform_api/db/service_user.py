"""Whom the embedded database runs as, and what that user can reach (Linux).

PostgreSQL refuses to run as root. Started by root, the server runs as the system user `scopecast`;
nothing here changes the mode of a directory that we did not make ourselves.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "scopecast"
COPIES = Path("/var/lib/scopecast/postgresql")
USERADD = "/usr/sbin/useradd"
RUNTIME = Path("/run/scopecast")


class ServiceUserError(Exception):
    """The user cannot be made, or a directory is not safely its own."""


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """A user id and its group."""

    uid: int
    gid: int

    @property
    def foreign(self) -> bool:
        """Whether a process must change over to be this user."""
        return self.uid != os.geteuid()

    def reaches(self, path: Path) -> bool:
        """Whether this user may pass through `path` and all above it, by mode bits alone."""
        return all(self._passes(part) for part in (path, *path.parents))

    def run(self, command: list[str], descriptor: int) -> tuple[int, str]:
        """Runs a program as this user, with one more open descriptor; its exit code and error text."""
        change: dict[str, Any] = {}
        if self.foreign:
            change = {"user": self.uid, "group": self.gid, "extra_groups": []}
        # A file, not a pipe: a server that is started so inherits it, and a pipe would never end.
        with tempfile.TemporaryFile() as errors:
            done = subprocess.run(  # noqa: S603 - our own programs, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                pass_fds=(descriptor,),
                start_new_session=True,
                umask=0o077,
                check=False,
                **change,
            )
            errors.seek(0)
            return done.returncode, errors.read(65_536).decode("utf-8", "replace")

    def _passes(self, directory: Path) -> bool:
        found = directory.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        wanted = stat.S_IXGRP if found.st_gid == self.gid else stat.S_IXOTH
        return bool(found.st_mode & wanted)


def service_user() -> ServiceUser:
    """Ourselves, or the system user `scopecast` (made when missing) if we are root."""
    if os.geteuid() != 0:
        return ServiceUser(os.geteuid(), os.getegid())
    try:
        found = pwd.getpwnam(NAME)
    except KeyError:
        options = ("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent")
        command = [USERADD, *options, "--shell", "/usr/sbin/nologin", NAME]
        made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - constants
        if made.returncode not in (0, 9):  # 9: another start was quicker
            raise ServiceUserError(f"cannot make the system user {NAME}: {made.stderr.strip()}") from None
        found = pwd.getpwnam(NAME)
    return ServiceUser(found.pw_uid, found.pw_gid)


def private_directory(path: Path, user: ServiceUser) -> Path:
    """The directory, made if missing, with mode 0700 and owned by the user; refuses another's."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (user.uid, os.geteuid()):
        raise ServiceUserError(f"{path} belongs to somebody else")
    if found.st_uid != user.uid:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def socket_directory(data: Path, user: ServiceUser) -> Path:
    """A short path of its own for this data directory's socket (sun_path holds 107 bytes)."""
    if os.geteuid() == 0:
        above = RUNTIME
        above.mkdir(exist_ok=True)
        above.chmod(0o755)
    elif RUNTIME.is_dir() and RUNTIME.stat().st_uid == user.uid:
        above = private_directory(RUNTIME, user)  # made for us by the service manager, whose /tmp is another
    else:
        runtime = Path(f"/run/user/{user.uid}")
        place = runtime if runtime.is_dir() else Path("/tmp")  # noqa: S108 - private_directory checks it
        above = private_directory(place / f"scopecast-{user.uid}", user)
    return above / hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def reachable_binaries(binaries: Path, user: ServiceUser) -> Path:
    """The binaries if the user can run them there, else a copy of their installation that it can."""
    if user.reaches(binaries):
        return binaries
    installation = binaries.parent
    package = installation.parent
    mark = f"{os.fsencode(installation)!r}:{(binaries / 'postgres').stat().st_mtime_ns}"
    copy = COPIES / hashlib.sha256(mark.encode()).hexdigest()[:12]
    if not copy.exists():
        half = copy.with_suffix(f".{os.getpid()}")
        half.mkdir(mode=0o755, parents=True)
        shutil.copytree(installation, half / package.name / installation.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps what it links to
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name)
        for path in (COPIES.parent, COPIES, half, *half.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)  # whatever the umask of the installation or of this process
        half.rename(copy)
    return copy / package.name / installation.name / binaries.name


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Lets one process in at a time; the lock ends with its holder."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
