"""Logins of a running product's people without a wait: a one-time code serves once, so each would cost half a minute."""

from playwright.async_api import BrowserContext

from platform_api.audit import AuditTrail
from platform_api.audit.anchor import AnchorFile
from platform_api.db import Database
from platform_api.db.embedded import EmbeddedPostgres
from platform_api.db.migrate import APP_ROLE, DATABASE
from platform_api.identity.cookies import USER_COOKIE
from platform_api.identity.logins import Logins
from platform_api.identity.model import Tokens
from platform_api.identity.proof import SYSTEM
from platform_api.identity.rules import IdentitySettings
from platform_api.identity.store import user_by_name
from platform_api.identity.visitor import Visitor
from platform_api.kernel.bus import LocalBus
from platform_api.kernel.clock import SystemClock
from platform_api.kernel.config import Settings
from platform_api.kernel.keys import load_keys
from tests.support.product import Product


async def begun_login(product: Product, role: str) -> Tokens:
    """A login of the demonstration's person of this role, begun by the product's own service beside its front."""
    keys, clock = load_keys(product.data_dir, Settings({}, {})), SystemClock()
    server = EmbeddedPostgres(product.data_dir / "postgres")
    database = Database(server.dsn(role=APP_ROLE, database=DATABASE))
    await database.open()
    try:
        trail = AuditTrail(database, clock, AnchorFile(product.data_dir / "audit" / "anchor", keys.sealer))
        logins = Logins(database, LocalBus(), clock, trail, keys.signing, IdentitySettings())
        async with database.transaction(SYSTEM) as transaction:
            user = await user_by_name(transaction, product.account(role).username)
            assert user is not None
            return await logins.begin_user(transaction, user, Visitor(address="127.0.0.1"))
    finally:
        await database.close()


async def let_in(context: BrowserContext, product: Product, role: str) -> None:
    """Has the device hold a login, as after the sign-in screen."""
    tokens = await begun_login(product, role)
    await context.add_cookies(
        [
            {
                "name": USER_COOKIE,
                "value": str(tokens.refresh),
                "url": product.url.replace("http://", "https://"),
                "secure": True,
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
