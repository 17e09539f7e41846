"""Who asks: by a login's token or by an API key. The `Authenticator` of the HTTP side."""

from platform_api.http import Asker, Permission
from platform_api.identity.api_keys import MARK, ApiKeys
from platform_api.identity.logins import Logins


class Gate:
    """Sends a bearer token to whoever can judge it."""

    def __init__(self, logins: Logins, keys: ApiKeys) -> None:
        self._logins = logins
        self._keys = keys

    async def authenticate(self, token: str, *, by_page: bool = False) -> Asker:
        """The asker; raises NotAuthenticated, LoginOver or ApiKeyQuota."""
        if token.startswith(MARK):
            return await self._keys.authenticate(token)
        return await self._logins.authenticate(token, by_page=by_page)

    async def refused(
        self, asker: Asker, permission: Permission, *, address: str, route: str, target: str, code: str
    ) -> None:
        """Puts a refusal into the trail."""
        await self._logins.refused(asker, permission, address=address, route=route, target=target, code=code)
