"""API keys over HTTP, for administrators."""

from typing import Annotated

from pydantic import Field

from platform_api.http import (
    Call,
    Id,
    IdPath,
    Method,
    Moment,
    Permission,
    Rate,
    Route,
    Shape,
    Text,
)
from platform_api.identity.api_keys import ApiKeys, offered_scopes
from platform_api.identity.catalogue import words_of
from platform_api.identity.errors import ApiKeyLimit, ApiKeyScope, Busy, Locked, PasswordWrong
from platform_api.identity.model import ApiKey
from platform_api.identity.schemas import Password
from platform_api.kernel.errors import NotFound

MANAGE = Permission("api_keys.manage")
MOST_PER_MINUTE = 6_000
MOST_PER_DAY = 1_000_000


class ApiKeyDraft(Shape):
    """A new key, and the password of who makes it."""

    name: Annotated[Text, Field(min_length=1, max_length=80)]
    scopes: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=50)]
    per_minute: Annotated[int, Field(ge=1, le=MOST_PER_MINUTE)] = 60
    per_day: Annotated[int, Field(ge=1, le=MOST_PER_DAY)] = 10_000
    expires_at: Moment
    password: Password


class ApiKeyItem(Shape):
    """A key as administrators see it: never its secret."""

    id: Id
    name: str
    prefix: str
    made_by: str
    scopes: list[str]
    per_minute: int
    per_day: int
    created_at: Moment
    expires_at: Moment
    used_at: Moment | None
    revoked_at: Moment | None


class ApiKeyOnce(Shape):
    """A new key with its secret, shown this once."""

    key: ApiKeyItem
    secret: str


class ScopeItem(Shape):
    """A right by its name and in words."""

    name: str
    words: str


class Scopes(Shape):
    """The rights that the asker may give to a key."""

    items: list[ScopeItem]


async def list_api_key_scopes(call: Call[None, None, None]) -> Scopes:
    """Which rights the asker may give to a key."""
    language = call.caller.language
    offered = offered_scopes(call.asker.permissions)
    return Scopes(items=[ScopeItem(name=name, words=words_of(name, language)) for name in offered])


async def make_api_key(call: Call[None, None, ApiKeyDraft]) -> ApiKeyOnce:
    """Makes a key, shown this once."""
    draft = call.body
    made = await call.services.get(ApiKeys).make(
        call.asker,
        draft.password,
        name=draft.name,
        scopes=frozenset(draft.scopes),
        per_minute=draft.per_minute,
        per_day=draft.per_day,
        expires_at=draft.expires_at,
        address=call.caller.address,
    )
    return ApiKeyOnce(key=_item(made.key), secret=made.secret)


async def revoke_api_key(call: Call[IdPath, None, None]) -> None:
    """Withdraws a key at once."""
    await call.services.get(ApiKeys).revoke(call.asker, call.path.id, address=call.caller.address)


def _item(key: ApiKey) -> ApiKeyItem:
    return ApiKeyItem(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        made_by=key.user_name,
        scopes=sorted(key.scopes),
        per_minute=key.per_minute,
        per_day=key.per_day,
        created_at=key.created_at,
        expires_at=key.expires_at,
        used_at=key.used_at,
        revoked_at=key.revoked_at,
    )


API_KEY_ROUTES = (
    Route(
        Method.GET,
        "/api-keys/scopes",
        list_api_key_scopes,
        permission=MANAGE,
        summary="Lists what a key may carry.",
    ),
    Route(
        Method.POST,
        "/api-keys",
        make_api_key,
        permission=MANAGE,
        summary="Makes an API key.",
        errors=(ApiKeyScope, ApiKeyLimit, PasswordWrong, Locked, Busy),
        status=201,
        rate=Rate(20, 60),
    ),
    Route(
        Method.POST,
        "/api-keys/{id}/revoke",
        revoke_api_key,
        permission=MANAGE,
        summary="Withdraws an API key.",
        errors=(NotFound,),
    ),
)
