"""Where one is signed in, and ending it, over HTTP: for the user, and for administrators of theirs."""

from platform_api.http import SIGNED_IN, Call, Id, IdPath, Method, Moment, Permission, Rate, Route, Shape
from platform_api.identity.devices import DeviceKind, LiveLogin
from platform_api.identity.own_logins import OwnLogins
from platform_api.identity.visitor import LoginMethod
from platform_api.kernel.errors import NotFound
from platform_api.kernel.ids import UserId

MANAGE_USERS = Permission("users.manage")
WEIGHTY = Rate(30, 60)


class DeviceView(Shape):
    """A device in few words; names are empty where they are not known."""

    kind: DeviceKind
    system: str
    browser: str


class LoginItem(Shape):
    """One signing-in that has not ended; `current` is the one that asks."""

    id: Id
    current: bool
    method: LoginMethod
    device: DeviceView
    address: str
    began_at: Moment
    seen_at: Moment


class LoginList(Shape):
    """Where a user is signed in, last seen first."""

    items: list[LoginItem]


class EndedCount(Shape):
    """How many were ended."""

    ended: int


class LoginOfUserPath(Shape):
    """`/users/{id}/logins/{login}`."""

    id: Id
    login: Id


async def list_own_logins(call: Call[None, None, None]) -> LoginList:
    """Where one is signed in."""
    found = await call.services.get(OwnLogins).mine(call.asker)
    return LoginList(items=[_item(login, call.asker.login) for login in found])


async def end_own_login(call: Call[IdPath, None, None]) -> None:
    """Ends one of the own signings-in, wherever it is."""
    logins = call.services.get(OwnLogins)
    await logins.end_mine(call.asker, call.path.id, address=call.caller.address)


async def end_other_logins(call: Call[None, None, None]) -> EndedCount:
    """Ends all of the own signings-in but this one."""
    logins = call.services.get(OwnLogins)
    return EndedCount(ended=await logins.end_my_others(call.asker, address=call.caller.address))


async def list_logins_of_user(call: Call[IdPath, None, None]) -> LoginList:
    """Where a user of the asker's organisations is signed in."""
    found = await call.services.get(OwnLogins).of_user(call.asker, UserId(call.path.id))
    return LoginList(items=[_item(login, call.asker.login) for login in found])


async def end_login_of_user(call: Call[LoginOfUserPath, None, None]) -> None:
    """Ends one signing-in of a user of the asker's organisations."""
    logins = call.services.get(OwnLogins)
    user, login = UserId(call.path.id), call.path.login
    await logins.end_of_user(call.asker, user, login, address=call.caller.address)


def _item(login: LiveLogin, current: str) -> LoginItem:
    device = login.device
    return LoginItem(
        id=login.id,
        current=login.id == current,
        method=login.method,
        device=DeviceView(kind=device.kind, system=device.system, browser=device.browser),
        address=login.address,
        began_at=login.began_at,
        seen_at=login.seen_at,
    )


LOGIN_ROUTES = (
    Route(
        Method.GET,
        "/auth/logins",
        list_own_logins,
        permission=SIGNED_IN,
        summary="Lists where one is signed in.",
    ),
    Route(
        Method.POST,
        "/auth/logins/{id}/end",
        end_own_login,
        permission=SIGNED_IN,
        summary="Ends a signing-in of one's own.",
        errors=(NotFound,),
        rate=WEIGHTY,
    ),
    Route(
        Method.POST,
        "/auth/logins/end-others",
        end_other_logins,
        permission=SIGNED_IN,
        summary="Ends all other signings-in.",
        rate=WEIGHTY,
    ),
    Route(
        Method.GET,
        "/users/{id}/logins",
        list_logins_of_user,
        permission=MANAGE_USERS,
        summary="Lists where a user is signed in.",
        errors=(NotFound,),
    ),
    Route(
        Method.POST,
        "/users/{id}/logins/{login}/end",
        end_login_of_user,
        permission=MANAGE_USERS,
        summary="Ends a signing-in of a user.",
        errors=(NotFound,),
        rate=WEIGHTY,
    ),
)
