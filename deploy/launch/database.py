"""The database of this machine: the embedded PostgreSQL, or the one that the settings name."""

import asyncio
from dataclasses import dataclass

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
