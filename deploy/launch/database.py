"""The database of this machine: the embedded PostgreSQL, or the one that the settings name."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from deploy.launch.backup import back_up
from deploy.launch.options import Options
from deploy.launch.ownership import held
from deploy.launch.refused import StartRefused, place_in_use
from platform_api.db import DatabaseSettings
from platform_api.db.embedded import EmbeddedError, EmbeddedPostgres
from platform_api.db.migrate import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    migrate,
    missing_steps,
    prepare_cluster,
    read_migrations,
)
from platform_api.db.service_user import ServiceUserError
from platform_api.kernel.config import SettingsError

UNPROVEN: Final = (
    "database.unproven: the database is on another machine and its address does not say "
    "sslmode=verify-full or verify-ca; `database.accept_unproven = true` accepts that"
)
PROVING: Final = ("verify-full", "verify-ca")


def proves_server(dsn: str) -> bool:
    """Whether each server of this address is on this machine, or has to prove itself (CR-01).

    An address that leaves its host or the mode to the environment counts as another machine.
    """
    parts = urlsplit(dsn)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    given = asked.get("host") or unquote(parts.netloc.rpartition("@")[2])
    hosts = [each for each in given.split(",") if each]
    here = bool(hosts) and all(_is_here(each) for each in hosts)
    return here or asked.get("sslmode") in PROVING


def _is_here(host: str) -> bool:
    """Whether a host, with its port if it has one, is a socket or a loopback address."""
    if host.startswith("/"):
        return True
    bare = host[1:].partition("]")[0] if host.startswith("[") else host
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the application and the migrations connect; `embedded` is None for a database elsewhere."""

    embedded: EmbeddedPostgres | None
    app_dsn: str
    owner_dsn: str | None

    @classmethod
    def of(cls, options: Options) -> "Cluster":
        settings = options.settings().section("database", DatabaseSettings)
        if settings.dsn is not None:
            for dsn in filter(None, (settings.dsn, settings.owner_dsn)):
                if not settings.accept_unproven and not proves_server(str(dsn)):
                    raise SettingsError(UNPROVEN)
            return cls(None, str(settings.dsn), settings.owner_dsn)
        server = EmbeddedPostgres(options.places.root / "postgres")
        return cls(
            server,
            server.dsn(role=APP_ROLE, database=DATABASE),
            server.dsn(role=OWNER_ROLE, database=DATABASE),
        )

    def start(self) -> None:
        """Blocks until the embedded server takes connections; raises StartRefused if it will not."""
        if self.embedded is None:
            return
        try:
            self.embedded.start()
        except (EmbeddedError, ServiceUserError) as error:
            raise StartRefused("launch.database", params={"reason": str(error)}) from error

    async def migrate(self) -> None:
        """Brings the schema up to this version; nothing happens if it is. The embedded one is copied before.

        Raises SettingsError if it is not and nobody said who owns it: the application's role must not.
        """
        if self.embedded is not None:
            await prepare_cluster(self.embedded.dsn())
            missing = await missing_steps(self.app_dsn)
            if missing and len(missing) < len(read_migrations()):
                folder = self.embedded.data.parent / "backups"
                await asyncio.to_thread(back_up, self.embedded, folder)
        if self.owner_dsn is not None:
            await migrate(self.owner_dsn)
        elif missing := await missing_steps(self.app_dsn):
            raise SettingsError(
                f"database.owner_dsn is not set and the schema lacks {len(missing)} steps, first {missing[0]}"
            )

    def stop(self) -> None:
        if self.embedded is not None:
            self.embedded.stop()


async def run_migrate(options: Options) -> None:
    """Brings the schema of this machine's database up to this version, in which it runs if it is embedded.

    Raises StartRefused if `scopecast up` runs on it, which has done the same at its start.
    """
    cluster = Cluster.of(options)
    if cluster.embedded is None:
        await cluster.migrate()
        return
    with place_in_use(options.data_dir), held(options.places, "scopecast migrate"):
        try:
            await asyncio.to_thread(cluster.start)
            await cluster.migrate()
        finally:
            await asyncio.to_thread(cluster.stop)
