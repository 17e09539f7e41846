"""The database of this machine: the embedded PostgreSQL, or the one that the settings name."""

from dataclasses import dataclass

from deploy.launch.options import Options
from platform_api.db import DatabaseSettings
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    migrate,
    prepare_cluster,
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the application and the migrations connect; `embedded` is None for a database elsewhere."""

    embedded: EmbeddedPostgres | None
    app_dsn: str
    owner_dsn: str

    @classmethod
    def of(cls, options: Options) -> "Cluster":
        settings = options.settings().section("database", DatabaseSettings)
        if settings.dsn is not None:
            return cls(None, str(settings.dsn), str(settings.owner_dsn or settings.dsn))
        server = EmbeddedPostgres(options.places.root / "postgres")
        return cls(
            server,
            server.dsn(role=APP_ROLE, database=DATABASE),
            server.dsn(role=OWNER_ROLE, database=DATABASE),
        )

    def start(self) -> None:
        """Blocks until the embedded server takes connections."""
        if self.embedded is not None:
            self.embedded.start()

    async def migrate(self) -> None:
        """Brings the schema up to this version; nothing happens if it is."""
        if self.embedded is not None:
            await prepare_cluster(self.embedded.dsn())
        await migrate(self.owner_dsn)

    def stop(self) -> None:
        if self.embedded is not None:
            self.embedded.stop()
